// experiments/microgpt.ascend through the program: the published loss of step 1000 and the 20 names.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/program.h"

namespace ascender {
namespace {

const std::filesystem::path kSource = ASCENDER_SOURCE_DIR;

TEST(MicroGpt, TheShippedExperimentRepeatsTheOriginal) {
  const std::filesystem::path names = kSource / "../shared/data/names/names.txt";
  if (!std::filesystem::exists(names)) GTEST_SKIP() << names << " is not there";
  const TestFolder folder;
  const Finished run = run_program({"run", (kSource / "experiments/microgpt.ascend").native(),
                                    "data.path=" + names.native(), "numerics.compute=f64", "--run", "m"},
                                   folder.path());
  ASSERT_EQ(run.exit_code, 0) << run.output;
  const auto summary = nlohmann::json::parse(read_file(folder.path() / "m/summary.json"));
  EXPECT_NEAR(summary["metrics"]["train.loss"].get<double>(), 2.6496944697, 5e-10);
  const std::string expected =
      "kamon\nann\nkarai\njaire\nvialan\nkaria\nyeran\nanna\nareli\nkaina\nkonna\nkeylen\nliole\nalerin\n"
      "earan\nlenne\nkana\nlara\nalela\nanton\n";
  EXPECT_NE(run.output.find("samples:\n" + expected), std::string::npos) << run.output;
  EXPECT_EQ(run_program({"generate", "m", "--samples", "20"}, folder.path()).output, expected);
}

}  // namespace
}  // namespace ascender
