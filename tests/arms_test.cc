// Every arm of an experiment is checked before anything is trained or written.
#include "tests/small_run.h"

namespace ascender {
namespace {

class Arms : public SmallRun {
 protected:
  // `run` and `check` say the same, and nothing is left behind.
  void refuse(const std::vector<std::string>& overrides, const std::vector<std::string>& texts) const {
    std::vector<std::string> words{"run", "small.ascend", "--run", "r"};
    words.insert(words.end(), overrides.begin(), overrides.end());
    expect_says(call(words), 2, texts);
    EXPECT_FALSE(exists("r"));
    words[0] = "check";
    words.erase(words.begin() + 2, words.begin() + 4);
    expect_says(call(words), 2, texts);
  }
};

TEST_F(Arms, AnArmThatCannotBeMadeStopsTheStudyBeforeTheFirstTrains) {
  refuse({"model.heads in {2, 3}"},
         {"16 / 3 is not supported", "(in arm heads=3)", "model.heads in {2, 3}\n", "^^^^^^"});
  refuse({"model.heads in {2, 3, 5}"}, {"16 / 3", "(in arm heads=3)", "16 / 5", "(in arm heads=5)"});
}

TEST_F(Arms, AFaultOfEveryArmIsSaidOnce) {
  const Finished f = call({"check", "small.ascend", "optimizer.lr in {1e-2, 1e-3, 1e-4}", "model.heads=3"});
  expect_says(f, 2, {"16 / 3 is not supported"});
  EXPECT_EQ(f.output.find("in arm"), std::string::npos) << f.output;
  EXPECT_EQ(f.output.find("error"), f.output.rfind("error")) << f.output;
}

TEST_F(Arms, TheFolderOfARefusedStudyIsFreeForTheCorrectedCommand) {
  refuse({"seeds={1,2}", "model.heads=3"}, {"16 / 3 is not supported", "model.heads=3\n"});
  expect_says(call({"run", "small.ascend", "seeds={1,2}", "steps=1", "--run", "r", "--quiet"}), 0, {});
  EXPECT_TRUE(exists("r/summary.json"));
}

TEST_F(Arms, FaultsOfDataModelAndBatchAreSaidTogether) {
  refuse(
      {"data.path=nix", "model.heads=3", "accumulate=3"},
      {"nix does not exist", "16 / 3 is not supported", "`batch` = 4 must be a multiple", "accumulate=3\n"});
}

TEST_F(Arms, AStepThatMemoryDoesNotHoldIsSeenByCheck) {
  refuse({"batch=1000000000"}, {"`batch` = 1000000000 needs about", "GiB"});
}

TEST_F(Arms, AnExperimentWhoseDataIsMissingIsRefusedByCheck) {
  const std::string names = std::string(ASCENDER_SOURCE_DIR) + "/experiments/microgpt.ascend";
  expect_says(call({"check", names}), 2, {"`data.path`"});
  write("names.txt", "anna\nberta\nclara\n");
  expect_says(call({"check", names, "data.path=names.txt"}), 0, {"1 run\n"});
}

TEST_F(Arms, CheckingWritesNoRun) {
  expect_says(call({"check", "small.ascend", "seeds={1,2}", "model.heads in {1, 2}"}), 0, {"4 runs\n"});
  EXPECT_FALSE(exists("runs"));
}

}  // namespace
}  // namespace ascender
