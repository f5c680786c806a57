#include "ascender/report/runs.h"

#include <cmath>
#include <gtest/gtest.h>
#include <sstream>

#include "ascender/record/environment.h"
#include "ascender/record/test_folder.h"
#include "ascender/record/trace.h"
#include "ascender/report/exact_match.h"
#include "ascender/report/run_row.h"

namespace ascender {
namespace {

constexpr TextStyle kPlain{.width = 120, .color = false};

Schema schema() {
  Schema schema;
  schema.integer("steps", 3000, {0}, "steps");
  schema.real("optimizer.lr", 0.008, {0}, "rate");
  return schema;
}

std::map<std::string, double> addition_metrics() {
  return {{"eval.exact_match.uniform.12", 0.998},
          {"eval.exact_match.carry.12", 1},
          {"eval.exact_match.uniform.12.loops.4", 0.9951},
          {"eval.exact_match.carry.12.loops.4", 0.779},
          {"eval.exact_match.uniform.12.loops.16", 0.5},
          {"eval.exact_match.carry.12.halt", 0.9},
          {"eval.loops.carry.12.halt", 5.83},
          {"eval.exact_match.uniform.6", 1},
          {"eval.exact_match.chain.3.12", 0.75},
          {"eval.exact_match.chain.12.12", 0.25},
          {"eval.loss", 0.1234},
          {"train.loss", 0.2}};
}

void write_run(const RunFolder& run, int steps, bool is_finished) {
  run.write_config(R"({"optimizer.lr": 0.004, "steps": 3000, "gone.setting": true})");
  Environment environment = detect_environment();
  environment.simd_target = "AVX2";
  environment.command_line = {"ascender", "run", "addition.ascend"};
  write_environment(run.environment(), environment);
  Trace trace(run.trace());
  const MetricId loss = trace.metric("train.loss");
  const MetricId eval = trace.metric("eval.loss", {{"set", "validation"}});
  for (int step = 1; step <= steps; ++step) {
    trace.log(step, loss, 2.0 / step + 0.1);
    if (step % 100 == 0) trace.log(step, eval, 2.2 / step + 0.1);
  }
  trace.event(7, "nonfinite", "loss nan");
  if (!is_finished) return;
  write_summary(run.summary(), {.status = RunStatus::kDone,
                                .steps = steps,
                                .wall_s = 61.5,
                                .flops = 3e12,
                                .peak_bytes = 1 << 28,
                                .weights_sha256 = std::string(64, 'c'),
                                .reason = "",
                                .metrics = addition_metrics()});
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(ExactMatch, NamesAreRead) {
  EXPECT_EQ(parse_exact_match("eval.exact_match.uniform.12"), (ExactMatchName{"uniform", 0, 12, ""}));
  EXPECT_EQ(parse_exact_match("eval.exact_match.carry.28.loops.32"), (ExactMatchName{"carry", 0, 28, "32"}));
  EXPECT_EQ(parse_exact_match("eval.exact_match.dep.9.12.halt"), (ExactMatchName{"dep", 9, 12, "halt"}));
  EXPECT_EQ(parse_exact_match("eval.loops.carry.12.halt"), (ExactMatchName{"carry", 0, 12, "used"}));
  for (const char* other : {"eval.loss", "eval.exact_match", "eval.exact_match.", "eval.exact_match.uniform",
                            "eval.exact_match.uniform.x", "eval.exact_match.uniform.12.loops",
                            "eval.exact_match.chain.3", "eval.loops.carry.12"}) {
    EXPECT_FALSE(parse_exact_match(other)) << other;
  }
}

TEST(ExactMatch, IsATableOfDigitsByLoops) {
  EXPECT_EQ(exact_match_tables(addition_metrics(), kPlain),
            "exact match by loops, % uniform/carry-heavy\n"
            "  digits          4      16      most  halting  loops used\n"
            "       6                        100/-\n"
            "      12  99.5/77.9  50.0/-  99.8/100   -/90.0       -/5.8\n"
            "\n"
            "exact match, %, longest carry chain\n"
            "  digits  chain  most\n"
            "      12      3  75.0\n"
            "      12     12  25.0\n");
  EXPECT_EQ(exact_match_tables({{"eval.loss", 1}}, kPlain), "");
}

TEST(Percent, SaysHundredOnlyWhenNoneIsWrong) {
  EXPECT_EQ(percent(1), "100");
  EXPECT_EQ(percent(0.9999), "99.9");
  EXPECT_EQ(percent(0.998), "99.8");
  EXPECT_EQ(percent(0), "0.0");
}

TEST(Runs, AreListedNewestFirstWithWhatTheyCameTo) {
  const TempFolder root;
  { write_run(RunFolder::create(root / "20260101-000000-a-s1"), 3000, true); }
  { write_run(RunFolder::create(root / "20260101-000001-b-s1"), 1200, false); }
  const RunFolder running = RunFolder::create(root / "20260101-000002-c-s1");
  write_run(running, 10, false);
  const std::string text = runs_text(root.path(), std::time(nullptr), kPlain);
  std::istringstream lines(text);
  std::string head, c, b, a;
  std::getline(lines, head);
  std::getline(lines, c);
  std::getline(lines, b);
  std::getline(lines, a);
  EXPECT_TRUE(has(c, "c-s1") && has(c, "running") && has(c, "10/3000")) << text;
  EXPECT_TRUE(has(b, "b-s1") && has(b, "cut off") && has(b, "1200/3000") && has(b, "0.1017")) << text;
  EXPECT_TRUE(has(a, "a-s1") && has(a, "done") && has(a, "99.8/100 at 12") && has(a, "0.1234") &&
              has(a, "1m 02s"))
      << text;
  EXPECT_TRUE(has(runs_text(root / "none", 0, kPlain), "no runs under"));
}

TEST(Runs, ThatAreDamagedAreNamedAndListed) {
  const TempFolder root;
  for (const char* name : {"config", "trace", "summary", "empty", "good"}) {
    const RunFolder run = RunFolder::create(root / name);
    if (std::string(name) != "empty") write_run(run, 200, true);
  }
  write_file(root / "config/config.json", "{\"steps\": 3000");
  write_file(root / "trace/trace.db", std::string(8192, 'x'));
  write_file(root / "summary/summary.json", "{}");
  const std::string text = runs_text(root.path(), std::time(nullptr), kPlain);
  for (const char* part :
       {"config.json is damaged", "trace.db is damaged", "summary.json is damaged", "no such file"}) {
    EXPECT_TRUE(has(text, part)) << part << "\n" << text;
  }
  EXPECT_TRUE(has(text, "good"));
  const Schema defaults = schema();
  for (const char* name : {"config", "trace", "summary", "empty"}) {
    const std::string shown = show_text(RunFolder::open(root / name), &defaults, kPlain);
    EXPECT_TRUE(has(shown, "damaged")) << shown;
  }
}

TEST(Show, TellsARunAndDrawsItsLoss) {
  const TempFolder root;
  { write_run(RunFolder::create(root / "run"), 3000, true); }
  const Schema defaults = schema();
  const std::string text = show_text(RunFolder::open(root / "run"), &defaults, kPlain);
  for (const char* part :
       {"run  done  3000 steps in 1m 02s", "optimizer.lr  0.004  default 0.008",
        "gone.setting  true   unknown to this program", "AVX2", "ascender run addition.ascend", "99.8/100",
        "eval.loss   0.1234", "nonfinite  1x  last at step 7  loss nan", "train.loss", "loss.svg"}) {
    EXPECT_TRUE(has(text, part)) << part << "\n" << text;
  }
  EXPECT_FALSE(has(text, "steps  3000"));  // the default
  EXPECT_TRUE(has(read_file(root / "run/loss.svg"), "eval.loss"));
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(columns_of(line), 120) << line;
}

TEST(Study, IsATableWithTheMeanOfEachArm) {
  const auto run = [](const std::string& arm, int64_t seed, double loss) {
    return StudyRun{arm, seed, arm + "/seed-" + std::to_string(seed), {.metrics = {{"eval.loss", loss}}}};
  };
  const std::string text =
      study_text({"claims", {run("base", 1, 1.0), run("base", 2, 2.0), run("loops", 1, 4.0)}}, kPlain);
  EXPECT_TRUE(has(text, "base   eval.loss     2  1.5000  0.7071  1.0000   2.0000")) << text;
  EXPECT_TRUE(has(text, "loops  eval.loss     1  4.0000")) << text;
}

TEST(Duration, IsShort) {
  EXPECT_EQ(duration(3.14), "3.1s");
  EXPECT_EQ(duration(59.6), "60s");
  EXPECT_EQ(duration(125), "2m 05s");
  EXPECT_EQ(duration(7384), "2h 03m");
  EXPECT_EQ(duration(273'600), "3d 04h");
  EXPECT_EQ(duration(-1), "-");
}

}  // namespace
}  // namespace ascender
