// What goes wrong while a run runs, or between its runs: it is recorded, the exit code tells, and nothing
// good is lost.
#include <nlohmann/json.hpp>
#include <sys/resource.h>

#include "ascender/record/run_folder.h"
#include "ascender/record/summary.h"
#include "ascender/record/trace_reader.h"
#include "ascender/tile/target.h"
#include "ascender/train/checkpoint/folder.h"

#include "tests/small_run.h"

namespace ascender {
namespace {

namespace fs = std::filesystem;

class Faults : public SmallRun {
 protected:
  Summary summary(const std::string& run) const { return read_summary(at(run) / "summary.json"); }
  CheckpointFolder checkpoints(const std::string& run) const {
    return CheckpointFolder(at(run) / "checkpoints", 100);
  }
  fs::path checkpoint(int step) const { return at("r/checkpoints/cp_" + std::to_string(step) + ".ptz"); }

  // The weights of the run left alone.
  std::string expected(const std::string& more = "seed=1") const {
    EXPECT_EQ(call({"run", "small.ascend", "--run", "alone", "--quiet", more}).exit_code, 0);
    return summary("alone").weights_sha256;
  }
  // A run that has all its checkpoints and was cut off before its summary.
  void cut_off() const {
    ASSERT_EQ(run().exit_code, 0);
    fs::remove(at("r/summary.json"));
  }
  void flip_a_bit(const fs::path& file) const {
    std::string bytes = read_file(file);
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 4);
    write_file(file, bytes);
  }
  // The checkpoint as a program with other numerics would have written it.
  void make_of_another_version(const fs::path& file) const {
    CheckpointInfo info = read_info(file);
    std::vector<std::vector<std::byte>> memory;
    for (Blob& b : info.blobs) {
      memory.emplace_back(static_cast<size_t>(b.shape.count() * size_of(b.dtype)));
      b.bytes = memory.back();
    }
    read_checkpoint(file, info.blobs);
    nlohmann::json meta = nlohmann::json::parse(info.meta.json);
    meta["numerics_version"] = 0;
    info.meta.json = meta.dump();
    write_checkpoint(file, info.meta, info.blobs);
  }
  void cut_in_half(const fs::path& file) const { fs::resize_file(file, fs::file_size(file) / 2); }
};

TEST_F(Faults, ALearningRateThatGivesNaNIsRecordedAndTheLastGoodCheckpointStays) {
  expect_says(run({"optimizer.lr=1e25", "checkpoint.every=1", "checkpoint.keep=1"}), 3, {});
  const Summary s = summary("r");
  EXPECT_EQ(s.status, RunStatus::kDiverged);
  EXPECT_NE(s.reason.find("no finite loss"), std::string::npos) << s.reason;
  EXPECT_NE(s.reason.find("the last good checkpoint is of step 0"), std::string::npos) << s.reason;
  const TraceReader trace(at("r/trace.db"));
  EXPECT_EQ(trace.events().size(), 5U);
  EXPECT_EQ(trace.events().front().kind, "nonfinite");
  EXPECT_EQ(checkpoints("r").steps(), std::vector<int64_t>{0});
  expect_says(call({"generate", "r", "line"}), 0, {"line"});
}

TEST_F(Faults, ADamagedCheckpointIsNamedAndTheOneBeforeIsTaken) {
  const std::string weights = expected();
  for (const bool cut : {false, true}) {
    fs::remove_all(at("r"));
    cut_off();
    cut ? cut_in_half(checkpoint(30)) : flip_a_bit(checkpoint(30));
    expect_says(call({"generate", "r", "line"}), 0, {"warning", "cp_30.ptz"});
    expect_says(call({"resume", "r"}), 0, {"warning", "cp_30.ptz", "resuming at step 20 of 30"});
    EXPECT_EQ(summary("r").weights_sha256, weights);
  }
}

TEST_F(Faults, WithoutAGoodCheckpointNothingIsTouched) {
  cut_off();
  for (const int step : {10, 20, 30}) cut_in_half(checkpoint(step));
  const std::string trace = TraceReader(at("r/trace.db")).canonical();
  expect_says(call({"resume", "r"}), 2,
              {"cp_10.ptz", "cp_20.ptz", "cp_30.ptz", "no checkpoint that can be read"});
  expect_says(call({"generate", "r", "line"}), 2, {"no checkpoint that can be read"});
  for (const int step : {10, 20, 30}) EXPECT_TRUE(fs::exists(checkpoint(step)));
  EXPECT_EQ(TraceReader(at("r/trace.db")).canonical(), trace);
}

TEST_F(Faults, ACheckpointOfAnotherRunIsRefused) {
  cut_off();
  ASSERT_EQ(call({"run", "small.ascend", "--run", "other", "seed=2", "--quiet"}).exit_code, 0);
  fs::copy_file(at("other/checkpoints/cp_30.ptz"), checkpoint(30), fs::copy_options::overwrite_existing);
  expect_says(call({"resume", "r"}), 2, {"belongs to a run with other settings"});
  expect_says(call({"generate", "r", "line"}), 2, {"belongs to a run with other settings"});
  EXPECT_TRUE(fs::exists(checkpoint(20)));
}

TEST_F(Faults, AFileThatIsNoCheckpointIsPassedOver) {
  cut_off();
  write("r/checkpoints/cp_30.ptz", "not a checkpoint");
  expect_says(call({"resume", "r"}), 0, {"warning", "cp_30.ptz", "resuming at step 20 of 30"});
}

TEST_F(Faults, AVocabularyThatChangedIsRefusedOnResume) {
  cut_off();
  write("text.txt", read_file(at("text.txt")) + "ZYXW\n");
  expect_says(call({"resume", "r"}), 2, {"error[E0907]", "other data or with another tokeniser"});
  for (const int step : {10, 20, 30}) EXPECT_TRUE(fs::exists(checkpoint(step)));
}

TEST_F(Faults, ADamagedConfigurationIsNamed) {
  cut_off();
  flip_a_bit(at("r/config.json"));
  expect_says(call({"resume", "r"}), 2, {"config.json"});
}

// As a newer program finds a run, or an older one: settings come and go.
TEST_F(Faults, ASettingThatARunDoesNotKnowKeepsItsDefaultAnyOtherDifferenceIsRefused) {
  const std::string weights = expected();
  cut_off();
  fs::remove(checkpoint(30));
  const RunFolder folder = RunFolder::open(at("r"));
  const nlohmann::json config = nlohmann::json::parse(folder.read_config());
  const auto edited = [&](const std::function<void(nlohmann::json&)>& edit) {
    nlohmann::json copy = config;
    edit(copy);
    folder.write_config(copy.dump());
    return call({"resume", "r"});
  };
  expect_says(edited([](auto& c) { c["optimizer.gone"] = 1; }), 2,
              {"E0802", "unknown setting `optimizer.gone`"});
  const char* changed = "belongs to a run with other settings";
  expect_says(edited([](auto& c) { c["optimizer.lr"] = 0.5; }), 2, {"E0907", changed});
  expect_says(edited([](auto& c) { c.erase("optimizer.lr"); }), 2, {"E0907", changed});  // not at its default
  expect_says(edited([](auto& c) { c.erase("optimizer.nesterov"); }), 0,
              {"settings newer than the run keep their defaults: optimizer.nesterov = true\n",
               "resuming at step 20 of 30"});
  EXPECT_EQ(summary("r").weights_sha256, weights);
  EXPECT_EQ(TraceReader(at("r/trace.db")).canonical(), TraceReader(at("alone/trace.db")).canonical());
}

TEST_F(Faults, AnotherSimdTargetIsSaidAndAnotherNumericsVersionRefused) {
  if (simd_targets().size() < 2) GTEST_SKIP() << "this machine has one SIMD target";
  const std::string own = name_of(simd_targets()[0]), other = name_of(simd_targets()[1]);
  const auto on = [&](const std::string& target, const std::vector<std::string>& arguments) {
    ::setenv("ASCENDER_TARGET", target.c_str(), 1);
    const Finished f = call(arguments);
    ::unsetenv("ASCENDER_TARGET");
    return f;
  };
  ASSERT_EQ(on(own, {"run", "small.ascend", "--run", "r", "--quiet"}).exit_code, 0);
  expect_says(on(own, {"replay", "r"}), 0, {"steps 10 to 20: every byte is the same"});
  const std::string differs = "SIMD target " + own + " then, " + other + " now";
  expect_says(on(other, {"replay", "r", "--from", "20"}), 1, {differs, "differs: ", "more"});
  fs::remove(at("r/summary.json"));
  fs::remove(checkpoint(30));
  expect_says(on(other, {"resume", "r"}), 0,
              {"warning: " + differs, "from step 20", "ASCENDER_TARGET=" + own + " goes on as before"});
  const std::vector<TraceEvent> notes = TraceReader(at("r/trace.db")).notes();
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_EQ(notes[0].kind, "resume");
  EXPECT_EQ(notes[0].step, 20);
  EXPECT_NE(notes[0].text.find(other), std::string::npos) << notes[0].text;

  fs::remove(at("r/summary.json"));
  make_of_another_version(checkpoint(30));
  expect_says(call({"resume", "r"}), 2, {"error[E0935]", "numerics version 0", "start a new run"});
  EXPECT_TRUE(fs::exists(checkpoint(30)));
}

TEST_F(Faults, AStudyBeginsAnewATrialThatNeverBegan) {
  const std::vector<std::string> study = {"run",     "small.ascend", "--run",       "s",
                                          "--quiet", "steps=2",      "seeds={1, 2}"};
  ASSERT_EQ(call(study).exit_code, 0);
  const Summary before = read_summary(at("s/default/seed-2/summary.json"));
  fs::remove_all(at("s/default/seed-2"));
  fs::create_directories(at("s/default/seed-2/checkpoints"));
  write("s/default/seed-2/lock", "");
  expect_says(call({"resume", "s/default/seed-2"}), 2, {"has no config.json", "run it anew"});
  expect_says(call({"resume", "s", "--quiet"}), 0, {});
  EXPECT_EQ(read_summary(at("s/default/seed-2/summary.json")).weights_sha256, before.weights_sha256);
}

TEST_F(Faults, AStudyWhosePlanIsDamagedSaysSo) {
  ASSERT_EQ(call({"run", "small.ascend", "--run", "s", "--quiet", "steps=1", "seeds={1, 2}"}).exit_code, 0);
  std::string plan = read_file(at("s/plan.json"));
  plan.replace(plan.find("seed-1"), 6, "seed-3");
  write("s/plan.json", plan);
  expect_says(call({"resume", "s"}), 2, {"plan.json is damaged", "checksum"});
}

TEST_F(Faults, ARunIsResumedFromAnotherFolder) {
  const std::string weights = expected();
  cut_off();
  fs::remove(checkpoint(30));
  fs::create_directory(at("elsewhere"));
  const Finished f = run_program({"resume", at("r").native()}, at("elsewhere"));
  expect_says(f, 0, {"resuming at step 20"});
  EXPECT_EQ(summary("r").weights_sha256, weights);
}

TEST_F(Faults, TwoProcessesCannotWriteOneRun) {
  fs::create_directory(at("second"));
  const Program first({"run", "small.ascend", "--run", "r", "--quiet", "steps=100000000"}, folder_.path());
  for (int i = 0; i < 500 && !fs::exists(checkpoint(10)); ++i) ::usleep(20'000);
  const Finished second = run_program({"resume", at("r").native()}, at("second"));
  const Finished shown = run_program({"show", at("r").native()}, at("second"));  // reading blocks nobody
  const Finished listed = run_program({"runs", "--root", folder_.path().native()}, at("second"));
  first.signal(SIGTERM);
  expect_says(first.wait(), 75, {});
  expect_says(second, 2, {"error[E0903]", "written by another process"});
  expect_says(shown, 0, {"running", "train.loss"});
  EXPECT_TRUE(exists("r/loss.svg"));
  expect_says(listed, 0, {"running"});
  EXPECT_EQ(summary("r").status, RunStatus::kStopped);
}

// A limit on the size of files fails a write as a full disk does, and needs no rights.
TEST_F(Faults, AWriteThatFailsEndsTheRunInOrderAndItGoesOnLater) {
  const std::string weights = expected("model.d=64");
  // The checkpoint of step 0 fits; moments make the next one larger.
  const rlimit small{300'000, RLIM_INFINITY};
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const Finished f = run({"model.d=64"});
  ::setrlimit(RLIMIT_FSIZE, &before);
  expect_says(f, 1, {"File too large"});
  const Summary s = summary("r");
  EXPECT_EQ(s.status, RunStatus::kFailed);
  EXPECT_FALSE(s.reason.empty());
  expect_says(call({"resume", "r", "--quiet"}), 0, {});
  EXPECT_EQ(summary("r").weights_sha256, weights);
}

TEST_F(Faults, AFullDiskEndsTheRunInOrderAndItGoesOnWhenThereIsRoom) {
  fs::create_directory(at("disk"));
  const std::string own_mounts = "unshare -rm sh -c 'mount -t tmpfs -o size=300k none disk && ";
  if (std::system(("cd " + folder_.path().native() + " && " + own_mounts + "true' 2>/dev/null").c_str()) !=
      0) {
    GTEST_SKIP() << "no file system can be mounted here";
  }
  const std::string weights = expected();
  const std::string script = own_mounts + kProgram +
                             " run small.ascend --run disk/r checkpoint.keep=100 checkpoint.every=1 steps=30 "
                             "--quiet; echo first $?; "
                             "mount -o remount,size=50m disk && " +
                             kProgram +
                             " resume disk/r --quiet; echo second $?; "
                             "cp disk/r/summary.json .'";
  ASSERT_EQ(std::system(("cd " + folder_.path().native() + " && " + script + " > disk.txt 2>&1").c_str()), 0);
  const std::string said = read_file(at("disk.txt"));
  for (const char* text : {"first 1", "second 0", "No space left on device"})
    EXPECT_NE(said.find(text), std::string::npos) << said;
  EXPECT_EQ(read_summary(at("summary.json")).weights_sha256, weights);
}

}  // namespace
}  // namespace ascender
