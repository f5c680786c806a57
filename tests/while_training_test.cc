// What a person or a script sees of a run: progress, signals, what is recorded.
#include <nlohmann/json.hpp>
#include <sstream>

#include "ascender/record/environment.h"
#include "ascender/record/summary.h"
#include "ascender/record/trace_reader.h"

#include "tests/small_run.h"

namespace ascender {
namespace {

class WhileTraining : public SmallRun {};

TEST_F(WhileTraining, PlainLinesWhereThereIsNoTerminal) {
  const Finished f = call({"run", "small.ascend", "--run", "r"});
  expect_says(
      f, 0,
      {"step 30/30  loss ", "tok/s", "of roof", "left 0:00", "eval.loss", "recorded in r", "a sample:"});
  EXPECT_EQ(f.output.find('\r'), std::string::npos);
}

TEST_F(WhileTraining, QuietSaysNothingOfAGoodRun) { EXPECT_EQ(run().output, ""); }

TEST_F(WhileTraining, EveryLineOfJsonIsAnObject) {
  const Finished f = call({"run", "small.ascend", "--run", "r", "--json"});
  ASSERT_EQ(f.exit_code, 0) << f.output;
  std::istringstream lines(f.output);
  nlohmann::json json, last;
  for (std::string line; std::getline(lines, line);) {
    json = nlohmann::json::parse(line, nullptr, false);
    ASSERT_TRUE(json.is_object() && json.contains("event")) << line;
    if (json["event"] == "progress") last = json;
  }
  for (const char* key :
       {"step", "steps", "loss", "lr", "tokens_per_s", "percent_of_roof", "elapsed_s", "left_s"}) {
    EXPECT_TRUE(last.contains(key)) << key;
  }
  EXPECT_EQ(last["step"], 30);
  EXPECT_EQ(json["event"], "result") << json;
}

TEST_F(WhileTraining, TheLastLineOfJsonIsTheResult) {
  const auto result = [&](const std::vector<std::string>& arguments, int code) {
    const Finished f = call(arguments);
    EXPECT_EQ(f.exit_code, code) << f.output;
    const std::string lines = f.output.substr(0, f.output.find_last_not_of('\n') + 1);
    return nlohmann::json::parse(lines.substr(lines.rfind('\n') + 1));
  };
  const auto is = [](const nlohmann::json& line, const char* kind, const char* folder, const char* status) {
    EXPECT_EQ(line["event"], "result");
    EXPECT_EQ(line["kind"], kind);
    EXPECT_EQ(line["folder"], folder);
    EXPECT_EQ(line["status"], status);
  };
  const nlohmann::json run = result({"run", "small.ascend", "--run", "r", "--json"}, 0);
  is(run, "run", "r", "done");
  const Summary s = read_summary(at("r/summary.json"));
  EXPECT_EQ(run["weights_sha256"], s.weights_sha256);
  EXPECT_EQ(run["metrics"]["eval.loss"], s.metrics.at("eval.loss"));
  EXPECT_EQ(result({"resume", "r", "--json"}, 0), run);
  is(result({"run", "small.ascend", "--run", "bad", "--json", "optimizer.lr=1e25", "checkpoint.every=1"}, 3),
     "run", "bad", "diverged");
  const nlohmann::json study = result({"run", "small.ascend", "--run", "s", "--json", "seeds={1, 2}"}, 0);
  is(study, "study", "s", "done");
  ASSERT_EQ(study["runs"].size(), 2U);
  EXPECT_GT(study["runs"][1]["flops"], 0);
}

TEST_F(WhileTraining, ASignalStopsTheRunInOrderAndItSaysHowToGoOn) {
  for (const auto& [signal, code] : {std::pair{SIGTERM, 75}, std::pair{SIGINT, 130}}) {
    std::filesystem::remove_all(at("r"));
    const Program program({"run", "small.ascend", "--run", "r", "steps=100000000"}, folder_.path());
    for (int i = 0; i < 500 && !exists("r/checkpoints/cp_10.ptz"); ++i) ::usleep(20'000);
    program.signal(signal);
    expect_says(program.wait(), code, {"stopped", "ascender resume r"});
    const Summary s = read_summary(at("r/summary.json"));
    EXPECT_EQ(s.status, RunStatus::kStopped);
    EXPECT_TRUE(exists("r/checkpoints/cp_" + std::to_string(s.steps) + ".ptz"));
  }
}

// An addition run of two steps that takes far longer to evaluate than to train.
std::vector<std::string> long_evaluation(const std::string& run) {
  return {"run",
          std::string(ASCENDER_SOURCE_DIR) + "/experiments/addition.ascend",
          "--run",
          run,
          "steps=2",
          "batch=4",
          "model.d=96",
          "data.eval_examples=200",
          "data.addition.bin_examples=10",
          "data.addition.eval_digits={28}",
          "eval.loops={1, 8}",
          "eval.halt.signal=none"};
}

TEST_F(WhileTraining, ASignalStopsAnEvaluationWithinABatchAndItIsMadeUpForLater) {
  for (const char* every : {"eval.every=0", "eval.every=1"}) {
    std::filesystem::remove_all(at("alone"));
    std::filesystem::remove_all(at("r"));
    std::vector<std::string> alone = long_evaluation("alone"), stopped = long_evaluation("r");
    alone.push_back(every);
    stopped.push_back(every);
    ASSERT_EQ(call(alone).exit_code, 0);
    const Program program(stopped, folder_.path());
    const bool final = every == std::string("eval.every=0");
    const char* reached = final ? "r/checkpoints/cp_2.ptz" : "r/checkpoints/cp_0.ptz";
    for (int i = 0; i < 10'000 && !exists(reached); ++i) ::usleep(1000);
    ::usleep(final ? 1000 : 150'000);
    program.signal(SIGINT);
    expect_says(program.wait(), 130, {"stopped; go on with: ascender resume r"});
    const Summary s = read_summary(at("r/summary.json"));
    EXPECT_EQ(s.status, RunStatus::kStopped);
    EXPECT_TRUE(exists("r/checkpoints/cp_" + std::to_string(s.steps) + ".ptz"));
    expect_says(call({"resume", "r"}), 0, {});
    EXPECT_EQ(read_summary(at("r/summary.json")).metrics, read_summary(at("alone/summary.json")).metrics);
    EXPECT_EQ(TraceReader(at("r/trace.db")).canonical(), TraceReader(at("alone/trace.db")).canonical());
  }
}

TEST_F(WhileTraining, ASignalStopsTheSamplesOfARun) {
  const Program program({"run", "small.ascend", "--run", "r", "steps=1", "sample.tokens=1000000"},
                        folder_.path());
  for (int i = 0; i < 10'000 && !exists("r/checkpoints/best"); ++i) ::usleep(1000);
  ::usleep(50'000);
  program.signal(SIGTERM);
  expect_says(program.wait(), 75, {"ascender resume r"});
  EXPECT_TRUE(std::filesystem::is_empty(at("r/samples")));
}

TEST_F(WhileTraining, AStudyThatIsStoppedBeginsNoOtherTrial) {
  const Program program({"run", "small.ascend", "--run", "s", "steps=100000000", "seeds={1, 2}"},
                        folder_.path());
  for (int i = 0; i < 500 && !exists("s/default/seed-1/checkpoints/cp_10.ptz"); ++i) ::usleep(20'000);
  program.signal(SIGTERM);
  expect_says(program.wait(), 75, {"ascender resume s"});
  EXPECT_FALSE(exists("s/default/seed-2"));
}

TEST_F(WhileTraining, TheRunRecordsWhatItRanWith) {
  ASSERT_EQ(run().exit_code, 0);
  const Environment e = read_environment(at("r/environment.json"));
  EXPECT_GT(e.threads, 0);
  EXPECT_FALSE(e.code_version.empty());
  EXPECT_FALSE(e.simd_target.empty());
  const Summary s = read_summary(at("r/summary.json"));
  EXPECT_EQ(s.status, RunStatus::kDone);
  EXPECT_EQ(s.steps, 30);
  EXPECT_GT(s.flops, 0);
  EXPECT_GT(s.peak_bytes, 0);
  EXPECT_EQ(s.weights_sha256.size(), 64U);
  EXPECT_TRUE(s.metrics.contains("train.loss") && s.metrics.contains("eval.loss"));
}

TEST_F(WhileTraining, TheBestCheckpointIsOfAnEvaluatedStepAndCanBeAsked) {
  // The rate is so high that the loss rises again.
  ASSERT_EQ(run({"eval.every=4", "optimizer.lr=0.3", "checkpoint.every=0", "checkpoint.keep=1"}).exit_code,
            0);
  const TraceReader trace(at("r/trace.db"));
  const std::vector<TracePoint> losses = trace.curve("eval.loss", "set=validation");
  const auto best = std::ranges::min_element(losses, {}, &TracePoint::value);
  ASSERT_NE(best, losses.end() - 1) << "the last is the best";
  const std::string file = "cp_" + std::to_string(best->step) + ".ptz";
  EXPECT_EQ(read_file(at("r/checkpoints/best")), file + "\n");
  EXPECT_TRUE(exists("r/checkpoints/" + file));
  const std::string step = std::to_string(best->step);
  expect_says(call({"show", "r"}), 0, {"checkpoints at steps " + step + " (best), 30"});
  expect_says(call({"generate", "r", "line", "--checkpoint", "best"}), 0, {"checkpoint of step " + step});
  expect_says(call({"export", "r", "w", "--checkpoint", "best"}), 0, {"tensors of step " + step});
  expect_says(call({"export", "r", "w", "--checkpoint", "latest"}), 0, {"tensors of step 30"});
  expect_says(call({"export", "r", "w", "--checkpoint", "30"}), 0, {"tensors of step 30"});
  for (const char* none : {"31", "first"})
    expect_says(call({"export", "r", "w", "--checkpoint", none}), 2,
                {"there are checkpoints at steps " + step + ", 30"});
}

TEST_F(WhileTraining, ExactMatchHasABestToo) {
  ASSERT_EQ(
      run({"data.kind=modular", "data.modular.modulus=7", "eval.every=10", "checkpoint.every=0"}).exit_code,
      0);
  EXPECT_TRUE(exists("r/checkpoints/best"));
}

TEST_F(WhileTraining, WithoutAStepThereIsNoTrainingLoss) {
  ASSERT_EQ(run({"steps=0"}).exit_code, 0);
  EXPECT_FALSE(read_summary(at("r/summary.json")).metrics.contains("train.loss"));
}

TEST_F(WhileTraining, AReplayBeginsAtTheOldestCheckpointThereIs) {
  ASSERT_EQ(run({"checkpoint.every=5"}).exit_code, 0);
  expect_says(call({"replay", "r"}), 0, {"steps 20 to 25: every byte is the same"});
  expect_says(call({"replay", "r", "--from", "3"}), 2, {"no checkpoint at or before step 3", "20, 25, 30"});
}

TEST_F(WhileTraining, ATextRunStoresWhatItWroteAlsoWhenItIsQuiet) {
  ASSERT_EQ(run({"sample.tokens=20"}).exit_code, 0);
  const nlohmann::json json = nlohmann::json::parse(read_file(at("r/samples/step_30.json")));
  EXPECT_EQ(json["step"], 30);
  ASSERT_EQ(json["samples"].size(), 1U);
  const nlohmann::json sample = json["samples"][0];
  EXPECT_EQ(sample["prompt"], "");
  EXPECT_EQ(sample["seed"], 1);
  EXPECT_EQ(call({"generate", "r", "--tokens", "20"}).output, sample["text"].get<std::string>() + "\n");
  ASSERT_EQ(call({"run", "small.ascend", "--run", "none", "--quiet", "sample.tokens=0"}).exit_code, 0);
  EXPECT_TRUE(std::filesystem::is_empty(at("none/samples")));
}

// Every task ends in a result that shows its metrics, and the model at work on its own questions.
TEST_F(WhileTraining, EveryTaskShowsItselfAtWork) {
  struct Expected {
    std::string task;
    std::vector<std::string> texts;
    std::vector<std::string> settings = {};
  };
  const std::string few = "data.eval_examples=2";
  for (const Expected& e : std::vector<Expected>{
           {"copy", {"exact match, %, copy", "length", " -> ", "it is "}, {few}},
           {"sort", {"exact match, %, sort", " -> "}, {few}},
           {"induction", {"exact match, %, induction", " -> "}, {few}},
           {"modular", {"eval.exact_match.train ", "eval.exact_match.validation ", " (mod 113)"}},
           {"addition", {"uniform/carry-heavy", "999999999999+1 = ?"}, {few, "data.addition.bin_examples=2"}},
           {"names", {"eval.loss", "samples:"}},
       }) {
    SCOPED_TRACE(e.task);
    std::vector<std::string> words{"run", "small.ascend", "--run", e.task, "steps=2", "data.kind=" + e.task};
    words.insert(words.end(), e.settings.begin(), e.settings.end());
    const Finished f = call(words);
    expect_says(f, 0, e.texts);
    EXPECT_EQ(f.output.find("position codes"), std::string::npos) << "a GPT has none";
    EXPECT_EQ(f.output.find("uniform/carry-heavy") != std::string::npos, e.task == "addition");
  }
  const Finished asked = call({"generate", "modular", "3+4"});
  expect_says(asked, 0, {"3+4 = ", " (mod 113)"});
}

TEST_F(WhileTraining, AFinishedRunIsLeftAsItIs) {
  ASSERT_EQ(run().exit_code, 0);
  const std::string before = read_file(at("r/summary.json"));
  expect_says(call({"resume", "r"}), 0, {"is finished"});
  EXPECT_EQ(read_file(at("r/summary.json")), before);
}

TEST_F(WhileTraining, WithoutATextItSaysWhichItTakes) {
  if (!std::filesystem::exists("/usr/share/common-licenses/GPL-3")) GTEST_SKIP() << "no Debian system";
  std::string text = kSmallExperiment;
  const std::string path = "    path = \"text.txt\"\n";
  text.replace(text.find(path), path.size(), "");
  write("small.ascend", text);
  expect_says(call({"run", "small.ascend", "--run", "r", "steps=1"}), 0,
              {"the text is /usr/share/common-licenses/GPL-3"});
}

TEST_F(WhileTraining, EveryMetricOfAnAdditionRunHasItsDocumentedName) {
  const std::string file = std::string(ASCENDER_SOURCE_DIR) + "/experiments/addition.ascend";
  const Finished f = call({"run", file, "--run", "r", "--quiet", "steps=2", "batch=4", "model.d=96",
                           "data.eval_examples=2", "data.addition.bin_examples=2",
                           "data.addition.eval_digits={6, 12}", "eval.loops={1, 2}", "eval.halt.loops=2"});
  ASSERT_EQ(f.exit_code, 0) << f.output;
  const auto metrics = read_summary(at("r/summary.json")).metrics;
  for (const char* set : {"uniform.6", "carry.12"}) {
    const std::string name = std::string("eval.exact_match.") + set;
    for (const std::string& m :
         {name, name + ".loops.1", name + ".halt", "eval.loops." + std::string(set) + ".halt"}) {
      EXPECT_TRUE(metrics.contains(m)) << m;
    }
    EXPECT_FALSE(metrics.contains(name + ".loops.2")) << "the most loops have no suffix";
  }
  EXPECT_TRUE(metrics.contains("train.loss"));
  EXPECT_TRUE(std::ranges::any_of(
      metrics, [](const auto& m) { return m.first.starts_with("eval.exact_match.chain."); }));
  EXPECT_TRUE(std::ranges::any_of(
      metrics, [](const auto& m) { return m.first.starts_with("eval.exact_match.dep."); }));
}

TEST_F(WhileTraining, ASumThatCannotBeAskedIsShownWithItsPlace) {
  const std::string file = std::string(ASCENDER_SOURCE_DIR) + "/experiments/addition.ascend";
  ASSERT_EQ(call({"run", file, "--run", "r", "--quiet", "steps=1", "batch=4", "model.d=96",
                  "data.eval_examples=1", "data.addition.bin_examples=1", "data.addition.eval_digits={6}",
                  "eval.loops={1}", "eval.halt.loops=1"})
                .exit_code,
            0);
  expect_says(call({"generate", "r", "123456+654321", "--loops", "2"}), 0, {"777777"});
  expect_says(call({"generate", "r", std::string(30, '9') + "+1"}), 2, {"29", "^^^"});
  for (const char* prompt : {"abc", "1+x", "12", "1+2+3", ""})
    expect_says(call({"generate", "r", prompt}), 2, {"error[E071"});
}

}  // namespace
}  // namespace ascender
