// A study is called by its id as a run is.
#include "tests/small_run.h"

namespace ascender {
namespace {

class StudyId : public SmallRun {
 protected:
  StudyId() {
    EXPECT_EQ(call({"run", "small.ascend", "--quiet", "--run", "runs/alone", "steps=1"}).exit_code, 0);
    const Finished f =
        call({"run", "small.ascend", "seeds={1,2}", "steps=1", "--quiet", "--run", "runs/pair"});
    EXPECT_EQ(f.exit_code, 0) << f.output;
  }
};

TEST_F(StudyId, ShowPrintsTheTableOfTheStudyThatAnIdNames) {
  const Finished by_path = call({"show", "runs/pair"});
  expect_says(by_path, 0, {"seed"});
  EXPECT_EQ(call({"show", "pair"}).output, by_path.output);
  EXPECT_EQ(call({"show", "latest"}).output, by_path.output);
  expect_says(call({"show", "pairs"}), 2, {"there is no run or study pairs", "did you mean `pair`?"});
}

TEST_F(StudyId, ResumeGoesOnWithTheStudy) {
  std::filesystem::remove_all(at("runs/pair/default/seed-2"));
  expect_says(call({"resume", "pair", "--quiet"}), 0, {});
  EXPECT_TRUE(exists("runs/pair/default/seed-2/summary.json"));
  expect_says(call({"resume", "latest", "--plain"}), 0, {"trial 2 of 2"});
}

TEST_F(StudyId, WhatNeedsOneRunAsksForIt) {
  for (const char* command : {"generate", "export"}) {
    expect_says(call({command, "pair", "x"}), 2,
                {"error[E0914]: pair is a study of 2 runs", "name one of them: `runs/pair/default/seed-1`"});
  }
  expect_says(call({"generate", "latest", "li", "--tokens", "2"}), 0, {"li"});
  expect_says(call({"generate", "pair/default/seed-1", "li", "--tokens", "2"}), 0, {"li"});
}

}  // namespace
}  // namespace ascender
