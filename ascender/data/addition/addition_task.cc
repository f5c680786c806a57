#include "ascender/data/addition/addition_task.h"

#include <algorithm>
#include <fmt/core.h>

#include "ascender/base/check.h"
#include "ascender/base/diagnostic.h"
#include "ascender/base/hash.h"

namespace ascender {
namespace {

constexpr int kDistributionVersion = 1;  // raised when the same settings give other rows

uint64_t name_hash(std::string_view name) {
  return xxh64(std::as_bytes(std::span(name.data(), name.size())));
}

int64_t row_length(AnswerLayout layout, int digits) {
  return layout == AnswerLayout::kAllAtOnce ? 3 * digits + 3 : 3 * digits + 2;
}

int64_t answer_position(AnswerLayout layout, int digits) {
  return layout == AnswerLayout::kAllAtOnce ? 2 * digits + 2 : 2 * digits + 1;
}

}  // namespace

char digit_text(int32_t predicted) {
  return predicted >= 0 && predicted <= 9 ? static_cast<char>('0' + predicted) : '?';
}

AdditionTask::AdditionTask(AdditionSettings settings) : settings_(std::move(settings)) {
  ASC_CHECK(settings_.max_digits >= 1 && settings_.max_digits <= kMaxDigits, "{} digits",
            settings_.max_digits);
  shape_ = {.train_length = row_length(settings_.layout, settings_.max_digits),
            .eval_length = row_length(settings_.layout, kMaxDigits),
            .vocab_size = kVocabSize,
            .num_classes = kNumClasses,
            .num_ids = kMaxDigits + 1};
  for (int64_t digits : settings_.eval_digits) {
    const int n = static_cast<int>(digits);
    add_set(fmt::format("uniform.{}", n), {{OperandKind::kUniform, 0}, n}, settings_.eval_examples);
    add_set(fmt::format("carry.{}", n), {{OperandKind::kCarry, 0}, n}, settings_.eval_examples);
  }
  const int n = settings_.bin_digits;
  for (int64_t length : settings_.chains) {
    add_set(fmt::format("chain.{}.{}", length, n), {{OperandKind::kChain, static_cast<int>(length)}, n},
            settings_.bin_examples);
  }
  for (int64_t length : settings_.deps) {
    add_set(fmt::format("dep.{}.{}", length, n), {{OperandKind::kDependency, static_cast<int>(length)}, n},
            settings_.bin_examples);
  }
}

void AdditionTask::add_set(std::string name, SetPlan plan, int64_t rows) {
  if (find_eval_set(*this, name)) return;  // a length listed twice
  sets_.push_back({.name = std::move(name), .num_rows = rows, .measure = Measure::kExactMatch});
  plans_.push_back(plan);
}

void AdditionTask::sample(uint64_t seed, uint64_t step, Batch& batch) const {
  const RandomKey key{seed, Stream::kData};
  Random shared = row_random(key, step, -1);
  const int n = 1 + static_cast<int>(shared.below(static_cast<uint64_t>(settings_.max_digits)));
  batch.reshape(batch.B, row_length(settings_.layout, n));
  for (int64_t row = 0; row < batch.B; ++row) {
    Random random = row_random(key, step, batch.first_row + row);
    const bool heavy = random.uniform() < settings_.heavy;
    write_row(draw_operands({heavy ? OperandKind::kCarry : OperandKind::kUniform, 0}, n, random), row, batch);
  }
}

Operands AdditionTask::eval_operands(size_t set, int64_t row) const {
  ASC_CHECK(set < sets_.size() && row >= 0 && row < sets_[set].num_rows, "row {} of set {}", row, set);
  Random random = row_random({settings_.eval_seed, Stream::kEval}, name_hash(sets_[set].name), row);
  return draw_operands(plans_[set].distribution, plans_[set].digits, random);
}

void AdditionTask::evaluate(size_t set, Batch& batch) const {
  ASC_CHECK(set < sets_.size(), "evaluation set {} of {}", set, sets_.size());
  batch.reshape(batch.B, row_length(settings_.layout, plans_[set].digits));
  for (int64_t row = 0; row < batch.B; ++row)
    write_row(eval_operands(set, batch.first_row + row), row, batch);
}

// The prompt a + b =, with ids; targets ignored.
void AdditionTask::write_row(const Operands& pair, int64_t row, Batch& batch) const {
  const auto n = static_cast<size_t>(pair.n);
  batch.answer_begin = answer_position(settings_.layout, pair.n);
  const auto begin = static_cast<size_t>(batch.at(row, 0));
  const auto put = [&](size_t position, int32_t token, int32_t id) {
    batch.tokens[begin + position] = token;
    batch.ids[begin + position] = id;
    batch.targets[begin + position] = kIgnored;
  };
  for (size_t i = 0; i < n; ++i) {
    const size_t significance = n - 1 - i;
    put(i, pair.a[significance], static_cast<int32_t>(significance));
    put(n + 1 + i, pair.b[significance], static_cast<int32_t>(significance));
  }
  put(n, kPlus, kNoId);
  put(2 * n + 1, kEquals, -1);
  write_answer(pair, row, batch);
}

void AdditionTask::write_answer(const Operands& pair, int64_t row, Batch& batch) const {
  const auto sum = add(pair);
  const auto n = static_cast<size_t>(pair.n);
  const auto begin = static_cast<size_t>(batch.at(row, batch.answer_begin));
  for (size_t i = 0; i <= n; ++i) batch.targets[begin + i] = sum[i];
  if (settings_.layout == AnswerLayout::kAllAtOnce) {
    for (size_t i = 0; i <= n; ++i) {
      batch.tokens[begin + i] = kPlaceholder;
      batch.ids[begin + i] = static_cast<int32_t>(i);
    }
    return;
  }
  for (size_t i = 0; i < n; ++i) {
    batch.tokens[begin + 1 + i] = sum[i];
    batch.ids[begin + 1 + i] = static_cast<int32_t>(i);
  }
}

void AdditionTask::prompt(std::string_view question, Batch& batch) const {
  const Operands pair = parse_operands(question);
  batch.reshape(1, row_length(settings_.layout, pair.n));
  write_row(pair, 0, batch);
  std::ranges::fill(batch.targets, kIgnored);
  if (settings_.layout == AnswerLayout::kTokenByToken) batch.reshape(1, batch.answer_begin + 1);
}

Extension AdditionTask::extend(Batch& batch, int32_t predicted) const {
  ASC_CHECK(batch.B == 1, "a prompt is one row, got {}", batch.B);
  if (settings_.layout == AnswerLayout::kAllAtOnce) return Extension::kComplete;
  const int64_t n = (batch.answer_begin - 1) / 2;
  const int64_t id = batch.T - 1 - batch.answer_begin;
  if (id >= n) return Extension::kComplete;
  batch.reshape(1, batch.T + 1);
  batch.tokens.back() = predicted;
  batch.targets.back() = kIgnored;
  batch.ids.back() = static_cast<int32_t>(id);
  return Extension::kLonger;
}

std::string AdditionTask::answer(std::span<const int32_t> predicted) const {
  ASC_CHECK(!predicted.empty() && predicted.size() <= kMaxDigits + 1, "an answer of {} digits",
            predicted.size());
  std::string text;
  for (size_t i = predicted.size(); i-- > 0;) {
    if (predicted[i] != 0 || !text.empty() || i == 0) text += digit_text(predicted[i]);
  }
  return text;
}

// A long carry at 12 digits, one all the way, one at 28, and none.
std::vector<std::string> AdditionTask::examples() const {
  return {"123456789012+987654321098", "999999999999+1",
          "1234567890123456789012345678+8765432109876543210987654322",
          "1111111111111111111111111111+2222222222222222222222222222"};
}

std::string AdditionTask::written(std::string_view question, std::string_view answer) const {
  return fmt::format("{} = {}", question, answer);
}

std::optional<std::string> AdditionTask::solve(std::string_view question) const {
  const Operands pair = parse_operands(question);
  return decimal(add(pair).data(), pair.n + 1);
}

std::string AdditionTask::data_hash() const {
  const AdditionSettings& s = settings_;
  return sha256_hex(fmt::format("addition {} layout {} digits {} heavy {}", kDistributionVersion,
                                s.layout == AnswerLayout::kAllAtOnce ? "par" : "ar", s.max_digits, s.heavy));
}

void describe_addition(Schema& schema) {
  const AdditionSettings defaults;
  schema.choice("data.addition.layout", "par", {"ar", "par"},
                "The answer is given digit by digit (ar) or all at once (par).");
  schema.integer("data.addition.max_digits", defaults.max_digits, {1, kMaxDigits},
                 "Operands of 1 to this many digits in training.");
  schema.real("data.addition.heavy", defaults.heavy, {0, 1}, "Share of carry-heavy rows in training.",
              Unit::kFraction);
  schema.integers("data.addition.eval_digits", defaults.eval_digits, {1, kMaxDigits},
                  "Lengths of the uniform and carry-heavy evaluation sets.");
  schema.integer("data.addition.bin_digits", defaults.bin_digits, {1, kMaxDigits},
                 "Length of the operands in the chain and dep sets.");
  schema.integers("data.addition.chains", defaults.chains, {1, kMaxDigits},
                  "Longest carry chains that have an evaluation set.");
  schema.integers("data.addition.deps", defaults.deps, {1, kMaxDigits},
                  "Dependency lengths that have an evaluation set.");
  schema.integer("data.addition.bin_examples", defaults.bin_examples, {1, 1e9},
                 "Rows of each chain and dep set.", Unit::kExamples);
}

std::unique_ptr<Task> make_addition(const Config& config) {
  AdditionSettings settings;
  settings.layout =
      config.text("data.addition.layout") == "ar" ? AnswerLayout::kTokenByToken : AnswerLayout::kAllAtOnce;
  settings.max_digits = config.int32("data.addition.max_digits");
  settings.heavy = config.real("data.addition.heavy");
  settings.eval_digits = config.integers("data.addition.eval_digits");
  settings.bin_digits = config.int32("data.addition.bin_digits");
  settings.chains = config.integers("data.addition.chains");
  settings.deps = config.integers("data.addition.deps");
  settings.eval_examples = config.integer("data.eval_examples");
  settings.bin_examples = config.integer("data.addition.bin_examples");
  settings.eval_seed = static_cast<uint64_t>(config.integer("data.eval_seed"));
  for (const char* path : {"data.addition.chains", "data.addition.deps"}) {
    for (int64_t length : config.integers(path)) {
      if (length > settings.bin_digits) {
        throw InputError(
            "E0715",
            fmt::format("{} has {}, but data.addition.bin_digits is {}", path, length, settings.bin_digits),
            "a run is at most as long as the operands");
      }
    }
  }
  return std::make_unique<AdditionTask>(std::move(settings));
}

}  // namespace ascender
