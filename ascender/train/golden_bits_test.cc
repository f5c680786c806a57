// What a training computes, to the bit: a change that alters it must raise record/numerics_version.h.
#include <gtest/gtest.h>
#include <map>

#include "ascender/record/numerics_version.h"
#include "ascender/tile/target.h"
#include "ascender/train/trainer.h"

namespace ascender {
namespace {

constexpr int kVersionOfTheseHashes = 1;

// By target; the first 16 digits of the weights' SHA-256.
const std::map<std::string, std::string> kLoopLmAdds = {
    {"avx512", "11db9b3322d5fe8d"}, {"avx2", "8097030c42e8f26f"}, {"baseline", "e3383fcb4347b476"}};
const std::map<std::string, std::string> kGptSorts = {
    {"avx512", "2f0f942dc3eedd6a"}, {"avx2", "3f0e738cc4ad2e49"}, {"baseline", "1bf3f54f8a12afb3"}};

std::string weights_after(const Config& config) {
  Trainer trainer(config);
  while (!trainer.finished()) trainer.step();
  return trainer.model().parameters().sha256().substr(0, 16);
}

void expect_golden(const Config& config, const std::map<std::string, std::string>& golden) {
  const Target before = simd_target();
  for (const Target target : simd_targets()) {
    force_simd_target(target);
    EXPECT_EQ(weights_after(config), golden.at(name_of(target)))
        << "The numbers of a training on " << name_of(target)
        << " have changed. Find out why; where it is meant, "
        << "raise kNumericsVersion and take over the new hash.";
  }
  force_simd_target(before);
}

Config few_steps(const std::string& task) {
  Config c(training_schema());
  c.set("data.kind", task);
  c.set("steps", int64_t{8});
  c.set("batch", int64_t{8});
  c.set("threads", int64_t{2});
  c.set("model.d", int64_t{96});
  c.set("model.heads", int64_t{4});
  c.set("clip.norm", 0.5);
  c.set("optimizer.lr", 3e-3);
  return c;
}

TEST(GoldenBits, AreOfThisVersionOfTheNumbers) { EXPECT_EQ(kNumericsVersion, kVersionOfTheseHashes); }

TEST(GoldenBits, OfALoopLmThatLearnsToAdd) {
  Config c = few_steps("addition");
  c.set("model.kind", std::string("looplm"));
  c.set("model.loops", int64_t{3});
  expect_golden(c, kLoopLmAdds);
}

TEST(GoldenBits, OfAGptThatLearnsToSort) {
  Config c = few_steps("sort");
  c.set("model.layers", int64_t{2});
  c.set("model.position", std::string("rotary"));
  c.set("model.activation", std::string("swiglu"));
  c.set("model.qk_norm", true);
  c.set("model.dropout", 0.1);
  expect_golden(c, kGptSorts);
}

}  // namespace
}  // namespace ascender
