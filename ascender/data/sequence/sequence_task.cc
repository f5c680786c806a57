#include "ascender/data/sequence/sequence_task.h"

#include <algorithm>
#include <charconv>
#include <fmt/core.h>
#include <fmt/ranges.h>

#include "ascender/base/check.h"
#include "ascender/base/diagnostic.h"
#include "ascender/base/hash.h"
#include "ascender/data/shuffle.h"

namespace ascender {
namespace {

uint64_t name_hash(std::string_view name) {
  return xxh64(std::as_bytes(std::span(name.data(), name.size())));
}

void draw_uniform(int32_t symbols, Random& random, std::span<int32_t> prompt) {
  for (int32_t& symbol : prompt) symbol = static_cast<int32_t>(random.below(static_cast<uint64_t>(symbols)));
}

bool copy(std::span<const int32_t> prompt, std::span<int32_t> answer) {
  std::ranges::copy(prompt, answer.begin());
  return true;
}

bool sort(std::span<const int32_t> prompt, std::span<int32_t> answer) {
  std::ranges::copy(prompt, answer.begin());
  std::ranges::sort(answer);
  return true;
}

void draw_induction(int32_t symbols, Random& random, std::span<int32_t> prompt) {
  const size_t n = prompt.size() - 1;
  const RandomKey order{random.bits(), Stream::kData};
  for (size_t i = 0; i < n; ++i) {
    prompt[i] = static_cast<int32_t>(permuted(i, static_cast<uint64_t>(symbols), order, 0));
  }
  prompt[n] = prompt[random.below(n - 1)];
}

bool continue_as_before(std::span<const int32_t> prompt, std::span<int32_t> answer) {
  const auto at = std::ranges::find(prompt, prompt.back());
  if (prompt.end() - at <= 2) return false;  // not seen before, or followed by nothing but itself
  answer[0] = at[1];
  return true;
}

}  // namespace

const SequenceRule kCopyRule = {"copy", 1, true, 0, false, false, draw_uniform, copy};
const SequenceRule kSortRule = {"sort", 1, true, 0, false, false, draw_uniform, sort};
const SequenceRule kInductionRule = {"induction", 2,    false,          1,
                                     true,        true, draw_induction, continue_as_before};

SequenceTask::SequenceTask(const SequenceRule& rule, SequenceSettings settings)
    : rule_(rule), settings_(std::move(settings)), longest_(settings_.max_length) {
  for (int64_t n : settings_.eval_lengths) {
    const std::string name = fmt::format("{}.{}", rule.name, n);
    if (find_eval_set(*this, name)) continue;
    sets_.push_back({.name = name, .num_rows = settings_.eval_examples, .measure = Measure::kExactMatch});
    longest_ = std::max(longest_, n);
  }
  const int64_t shortest =
      std::min(settings_.max_length, sets_.empty() ? longest_ : std::ranges::min(settings_.eval_lengths));
  if (shortest < rule.least) {
    throw InputError(
        "E0721", fmt::format("{}: a length of {}, at least {} is needed", rule.name, shortest, rule.least));
  }
  if (rule.distinct && longest_ > settings_.symbols) {
    throw InputError(
        "E0722",
        fmt::format("{}: {} different symbols are asked of {}", rule.name, longest_, settings_.symbols),
        "raise data.sequence.symbols or lower the lengths");
  }
  shape_ = {.train_length = row_length(settings_.max_length),
            .eval_length = row_length(longest_),
            .vocab_size = settings_.symbols + (rule.has_separator ? 1 : 0),
            .num_classes = settings_.symbols};
}

void SequenceTask::sample(uint64_t seed, uint64_t step, Batch& batch) const {
  const RandomKey key{seed, Stream::kData};
  Random shared = row_random(key, step, -1);
  const auto choices = static_cast<uint64_t>(settings_.max_length - rule_.least + 1);
  const int64_t n = rule_.least + static_cast<int64_t>(shared.below(choices));
  batch.reshape(batch.B, row_length(n));
  for (int64_t row = 0; row < batch.B; ++row) {
    Random random = row_random(key, step, batch.first_row + row);
    write_row(n, random, row, batch);
  }
}

void SequenceTask::evaluate(size_t set, Batch& batch) const {
  ASC_CHECK(set < sets_.size(), "evaluation set {} of {}", set, sets_.size());
  const std::string& name = sets_[set].name;
  const int64_t n = length_of(set);
  batch.reshape(batch.B, row_length(n));
  for (int64_t row = 0; row < batch.B; ++row) {
    ASC_CHECK(batch.first_row + row < sets_[set].num_rows, "row {} of {}", batch.first_row + row, name);
    Random random = eval_random(set, batch.first_row + row);
    write_row(n, random, row, batch);
  }
}

int64_t SequenceTask::length_of(size_t set) const {
  const std::string& name = sets_[set].name;
  return std::stoll(name.substr(name.rfind('.') + 1));
}

Random SequenceTask::eval_random(size_t set, int64_t row) const {
  return row_random({settings_.eval_seed, Stream::kEval}, name_hash(sets_[set].name), row);
}

// The first row of each evaluation set.
std::vector<std::string> SequenceTask::examples() const {
  std::vector<std::string> out;
  for (size_t set = 0; set < sets_.size(); ++set) {
    std::vector<int32_t> symbols(static_cast<size_t>(prompt_symbols(length_of(set))));
    Random random = eval_random(set, 0);
    rule_.draw(settings_.symbols, random, symbols);
    out.push_back(fmt::format("{}", fmt::join(symbols, " ")));
  }
  return out;
}

std::string SequenceTask::written(std::string_view question, std::string_view answer) const {
  return fmt::format("{} -> {}", question, answer);
}

void SequenceTask::write_row(int64_t n, Random& random, int64_t row, Batch& batch) const {
  const auto begin = static_cast<size_t>(batch.at(row, 0));
  const auto length = static_cast<size_t>(batch.T);
  const auto tokens = batch.tokens.subspan(begin, length);
  const auto targets = batch.targets.subspan(begin, length);
  std::ranges::fill(targets, kIgnored);
  std::ranges::fill(batch.ids.subspan(begin, length), kNoId);
  batch.answer_begin = answer_begin(n);

  const auto prompt = tokens.first(static_cast<size_t>(prompt_symbols(n)));
  const auto answer = targets.subspan(static_cast<size_t>(batch.answer_begin));
  rule_.draw(settings_.symbols, random, prompt);
  const bool solved = rule_.solve(prompt, answer);
  ASC_CHECK(solved, "{} drew a question without an answer", rule_.name);
  if (rule_.has_separator) tokens[prompt.size()] = settings_.symbols;
  std::copy(answer.begin(), answer.end() - 1, tokens.end() - std::ssize(answer) + 1);
}

std::vector<int32_t> SequenceTask::parse(std::string_view question) const {
  const auto source = std::make_shared<const Source>(Source{"<question>", std::string(question)});
  const auto fail = [&](std::string message, size_t begin, size_t end) {
    throw InputError(Diagnostic{.code = "E0723",
                                .severity = Severity::kError,
                                .message = std::move(message),
                                .span = {source, begin, end},
                                .labels = {},
                                .help = "write symbols as numbers with spaces between them, such as 3 1 2"});
  };
  std::vector<int32_t> symbols;
  const char* const text = source->text.data();
  for (size_t at = 0; at < question.size();) {
    if (question[at] == ' ') {
      ++at;
      continue;
    }
    const size_t end = std::min(question.find(' ', at), question.size());
    int32_t symbol = -1;
    const auto [stop, error] = std::from_chars(text + at, text + end, symbol);
    if (error != std::errc() || stop != text + end) fail("not a number", at, end);
    if (symbol < 0 || symbol >= settings_.symbols)
      fail(fmt::format("symbols are 0..{}", settings_.symbols - 1), at, end);
    symbols.push_back(symbol);
    at = end;
  }
  const int64_t n = std::ssize(symbols) - rule_.prompt_extra;
  if (n < rule_.least || n > longest_) {
    fail(fmt::format("{} symbols: this task takes {} to {}", symbols.size(), prompt_symbols(rule_.least),
                     prompt_symbols(longest_)),
         0, question.size());
  }
  return symbols;
}

void SequenceTask::prompt(std::string_view question, Batch& batch) const {
  const std::vector<int32_t> symbols = parse(question);
  const int64_t n = std::ssize(symbols) - rule_.prompt_extra;
  batch.reshape(1, answer_begin(n) + 1);
  batch.clear(settings_.symbols);
  std::ranges::copy(symbols, batch.tokens.begin());
  batch.answer_begin = answer_begin(n);
}

Extension SequenceTask::extend(Batch& batch, int32_t predicted) const {
  ASC_CHECK(batch.B == 1, "a prompt is one row, got {}", batch.B);
  const int64_t n = batch.answer_begin - answer_begin(0);
  if (batch.T == row_length(n)) return Extension::kComplete;
  batch.reshape(1, batch.T + 1);
  batch.tokens.back() = predicted;
  batch.targets.back() = kIgnored;
  batch.ids.back() = kNoId;
  return Extension::kLonger;
}

std::string SequenceTask::answer(std::span<const int32_t> predicted) const {
  return fmt::format("{}", fmt::join(predicted, " "));
}

std::optional<std::string> SequenceTask::solve(std::string_view question) const {
  const std::vector<int32_t> symbols = parse(question);
  std::vector<int32_t> right(static_cast<size_t>(answer_symbols(std::ssize(symbols) - rule_.prompt_extra)));
  if (!rule_.solve(symbols, right)) return std::nullopt;
  return answer(right);
}

std::string SequenceTask::data_hash() const {
  return sha256_hex(
      fmt::format("{} 1 symbols {} length {}", rule_.name, settings_.symbols, settings_.max_length));
}

void describe_sequences(Schema& schema) {
  const SequenceSettings defaults;
  schema.integer("data.sequence.symbols", defaults.symbols, {2, 1 << 20},
                 "Different symbols of copy, sort and induction.");
  schema.integer("data.sequence.max_length", defaults.max_length, {1, 1 << 20},
                 "Longest sequence in training.");
  schema.integers("data.sequence.eval_lengths", defaults.eval_lengths, {1, 1 << 20},
                  "Lengths that have an evaluation set.");
}

SequenceSettings sequence_settings(const Config& config) {
  return {.symbols = config.int32("data.sequence.symbols"),
          .max_length = config.integer("data.sequence.max_length"),
          .eval_lengths = config.integers("data.sequence.eval_lengths"),
          .eval_examples = config.integer("data.eval_examples"),
          .eval_seed = static_cast<uint64_t>(config.integer("data.eval_seed"))};
}

}  // namespace ascender
