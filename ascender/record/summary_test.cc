#include "ascender/record/summary.h"

#include <bit>
#include <cmath>
#include <fstream>
#include <gtest/gtest.h>
#include <limits>

#include "ascender/base/diagnostic.h"
#include "ascender/base/error.h"
#include "ascender/base/file.h"
#include "ascender/record/checked_json.h"
#include "ascender/record/environment.h"
#include "ascender/record/numerics_version.h"
#include "ascender/record/test_folder.h"

namespace ascender {
namespace {

Summary example() {
  return {
      .status = RunStatus::kDone,
      .steps = 3000,
      .wall_s = 24.625,
      .flops = 3.0123e12,
      .peak_bytes = 123'456'789'012,
      .weights_sha256 = std::string(64, 'a'),
      .reason = "",
      .metrics = {{"eval.exact_match.carry.12", 0.998}, {"eval.loss", 1.0 / 3}, {"train.loss", 0.1 + 0.2}}};
}

TEST(Summary, ReadsBackWhatWasWritten) {
  const TempFolder folder;
  write_summary(folder / "summary.json", example());
  EXPECT_EQ(read_summary(folder / "summary.json"), example());
}

TEST(Summary, KeepsDoublesToTheBit) {
  const TempFolder folder;
  Summary summary = example();
  summary.metrics = {{"a", -0.0},
                     {"b", std::numeric_limits<double>::denorm_min()},
                     {"c", 1e23},
                     {"d", 5.0},
                     {"e", std::numeric_limits<double>::infinity()},
                     {"f", std::nan("")},
                     {"g", -std::numeric_limits<double>::infinity()},
                     {"h", 9007199254740993.0}};
  write_summary(folder / "summary.json", summary);
  for (const auto& [name, value] : read_summary(folder / "summary.json").metrics) {
    const double expected = summary.metrics.at(name);
    EXPECT_TRUE(std::bit_cast<uint64_t>(value) == std::bit_cast<uint64_t>(expected)) << name << " " << value;
  }
}

TEST(Summary, HasTheKeysThatScriptsRead) {
  const TempFolder folder;
  write_summary(folder / "summary.json", example());
  const std::string text = read_file(folder / "summary.json");
  for (const char* key :
       {"\"status\": \"done\"", "\"steps\": 3000", "\"wall_s\": 24.625", "\"flops\": 3012300000000.0",
        "\"peak_bytes\": 123456789012", "\"weights_sha256\": \"aaa", "\"eval.exact_match.carry.12\": 0.998",
        "\"train.loss\": 0.30000000000000004"}) {
    EXPECT_NE(text.find(key), std::string::npos) << key << "\n" << text;
  }
}

TEST(Summary, FindsEveryFlippedBitAndEveryTruncation) {
  const TempFolder folder;
  write_summary(folder / "good.json", example());
  const std::string good = read_file(folder / "good.json");
  const auto is_refused = [&](const std::string& text) {
    std::filesystem::remove(folder / "bad.json");  // truncating a file would wait for the disk
    std::ofstream(folder / "bad.json", std::ios::binary) << text;
    try {
      return read_summary(folder / "bad.json") == example();  // white space carries nothing
    } catch (const InputError& error) {
      return std::string(error.what()).find("bad.json") != std::string::npos;
    }
  };
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    ASSERT_TRUE(is_refused(bad)) << bad;
  }
  for (size_t size = 0; size < good.size(); ++size) ASSERT_TRUE(is_refused(good.substr(0, size))) << size;
}

TEST(Summary, PointsAtThePlaceThatIsNoJson) {
  const TempFolder folder;
  write_file(folder / "summary.json", "{\n  \"status\": done\n}\n");
  try {
    read_summary(folder / "summary.json");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("summary.json:2:13"), std::string::npos) << error.what();
  }
  EXPECT_THROW(read_summary(folder / "absent.json"), EnvironmentError);
}

TEST(Study, IsATableOfItsRuns) {
  const TempFolder folder;
  const Study study{"addition_seeds",
                    {{"base", 1, "base/seed-1", example()},
                     {"base",
                      2,
                      "base/seed-2",
                      {.status = RunStatus::kDiverged, .metrics = {{"eval.loss", std::nan("")}}}}}};
  write_study(folder / "summary.json", study);
  const Study read = read_study(folder / "summary.json");
  ASSERT_EQ(read.runs.size(), 2U);
  EXPECT_EQ(read.runs[0], study.runs[0]);
  EXPECT_EQ(read.runs[1].summary.status, RunStatus::kDiverged);
  EXPECT_TRUE(std::isnan(read.runs[1].summary.metrics.at("eval.loss")));
  EXPECT_TRUE(is_study(folder / "summary.json"));
  write_summary(folder / "run.json", example());
  EXPECT_FALSE(is_study(folder / "run.json"));
  EXPECT_FALSE(is_study(folder / "absent.json"));
  EXPECT_THROW(read_summary(folder / "summary.json"), InputError);
}

TEST(Study, ARowHasWhatItsRunCost) {
  const TempFolder folder;
  write_study(folder / "summary.json", {"cost", {{"base", 1, "base/seed-1", example()}}});
  const std::string text = read_file(folder / "summary.json");
  for (const char* part : {"\"arm\": \"base\"", "\"wall_s\": 24.625", "\"flops\": 3012300000000.0",
                           "\"peak_bytes\": 123456789012", "\"weights_sha256\": \"aaa"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
}

TEST(Study, ReadsATableFromBeforeItsRowsHadCosts) {
  const TempFolder folder;
  write_checked_json(folder / "summary.json",
                     R"({"study": "old", "runs": [{"arm": "base", "seed": 1, "run": "base/seed-1",
                         "status": "done", "steps": 10, "wall_s": 2.5, "metrics": {"eval.loss": 0.5}}]})");
  const Study study = read_study(folder / "summary.json");
  ASSERT_EQ(study.runs.size(), 1U);
  EXPECT_EQ(study.runs[0].summary, (Summary{.steps = 10, .wall_s = 2.5, .metrics = {{"eval.loss", 0.5}}}));
}

TEST(Environment, SaysWhereARunRan) {
  const TempFolder folder;
  Environment environment = detect_environment();
  EXPECT_EQ(environment.numerics_version, kNumericsVersion);
  EXPECT_GE(environment.cpus, 1);
  EXPECT_FALSE(environment.host.empty() || environment.cpu.empty() || environment.started.empty());
  environment.simd_target = "AVX2";
  environment.threads = 3;
  environment.command_line = {"ascender", "run", "a file.ascend", "seed=1", "\xff not UTF-8"};
  write_environment(folder / "environment.json", environment);
  Environment read = read_environment(folder / "environment.json");
  EXPECT_EQ(read.command_line.size(), 5U);
  environment.command_line = read.command_line;
  EXPECT_EQ(read, environment);
}

}  // namespace
}  // namespace ascender
