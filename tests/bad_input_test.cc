// What a user may get wrong before a run begins: a clear message that points at the place, exit 2, and no
// folder left.
#include <sys/stat.h>

#include "tests/small_run.h"

namespace ascender {
namespace {

class BadInput : public SmallRun {
 protected:
  // The run is refused before it leaves anything.
  void refuse(const std::vector<std::string>& more, const std::vector<std::string>& texts) const {
    expect_says(run(more), 2, texts);
    EXPECT_FALSE(exists("r")) << "a refused run left its folder";
  }
};

TEST_F(BadInput, AMissingConfigIsNamed) {
  expect_says(call({"run", "missing.ascend"}), 2, {"error[E0601]", "missing.ascend", "no such file"});
}

TEST_F(BadInput, AnUnreadableConfigIsNamed) {
  std::filesystem::create_directory(at("folder.ascend"));
  expect_says(call({"run", "folder.ascend"}), 2, {"error[E0601]", "folder.ascend"});
  if (::geteuid() == 0) return;  // root reads everything
  ::chmod(at("small.ascend").c_str(), 0);
  expect_says(run(), 2, {"error[E0601]", "small.ascend", "ermission denied"});
}

TEST_F(BadInput, UnknownNamesAreShownAllAtOnceWithTheirLine) {
  write("wrong.ascend", R"(ascender 1
objective Wrong {
  minimize eval.loss
}
dynamics {
  stepz = 30 steps
  batch = 4 parsecs
}
architecture {
}
)");
  expect_says(call({"run", "wrong.ascend"}), 2,
              {"wrong.ascend:6:3", "unknown setting `stepz`", "did you mean `steps`",
               "wrong.ascend:7:", "`parsecs`", "wrong.ascend:9:1", "unknown block `architecture`", "^^^"});
}

TEST_F(BadInput, AnOverrideIsShownAsItWasTyped) {
  refuse({"optimizer.lrr=1"},
         {"unknown setting `optimizer.lrr`", "optimizer.lrr=1\n", "^^^", "did you mean `optimizer.lr`?"});
}

TEST_F(BadInput, AMissingTextPointsAtTheSetting) {
  refuse({"data.path=nowhere.txt"}, {"nowhere.txt does not exist", "data.path=nowhere.txt\n", "^^^"});
}

TEST_F(BadInput, AnEmptyTextIsRefused) {
  write("text.txt", "");
  refuse({}, {"text.txt is empty", "small.ascend:27:", "^^^"});
}

TEST_F(BadInput, ATextShorterThanTheContextIsRefused) {
  write("text.txt", "hello\n");
  refuse({}, {"shorter than the context", "a window needs 17", "context = 16 tok", "^^^"});
}

TEST_F(BadInput, TextThatIsNoUtf8IsShownByLineAndByte) {
  write("text.txt", std::string(1000, 'a') + "\nabc\xff\n");
  refuse({}, {"text.txt:2: byte 1004 (0xFF) is not UTF-8", "data.tokenizer"});
}

TEST_F(BadInput, AHeadDimThatIsNotSupportedPointsAtTheSetting) {
  refuse({"model.heads=3"},
         {"16 / 3 is not supported", "multiple of 4 from 4 to 128", "model.heads=3\n", " ^\n"});
  refuse({"model.d=1024"}, {"1024 / 2 is not supported", "model.d=1024\n", "^^^"});
}

TEST_F(BadInput, NoLoopsToMeasureAtAreRefused) {
  expect_says(
      call({"check", std::string(ASCENDER_SOURCE_DIR) + "/experiments/addition.ascend", "eval.loops={}"}), 2,
      {"error[E0754]", "`eval.loops` is empty", "eval.loops={}", "^^"});
}

TEST_F(BadInput, ABatchLargerThanMemoryIsRefusedWithTheNumber) {
  refuse({"batch=1000000000"},
         {"`batch` = 1000000000 needs about", "GiB", "are available", "lower `batch`", "^^^"});
  refuse({"model.d=80000", "model.heads=1000"}, {"GiB", "for parameters", "make the model smaller", "^^^"});
  refuse({"model.d=1000000", "model.heads=10000"},
         {"parameters need", "GiB", "make the model smaller", "^^^"});
}

TEST_F(BadInput, AnExistingFolderIsNotWrittenInto) {
  std::filesystem::create_directory(at("r"));
  expect_says(run(), 2, {"r exists already"});
  EXPECT_TRUE(std::filesystem::is_empty(at("r")));
}

TEST_F(BadInput, AFileInPlaceOfTheRunsFolderIsAnErrorOfTheEnvironment) {
  write("runs", "a file");
  expect_says(call({"run", "small.ascend", "--quiet"}), 1, {"runs", "Not a directory"});
  expect_says(call({"run", "small.ascend", "--quiet", "--run", "text.txt/r"}), 1,
              {"text.txt", "Not a directory"});
  EXPECT_EQ(read_file(at("runs")), "a file");
}

TEST_F(BadInput, AFolderThatIsNotWritableIsAnErrorOfTheEnvironment) {
  if (::geteuid() == 0) GTEST_SKIP() << "root writes everywhere";
  std::filesystem::create_directory(at("closed"));
  ::chmod(at("closed").c_str(), 0555);
  expect_says(call({"run", "small.ascend", "--quiet", "--run", "closed/r"}), 1,
              {"closed/r", "ermission denied"});
}

TEST_F(BadInput, AUnknownRunIsNamedWithTheNearest) {
  ASSERT_EQ(call({"run", "small.ascend", "--quiet", "--run", "runs/alpha", "steps=1"}).exit_code, 0);
  expect_says(call({"show", "alpa"}), 2, {"there is no run or study alpa", "did you mean `alpha`?"});
  expect_says(call({"resume", "nothing-like-it"}), 2,
              {"there is no run or study nothing-like-it", "`ascender runs`"});
}

TEST_F(BadInput, AFolderWithoutANameIsRefused) {
  expect_says(call({"run", "small.ascend", "--run", ""}), 2, {"--run", "names no folder"});
  EXPECT_FALSE(exists("runs"));
}

TEST_F(BadInput, AScheduleOfTheEnvironmentThatIsNoneIsRefused) {
  for (const char* wrong : {"x", "99,1,1", "0,1", "0,2,1", "0,1,1,", "-1,0,0"}) {
    ::setenv("ASCENDER_SCHEDULE", wrong, 1);
    expect_says(run({"steps=1"}), 2, {std::string("ASCENDER_SCHEDULE is `") + wrong + "`", "INDEX,A,B"});
    EXPECT_FALSE(exists("r")) << wrong;
  }
  ::setenv("ASCENDER_SCHEDULE", "0,1,1", 1);
  expect_says(run({"steps=1"}), 0, {});
  ::unsetenv("ASCENDER_SCHEDULE");
}

}  // namespace
}  // namespace ascender
