#include "ascender/train/evaluation/evaluate.h"

#include <gtest/gtest.h>

#include "ascender/base/diagnostic.h"
#include "ascender/train/trainer.h"

namespace ascender {
namespace {

Measurement loss(const std::string& name, double value) { return {name, "eval.loss", "", "", value}; }
Measurement exact(const std::string& set, const std::string& loops, double value) {
  return {"eval.exact_match." + set, "eval.exact_match", set, loops, value};
}

TEST(Score, IsMinusTheLossOfValidation) {
  EXPECT_EQ(score_of({loss("eval.loss.train", 1.5), loss("eval.loss", 2.5)}), -2.5);
}

TEST(Score, IsTheMeanOfExactMatchAtTheMostLoops) {
  EXPECT_EQ(score_of({exact("uniform.6", "1", 0), exact("uniform.6", "", 0.75), exact("uniform.6", "halt", 1),
                      exact("carry.6", "", 0.25)}),
            0.5);
}

TEST(Score, IsAbsentWhereNothingWasMeasured) { EXPECT_FALSE(score_of({}).has_value()); }

TEST(EvalSettings, LoopsAscendAndAreMeasuredOnce) {
  Config config(training_schema());
  config.set("eval.loops", std::vector<int64_t>{8, 1, 8});
  EXPECT_EQ(make_eval_settings(config).loops, (std::vector<int64_t>{1, 8}));
  config.set("eval.loops", std::vector<int64_t>{});
  EXPECT_THROW(make_eval_settings(config), InputError);
}

}  // namespace
}  // namespace ascender
