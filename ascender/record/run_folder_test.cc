#include "ascender/record/run_folder.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "ascender/base/diagnostic.h"
#include "ascender/base/error.h"
#include "ascender/record/test_folder.h"

namespace ascender {
namespace {

template <class Error, class Call>
std::string message_of(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(RunFolder, HasItsParts) {
  const TempFolder root;
  const RunFolder run = RunFolder::create(root / "a/b/run");
  EXPECT_TRUE(std::filesystem::is_directory(run.checkpoints()));
  EXPECT_TRUE(std::filesystem::is_directory(run.samples()));
  EXPECT_EQ(run.id(), "run");
  EXPECT_EQ(RunFolder::create((root / "slash").native() + "/").id(), "slash");
}

TEST(RunFolder, ReadsBackTheConfigurationAndNamesADamagedOne) {
  const TempFolder root;
  const RunFolder run = RunFolder::create(root / "run");
  run.write_config(R"({"model.layers": 4, "optimizer.lr": 0.008})");
  EXPECT_EQ(run.read_config(), "{\n  \"model.layers\": 4,\n  \"optimizer.lr\": 0.008\n}");
  std::string text = read_file(run.config());
  text.replace(text.find("0.008"), 5, "0.009");
  write_file(run.config(), text);
  EXPECT_NE(message_of<InputError>([&] { run.read_config(); }).find("config.json"), std::string::npos);
}

TEST(RunFolder, RefusesAFolderThatExists) {
  const TempFolder root;
  { const RunFolder run = RunFolder::create(root / "run"); }
  const std::string said = message_of<InputError>([&] { RunFolder::create(root / "run"); });
  EXPECT_NE(said.find("holds a run already"), std::string::npos) << said;
  EXPECT_NE(said.find("ascender resume"), std::string::npos) << said;
  EXPECT_NE(message_of<InputError>([&] { RunFolder::create(root.path()); }).find("exists already"),
            std::string::npos);
}

TEST(RunFolder, NamesTheCallThatCouldNotMakeIt) {
  const TempFolder root;
  write_file(root / "file", "in the way");
  const std::string inside = message_of<EnvironmentError>([&] { RunFolder::create(root / "file/run"); });
  EXPECT_NE(inside.find("mkdir " + (root / "file/run").native()), std::string::npos) << inside;
  const std::string itself = message_of<EnvironmentError>([&] { RunFolder::create(root / "file"); });
  EXPECT_NE(itself.find("rename " + (root / "file").native()), std::string::npos) << itself;
  EXPECT_EQ(read_file(root / "file"), "in the way");
}

TEST(RunFolder, AppearsWholeAndAFolderLeftBesideItIsRemoved) {
  const TempFolder root;
  const int killed = start_child([] { return 0; });
  ::waitpid(killed, nullptr, 0);
  const std::filesystem::path half = root / ("run.tmp." + std::to_string(killed));
  std::filesystem::create_directories(half / "checkpoints");
  EXPECT_TRUE(list_runs(root.path()).empty());
  RunStart start;
  start.config = "{\"seed\": 3}";
  start.environment.host = "here";
  const RunFolder run = RunFolder::create(root / "run", start);
  EXPECT_EQ(run.read_config(), "{\n  \"seed\": 3\n}");
  EXPECT_EQ(read_environment(run.environment()).host, "here");
  EXPECT_TRUE(run.is_running());
  EXPECT_FALSE(std::filesystem::exists(half));
}

TEST(RunFolder, OneThatNeverBeganCannotGoOn) {
  const TempFolder root;
  std::filesystem::create_directories(root / "run/checkpoints");
  EXPECT_TRUE(never_began(root / "run"));
  const std::string said = message_of<InputError>([&] { RunFolder::resume(root / "run"); });
  EXPECT_NE(said.find("has no config.json"), std::string::npos) << said;
  EXPECT_NE(said.find("remove the folder and run it anew"), std::string::npos) << said;
}

TEST(RunFolder, LetsOneProcessWriteAndOthersRead) {
  const TempFolder root;
  RunFolder run = RunFolder::create(root / "run");
  const pid_t child = start_child([&] {
    if (!RunFolder::open(root / "run").is_running()) return 1;
    return message_of<InputError>([&] { RunFolder::resume(root / "run"); }).find("another process") ==
                   std::string::npos
               ? 2
               : 0;
  });
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  run = RunFolder::open(root / "run");  // lets the lock go
  EXPECT_FALSE(run.is_running());
  EXPECT_TRUE(RunFolder::resume(root / "run").is_running());
}

TEST(RunFolder, IdsSortByTimeAndNeverClash) {
  const std::string early = make_run_id("addition", 1, 1795239901);
  EXPECT_EQ(early, "20261121-054501-addition-s1");
  EXPECT_LT(early, make_run_id("Abacus & co", 1, 1795239902));
  EXPECT_EQ(make_run_id("a/b c", 7, 0), "19700101-000000-a-b-c-s7");
  const TempFolder root;
  const RunFolder a = RunFolder::create_in(root / "runs", "x", 1);
  const RunFolder b = RunFolder::create_in(root / "runs", "x", 1);
  const RunFolder c = RunFolder::create_in(root / "runs", "x", 1);
  EXPECT_NE(a.id(), b.id());
  EXPECT_NE(b.id(), c.id());
}

TEST(RunFolder, ListsRunsOfStudiesTooOldestFirst) {
  const TempFolder root;
  int64_t second = 1'700'000'000;
  for (const char* name : {"b", "study/base/seed-1", "a", "study/loops/seed-1"}) {
    const RunFolder run = RunFolder::create(root / name);
    run.write_config("{}");
    const timespec at[2] = {{second, 0}, {second++, 0}};
    ::utimensat(AT_FDCWD, run.config().c_str(), at, 0);
  }
  std::filesystem::create_directory(root / "nothing");
  std::vector<std::string> found;
  for (const RunFolder& run : list_runs(root.path())) {
    found.push_back(std::filesystem::relative(run.path(), root.path()).native());
  }
  EXPECT_EQ(found, (std::vector<std::string>{"b", "study/base/seed-1", "a", "study/loops/seed-1"}));
  EXPECT_EQ(find_run(root.path(), "latest").path(), root / "study/loops/seed-1");
  EXPECT_TRUE(list_runs(root / "absent").empty());
}

TEST(RunFolder, IsFoundByIdByPathAndNotByAMisspeltOne) {
  const TempFolder root;
  { const RunFolder run = RunFolder::create(root / "20261121-054501-addition-s1"); }
  EXPECT_EQ(find_run(root.path(), "20261121-054501-addition-s1").id(), "20261121-054501-addition-s1");
  EXPECT_EQ(find_run("elsewhere", (root / "20261121-054501-addition-s1").native()).id(),
            "20261121-054501-addition-s1");
  const std::string said =
      message_of<InputError>([&] { find_run(root.path(), "20261121-054501-additoin-s1"); });
  EXPECT_NE(said.find("did you mean `20261121-054501-addition-s1`"), std::string::npos) << said;
  EXPECT_NE(message_of<InputError>([&] { find_run(root / "absent", "latest"); }).find("no run"),
            std::string::npos);
}

}  // namespace
}  // namespace ascender
