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

// A few steps of addition, which trains a LoopLM.
class LoopSettings : public SmallRun {
 protected:
  Finished train(const std::string& run, std::vector<std::string> more) const {
    more.insert(more.begin(), {"run", std::string(ASCENDER_SOURCE_DIR) + "/experiments/addition.ascend",
                               "--run", run, "--quiet", "steps=2", "batch=8", "model.d=96", "model.ffn=32",
                               "model.heads=2", "eval_examples=2", "bin_examples=1"});
    return call(more);
  }
  std::string weights(const std::string& run) const {
    return nlohmann::json::parse(read_file(at(run) / "summary.json")).at("weights_sha256").get<std::string>();
  }
};

TEST_F(LoopSettings, EveryOptionOfTheLossChangesWhatIsLearned) {
  expect_says(train("plain", {}), 0, {});
  for (const std::string option : {"z_loss=1e-2", "label_smoothing=0.1", "precise=true", "stablemax=true"}) {
    expect_says(train(option, {"loss." + option}), 0, {});
    EXPECT_NE(weights(option), weights("plain")) << option;
  }
  expect_says(train("both", {"loss.z_loss=1", "loss.stablemax=true"}), 2, {"goes with neither", "^^^^"});
}

TEST_F(LoopSettings, TheLossOfAGateTakesItsOptionsToo) {
  expect_says(train("plain", {"model.exit=learned"}), 0, {});
  expect_says(train("smooth", {"model.exit=learned", "loss.label_smoothing=0.1"}), 0, {});
  EXPECT_NE(weights("smooth"), weights("plain"));
}

TEST_F(LoopSettings, ASettingOfAnotherModelIsRefusedWithWhoReadsIt) {
  for (const std::string setting :
       {"model.dropout=0.5", "model.activation=swiglu", "model.qk_norm=true", "model.position=rotary",
        "model.key_heads=1", "model.size=gpt2", "model.norm=rmsnorm", "model.bias=true", "model.tied=false",
        "recompute=true"}) {
    const std::string path = setting.substr(0, setting.find('='));
    expect_says(train("r", {setting}), 2,
                {"error[E0514]: `" + path + "` is not read where `model.kind` is looplm", setting + "\n", "^",
                 "addition.ascend", "chosen here", "it is read where `model.kind` is gpt\n"});
  }
  expect_says(train("r", {"model.context=32"}), 2, {"it is read where `model.kind` is gpt or microgpt\n"});
  expect_says(train("r", {"data.path=text.txt"}), 2, {"`data.kind` is addition", "text or names"});
  EXPECT_FALSE(exists("r"));
}

TEST_F(Settings, ASettingOfLoopLmIsRefusedByGpt) {
  for (const std::string setting :
       {"model.prelude=1", "model.loops=4", "model.exit=learned", "model.code=none", "model.loss=every"}) {
    expect_says(run({setting}), 2,
                {"is not read where `model.kind` is gpt", setting + "\n", "chosen here",
                 "it is read where `model.kind` is looplm\n"});
  }
  write("own.ascend", std::string(kSmallExperiment) + "dynamics { model.loops = 4 }\n");
  expect_says(call({"check", "own.ascend"}), 2, {"model.loops = 4", "^", "own.ascend:8:", "looplm"});
}

TEST_F(Settings, AnotherModelDropsWhatTheFileGaveToItsOwn) {
  const std::string addition = std::string(ASCENDER_SOURCE_DIR) + "/experiments/addition.ascend";
  expect_says(call({"check", addition, "model.kind=gpt"}), 0, {"1 run\n"});
}

TEST_F(Settings, ASizeStandsForItsDimensions) {
  expect_says(run({"model.size=gpt2", "model.d=64"}), 2,
              {"error[E0515]: `model.size` = gpt2 means `model.d` = 768, not 64", "model.d=64\n", "^^"});
  write("sized.ascend", std::string(kSmallExperiment) + "dynamics { model.size = gpt2 }\n");
  expect_says(call({"check", "sized.ascend"}), 2, {"`model.d` = 768, not 16", "`model.heads` = 12, not 2"});
  expect_says(call({"check", "small.ascend", "model.size=gpt2"}), 0, {});
  expect_says(call({"check", "small.ascend", "model.size=gpt2", "model.d=768"}), 0, {});
}

TEST_F(Settings, TooManyThreadsAreRefused) {
  expect_says(run({"threads=60000"}), 2, {"`threads`", "at most 1024", "threads=60000\n", "^^^^^"});
}

}  // namespace
}  // namespace ascender
