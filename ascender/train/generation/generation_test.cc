// Answers of scripted models: one that adds as a ripple-carry adder does, a carry a loop, and one that
// recites.
#include <algorithm>
#include <cstdio>
#include <gtest/gtest.h>

#include "ascender/base/diagnostic.h"
#include "ascender/data/addition/addition_task.h"
#include "ascender/train/generation/answer.h"
#include "ascender/train/generation/generate.h"
#include "ascender/train/generation/show_addition.h"

namespace ascender {
namespace {

constexpr int64_t kClasses = 10;

// After loop l every answer digit knows the carries that started at most l places below it.
class RippleModel : public Model {
 public:
  explicit RippleModel(bool looped) : Model(DType::kF32), looped_(looped) { parameters_.allocate(); }
  double loss(Tape&, const ModelInput&) override { return 0; }
  bool loops() const override { return looped_; }

  void predict(Tape& tape, const ModelInput& input, int max_loops, LoopVisitor& visitor) override {
    const int32_t* tokens = input.tokens.as<int32_t>();
    const int64_t n = std::find(tokens, tokens + input.length(), AdditionTask::kPlus) - tokens;
    const int64_t places = input.length() - input.first_output();
    const Tensor logits = tape.keep(DType::kF32, {1, places, kClasses});
    const Tensor latent = tape.keep(DType::kF32, {1, places, 1});
    for (int loop = 1; loop <= max_loops; ++loop) {
      for (int64_t i = 0; i < places; ++i) {
        const int digit = this->digit(tokens, n, i, looped_ ? loop : 99);
        std::fill_n(logits.as<float>() + i * kClasses, kClasses, 0.0F);
        logits.as<float>()[i * kClasses + digit] = 20;
        latent.as<float>()[i] = static_cast<float>(digit + 1);
      }
      if (!visitor.visit({.loop = loop, .logits = logits, .latent = latent, .exit_logit = {}})) return;
    }
  }

 private:
  static int digit(const int32_t* tokens, int64_t n, int64_t place, int reach) {
    int carry = 0;
    const auto at = [&](int64_t i) { return i < n ? tokens[n - 1 - i] + tokens[2 * n - i] : 0; };
    for (int64_t i = std::max<int64_t>(0, place - reach + 1); i < place; ++i) carry = at(i) + carry >= 10;
    return (at(place) + carry) % 10;
  }
  bool looped_;
};

struct Bench {
  Threads threads{1};
  Arena scratch{size_t{1} << 20};
  Context context{threads, scratch};
  Tape tape{context, {.activation_bytes = size_t{1} << 24, .gradient_bytes = size_t{1} << 24}};
};

std::string shown(Model& model, const Task& task, const char* question, int max_loops, const HaltRule& rule,
                  bool color = false) {
  Bench bench;
  std::FILE* file = std::tmpfile();
  show_addition(model, task, bench.tape, question, max_loops, rule, file, color);
  std::string text(static_cast<size_t>(std::ftell(file)), ' ');
  std::rewind(file);
  EXPECT_EQ(std::fread(text.data(), 1, text.size(), file), text.size());
  std::fclose(file);
  return text;
}

TEST(ShowAddition, TheCarryRipplesLoopByLoop) {
  RippleModel model(true);
  EXPECT_EQ(shown(model, AdditionTask({}), "9997+0005", 6, {}),
            "9997+0005 = ?\n"
            "loop       model   sum     wrong\n"
            "loop  1    09992   10002   xxxx.  4\n"
            "loop  2    09902   10002   xxx..  3\n"
            "loop  3    09002   10002   xx...  2\n"
            "loop  4    00002   10002   x....  1\n"
            "loop  5-6  10002   10002   .....  0\n"
            "           KL < 0.01: would stop here\n"
            "answer     10002   right\n");
}

TEST(ShowAddition, LoopsThatSayTheSameShareALineAndAHaltTooEarlyIsSaid) {
  RippleModel model(true);
  // With the threshold above every change it halts at the second loop.
  EXPECT_EQ(shown(model, AdditionTask({}), "99+1", 20, {.threshold = 1e3}),
            "99+1 = ?\n"
            "loop       model   sum   wrong\n"
            "loop  1    090   100   xx.  2\n"
            "loop  2    000   100   x..  1\n"
            "           KL < 1000: would stop here, wrong\n"
            "loop  3-20 100   100   ...  0\n"
            "answer     0   wrong, the sum is 100\n");
}

TEST(ShowAddition, WrongDigitsAreRedOnATerminal) {
  RippleModel model(true);
  const std::string text = shown(model, AdditionTask({}), "19+1", 3, {}, true);
  EXPECT_NE(text.find("0\x1b[1;31m1\x1b[0m0"), std::string::npos) << text;
  EXPECT_NE(text.find("\x1b[32mright\x1b[0m"), std::string::npos) << text;
}

TEST(ShowAddition, AnAnswerThatGrowsIsShownDigitByDigit) {
  RippleModel model(true);
  // At 10^2 it is quiet for a loop before the carry comes, and the rule takes that for an answer.
  EXPECT_EQ(shown(model, AdditionTask({.layout = AnswerLayout::kTokenByToken}), "95+7", 4, {}),
            "95+7 = ?\n"
            "10^0    2222  -> 2   true 2    loops 2\n"
            "10^1    9000  -> 0   true 0    loops 3\n"
            "10^2    0011  -> 0   true 1 x   loops 2\n"
            "answer     2   wrong, the sum is 102\n");
}

TEST(ShowAddition, OperandsBeyondTheLimitAreRefusedWithTheNumber) {
  RippleModel model(true);
  Bench bench;
  const std::string thirty(30, '9');
  try {
    show_addition(model, AdditionTask({}), bench.tape, thirty + "+1", 4, {}, stdout, false);
    FAIL() << "30 digits were taken";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("at most 29"), std::string::npos) << error.what();
  }
}

TEST(Generate, AddsAllAtOnceAndDigitByDigitLoopedAndNot) {
  Bench bench;
  for (const bool looped : {true, false}) {
    RippleModel model(looped);
    for (const AnswerLayout layout : {AnswerLayout::kAllAtOnce, AnswerLayout::kTokenByToken}) {
      const AdditionTask task({.layout = layout});
      EXPECT_EQ(
          generate_text(model, task, bench.tape, "123456789012+987654321098", generate_options_for(task)),
          "1111111110110");
    }
  }
}

TEST(Generate, HaltingByAGateThatIsNotThereIsRefused) {
  Bench bench;
  RippleModel model(true);
  const AdditionTask task({});
  GenerateOptions options;
  options.halt.signal = HaltSignal::kGate;
  EXPECT_THROW(generate_text(model, task, bench.tape, "1+1", options), InputError);
}

TEST(Generate, TheRuleKeepsWhatWasSaidWhenItStopped) {
  Bench bench;
  RippleModel model(true);
  const AdditionTask task({});
  const Prompt prompt(task, "99+1");
  const Thoughts early = think(model, bench.tape, prompt, {.threshold = 1e3});
  EXPECT_EQ(early.loops(), 2);
  EXPECT_EQ(early.kept, (std::vector<int32_t>{0, 0, 0}));
  const Thoughts limited = think(model, bench.tape, prompt, {.threshold = 0, .max_loops = 1});
  EXPECT_EQ(limited.kept, (std::vector<int32_t>{0, 9, 0}));
}

// Recites the alphabet: the class behind the last token, almost surely.
class Reciter : public Model {
 public:
  static constexpr int32_t kVocab = 26;
  Reciter() : Model(DType::kF64) { parameters_.allocate(); }
  double loss(Tape&, const ModelInput&) override { return 0; }
  void predict(Tape& tape, const ModelInput& input, int, LoopVisitor& visitor) override {
    outputs_ = input.length() - input.first_output();
    const Tensor logits = tape.keep(DType::kF64, {1, outputs_, kVocab});
    std::fill_n(logits.as<double>(), logits.count(), 0.0);
    for (int64_t i = 0; i < outputs_; ++i) {
      const int32_t token = input.tokens.as<int32_t>()[input.first_output() + i];
      logits.as<double>()[i * kVocab + (token + 1) % kVocab] = 3;
    }
    visitor.visit({.loop = 1, .logits = logits, .latent = logits, .exit_logit = {}});
  }
  int64_t outputs() const { return outputs_; }

