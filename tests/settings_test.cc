// What a setting that is given does, or why it is refused.
#include <nlohmann/json.hpp>

#include "tests/small_run.h"

namespace ascender {
namespace {

class Settings : public SmallRun {
 protected:
  Settings() { write("seeded.ascend", std::string(kSmallExperiment) + "tuning_space { seeds = {1} }\n"); }

  int64_t stored_seed(const std::string& run) const {
    return nlohmann::json::parse(read_file(at(run) / "config.json")).at("seed").get<int64_t>();
  }
};

TEST_F(Settings, ASeedOnTheCommandLineReplacesTheSeedsOfTheFile) {
  expect_says(call({"run", "seeded.ascend", "seed=7", "steps=1", "--quiet", "--run", "r"}), 0, {});
  EXPECT_EQ(stored_seed("r"), 7);
  expect_says(call({"check", "seeded.ascend", "seed=7"}), 0, {"1 run\n", "default seed 7\n"});
  expect_says(call({"check", "seeded.ascend", "seeds={3, 4}"}), 0, {"2 runs\n", "seed 3\n", "seed 4\n"});
}

TEST_F(Settings, SeedAndSeedsOnTheCommandLineAreOneTooMany) {
  expect_says(call({"run", "seeded.ascend", "seed=7", "seeds={1, 2}", "--run", "r"}), 2,
              {"`seed` and `seeds` are both given", "<cli:1>:1:6", "seed=7\n", "^", "<cli:2>"});
  EXPECT_FALSE(exists("r"));
}

}  // namespace
}  // namespace ascender
