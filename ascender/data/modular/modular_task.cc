#include "ascender/data/modular/modular_task.h"

#include <charconv>
#include <fmt/core.h>

#include "ascender/base/check.h"
#include "ascender/base/diagnostic.h"
#include "ascender/base/hash.h"
#include "ascender/data/shuffle.h"

namespace ascender {
namespace {

constexpr int64_t kLength = 3;  // a, b, =

char sign_of(ModularOperation operation) {
  return operation == ModularOperation::kAdd ? '+' : operation == ModularOperation::kSubtract ? '-' : '*';
}

}  // namespace

ModularTask::ModularTask(ModularSettings settings) : settings_(settings) {
  const int32_t p = settings.modulus;
  for (int32_t a = 0; a < p; ++a) {
    for (int32_t b = 0; b < p; ++b) {
      Random random({settings.split_seed, Stream::kEval}, static_cast<uint64_t>(a), static_cast<uint64_t>(b));
      (random.uniform() < settings.train_share ? train_ : held_out_).push_back({a, b});
    }
  }
  if (train_.empty() || held_out_.empty()) {
    throw InputError("E0724",
                     fmt::format("of {} pairs {} are for training and {} are held out; both parts need some",
                                 static_cast<int64_t>(p) * p, train_.size(), held_out_.size()),
                     "change data.modular.train_share or data.modular.modulus");
  }
  shape_ = {.train_length = kLength, .eval_length = kLength, .vocab_size = p + 1, .num_classes = p};
  sets_.push_back({.name = "train", .num_rows = std::ssize(train_), .measure = Measure::kExactMatch});
  sets_.push_back({.name = "validation", .num_rows = std::ssize(held_out_), .measure = Measure::kExactMatch});
}

int32_t ModularTask::result(Pair pair) const {
  const int64_t p = settings_.modulus;
  const int64_t a = pair.a;
  const int64_t b = pair.b;
  switch (settings_.operation) {
    case ModularOperation::kAdd:
      return static_cast<int32_t>((a + b) % p);
    case ModularOperation::kSubtract:
      return static_cast<int32_t>((a - b + p) % p);
    case ModularOperation::kMultiply:
      return static_cast<int32_t>(a * b % p);
  }
  ASC_CHECK(false, "operation {}", static_cast<int>(settings_.operation));
}

void ModularTask::prepare(int64_t rows, Batch& batch) const {
  batch.reshape(rows, kLength);
  batch.clear();
  batch.answer_begin = kLength - 1;
}

void ModularTask::write_row(Pair pair, int64_t row, Batch& batch) const {
  const auto at = static_cast<size_t>(batch.at(row, 0));
  batch.tokens[at] = pair.a;
  batch.tokens[at + 1] = pair.b;
  batch.tokens[at + 2] = settings_.modulus;
  batch.targets[at + 2] = result(pair);
}

void ModularTask::sample(uint64_t seed, uint64_t step, Batch& batch) const {
  prepare(batch.B, batch);
  const uint64_t first =
      step * static_cast<uint64_t>(batch.whole_rows) + static_cast<uint64_t>(batch.first_row);
  for (int64_t row = 0; row < batch.B; ++row) {
    const uint64_t index = shuffled(first + static_cast<uint64_t>(row), train_.size(), {seed, Stream::kData});
    write_row(train_[index], row, batch);
  }
}

void ModularTask::evaluate(size_t set, Batch& batch) const {
  ASC_CHECK(set < sets_.size(), "evaluation set {} of {}", set, sets_.size());
  const std::vector<Pair>& pairs = set == 0 ? train_ : held_out_;
  ASC_CHECK(batch.first_row + batch.B <= std::ssize(pairs), "rows to {} of {}", batch.first_row + batch.B,
            pairs.size());
  prepare(batch.B, batch);
  for (int64_t row = 0; row < batch.B; ++row)
    write_row(pairs[static_cast<size_t>(batch.first_row + row)], row, batch);
}

ModularTask::Pair ModularTask::parse(std::string_view question) const {
  const char sign = sign_of(settings_.operation);
  const size_t at = question.find(sign);
  const auto number = [&](std::string_view text) {
    int32_t value = -1;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = error == std::errc() && stop == text.data() + text.size();
    return whole && value >= 0 && value < settings_.modulus ? value : -1;
  };
  const Pair pair = at == std::string_view::npos
                        ? Pair{-1, -1}
                        : Pair{number(question.substr(0, at)), number(question.substr(at + 1))};
  if (pair.a < 0 || pair.b < 0) {
    throw InputError("E0725", fmt::format("`{}` is not two numbers of 0..{} with `{}` between them", question,
                                          settings_.modulus - 1, sign));
  }
  return pair;
}

void ModularTask::prompt(std::string_view question, Batch& batch) const {
  const Pair pair = parse(question);
  prepare(1, batch);
  write_row(pair, 0, batch);
  batch.targets[kLength - 1] = kIgnored;
}

std::string ModularTask::answer(std::span<const int32_t> predicted) const {
  ASC_CHECK(predicted.size() == 1, "an answer of {} numbers", predicted.size());
  return std::to_string(predicted[0]);
}

std::vector<std::string> ModularTask::examples() const {
  std::vector<std::string> out;
  for (const size_t quarter : {0U, 1U, 2U, 3U}) {
    const Pair pair = held_out_[quarter * held_out_.size() / 4];
    out.push_back(fmt::format("{}{}{}", pair.a, sign_of(settings_.operation), pair.b));
  }
  return out;
}

std::string ModularTask::written(std::string_view question, std::string_view answer) const {
  return fmt::format("{} = {} (mod {})", question, answer, settings_.modulus);
}

std::optional<std::string> ModularTask::solve(std::string_view question) const {
  return std::to_string(result(parse(question)));
}

std::string ModularTask::data_hash() const {
  return sha256_hex(fmt::format("modular 1 p {} operation {} share {} split {}", settings_.modulus,
                                sign_of(settings_.operation), settings_.train_share, settings_.split_seed));
}

void describe_modular(Schema& schema) {
  const ModularSettings defaults;
  schema.integer("data.modular.modulus", defaults.modulus, {2, 4096}, "The modulus p: numbers are 0..p-1.");
  schema.choice("data.modular.operation", "add", {"add", "subtract", "multiply"}, "What is asked of a pair.");
  schema.real("data.modular.train_share", defaults.train_share, {0, 1},
              "Share of all pairs that is trained on.", Unit::kFraction);
  schema.integer("data.modular.split_seed", 0, {0}, "Which pairs are trained on.");
}

std::unique_ptr<Task> make_modular(const Config& config) {
  ModularSettings settings;
  settings.modulus = config.int32("data.modular.modulus");
  const std::string& operation = config.text("data.modular.operation");
  settings.operation = operation == "add"        ? ModularOperation::kAdd
                       : operation == "subtract" ? ModularOperation::kSubtract
                                                 : ModularOperation::kMultiply;
  settings.train_share = config.real("data.modular.train_share");
  settings.split_seed = static_cast<uint64_t>(config.integer("data.modular.split_seed"));
  return std::make_unique<ModularTask>(settings);
}

}  // namespace ascender