 private:
  int64_t outputs_ = 0;
};

// Letters in a window of eight, without an end.
class Letters : public Task {
 public:
  const TaskShape& shape() const override { return shape_; }
  void sample(uint64_t, uint64_t, Batch&) const override {}
  const std::vector<EvalSet>& eval_sets() const override { return sets_; }
  void evaluate(size_t, Batch&) const override {}
  void prompt(std::string_view question, Batch& batch) const override {
    batch.reshape(1, std::ssize(question));
    batch.clear();
    for (size_t i = 0; i < question.size(); ++i) batch.tokens[i] = question[i] - 'a';
    batch.answer_begin = batch.T;
  }
  Extension extend(Batch& batch, int32_t predicted) const override {
    if (batch.T < shape_.eval_length) {
      batch.reshape(1, batch.T + 1);
      batch.tokens.back() = predicted;
      return Extension::kLonger;
    }
    std::shift_left(batch.tokens.begin(), batch.tokens.end(), 1);
    batch.tokens.back() = predicted;
    return Extension::kMoved;
  }
  std::string answer(std::span<const int32_t> predicted) const override {
    std::string text;
    for (int32_t c : predicted) text += static_cast<char>('a' + c);
    return text;
  }
  std::optional<std::string> solve(std::string_view) const override { return std::nullopt; }
  std::string data_hash() const override { return ""; }

 private:
  TaskShape shape_{.train_length = 8, .eval_length = 8, .vocab_size = 26, .num_classes = 26, .num_ids = 0};
  std::vector<EvalSet> sets_;
};

TEST(Generate, TextGoesOnBehindThePromptPastTheWindow) {
  Bench bench;
  Reciter model;
  EXPECT_EQ(generate_text(model, Letters(), bench.tape, "uvw", {.max_tokens = 12}), "xyzabcdefghi");
  EXPECT_EQ(model.outputs(), 1) << "the logits of one position are enough";
}

TEST(Generate, SampledTextDependsOnTheSeedAlone) {
  Bench bench;
  Reciter model;
  const auto text = [&](uint64_t seed) {
    return generate_text(model, Letters(), bench.tape, "a", {.sampling = {}, .seed = seed, .max_tokens = 40});
  };
  EXPECT_EQ(text(1), text(1));
  EXPECT_NE(text(1), text(2));
  EXPECT_NE(text(1), generate_text(model, Letters(), bench.tape, "a", {.max_tokens = 40}));
}

TEST(Generate, IsGreedyWhereThereAreRightAnswers) {
  EXPECT_EQ(generate_options_for(AdditionTask({})).sampling.temperature, 0);
  EXPECT_GT(generate_options_for(Letters()).sampling.temperature, 0);
}

}  // namespace
}  // namespace ascender
