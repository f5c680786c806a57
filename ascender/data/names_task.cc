#include "ascender/data/names_task.h"

#include <algorithm>
#include <fmt/core.h>

#include "ascender/base/check.h"
#include "ascender/base/diagnostic.h"
#include "ascender/base/hash.h"
#include "ascender/data/shuffle.h"

namespace ascender {
namespace {

std::string_view strip(std::string_view line) {
  constexpr std::string_view kSpaces = " \t\r\n\v\f";
  const size_t begin = line.find_first_not_of(kSpaces);
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(kSpaces) - begin + 1);
}

std::vector<std::string_view> documents_of(const SourceText& source) {
  std::vector<std::string_view> documents;
  std::string_view rest = source.text();
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view document = strip(rest.substr(0, end));
    if (!document.empty()) documents.push_back(document);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (documents.empty())
    throw InputError("E0706", fmt::format("the text {} has no names", source.path().native()));
  return documents;
}

CharTokenizer tokenizer_of(const SourceText& source) {
  require_utf8(source.text(), source.origin());
  std::string joined;
  for (std::string_view document : documents_of(source)) joined += document;
  return CharTokenizer::of(joined, source.origin());
}

bool is_held_out(std::string_view document, double share) {
  const uint64_t hash = xxh64(std::as_bytes(std::span(document.data(), document.size())));
  return static_cast<double>(hash >> 11) * 0x1p-53 < share;
}

}  // namespace

NamesTask::NamesTask(const SourceText& source, NamesSettings settings)
    : settings_(settings), tokenizer_(tokenizer_of(source)), text_hash_(source.hash()) {
  std::vector<std::string_view> documents = documents_of(source);
  if (settings.python_seed >= 0) {
    python_.emplace(static_cast<uint64_t>(settings.python_seed));
    python_->shuffle(documents);
  }
  int64_t longest = 0;
  for (std::string_view text : documents) {
    const size_t begin = ids_.size();
    tokenizer_.append_ids(text, source.origin(), ids_);
    const Document document{begin, static_cast<int64_t>(ids_.size() - begin)};
    (is_held_out(text, settings.validation) ? held_out_ : train_).push_back(document);
    longest = std::max(longest, row_length(document));
  }
  if (train_.empty()) {
    throw InputError("E0707",
                     fmt::format("the text {} has no names left to train on", source.path().native()),
                     "lower data.validation, or give a longer text");
  }
  shape_ = {.train_length = longest,
            .eval_length = settings.context,
            .vocab_size = bos() + 1,
            .num_classes = bos() + 1};
  if (!held_out_.empty()) {
    sets_.push_back({.name = "validation", .num_rows = std::ssize(held_out_), .measure = Measure::kLoss});
  }
}

int64_t NamesTask::row_length(const Document& document) const {
  return std::min(settings_.context, document.length + 1);
}

const NamesTask::Document& NamesTask::drawn(uint64_t seed, uint64_t step, int64_t row,
                                            const Batch& batch) const {
  const uint64_t draw = step * static_cast<uint64_t>(batch.whole_rows) + static_cast<uint64_t>(row);
  if (python_) return train_[draw % train_.size()];
  return train_[shuffled(draw, train_.size(), {seed, Stream::kData})];
}

void NamesTask::sample(uint64_t seed, uint64_t step, Batch& batch) const {
  int64_t length = 0;
  for (int64_t row = 0; row < batch.whole_rows; ++row) {
    length = std::max(length, row_length(drawn(seed, step, row, batch)));
  }
  batch.reshape(batch.B, length);
  batch.clear(bos());
  batch.answer_begin = length;
  for (int64_t row = 0; row < batch.B; ++row)
    write_row(drawn(seed, step, batch.first_row + row, batch), row, batch);
}

void NamesTask::evaluate(size_t set, Batch& batch) const {
  ASC_CHECK(set < sets_.size(), "evaluation set {} of {}", set, sets_.size());
  ASC_CHECK(batch.first_row + batch.B <= sets_[set].num_rows, "rows to {} of {}", batch.first_row + batch.B,
            sets_[set].num_rows);
  batch.reshape(batch.B, shape_.train_length);
  batch.clear(bos());
  batch.answer_begin = batch.T;
  for (int64_t row = 0; row < batch.B; ++row) {
    write_row(held_out_[static_cast<size_t>(batch.first_row + row)], row, batch);
  }
}

void NamesTask::write_row(const Document& document, int64_t row, Batch& batch) const {
  const auto at = static_cast<size_t>(batch.at(row, 0));
  const auto length = static_cast<size_t>(row_length(document));
  for (size_t i = 0; i < length; ++i) {
    const bool ends = static_cast<int64_t>(i) == document.length;
    batch.tokens[at + i] = i == 0 ? bos() : ids_[document.begin + i - 1];
    batch.targets[at + i] = ends ? bos() : ids_[document.begin + i];
  }
}

void NamesTask::prompt(std::string_view question, Batch& batch) const {
  const std::vector<int32_t> ids = tokenizer_.encode(question, {.name = "<prompt>"});
  if (std::ssize(ids) >= shape_.eval_length) {
    throw InputError("E0708", fmt::format("a prompt of {} characters: at most {} fit the context", ids.size(),
                                          shape_.eval_length - 1));
  }
  batch.reshape(1, std::ssize(ids) + 1);
  batch.clear(bos());
  batch.answer_begin = batch.T;
  std::ranges::copy(ids, batch.tokens.begin() + 1);
}

Extension NamesTask::extend(Batch& batch, int32_t predicted) const {
  ASC_CHECK(batch.B == 1, "a prompt is one row, got {}", batch.B);
  if (predicted == bos() || batch.T == shape_.eval_length) return Extension::kComplete;
  batch.reshape(1, batch.T + 1);
  batch.tokens.back() = predicted;
  batch.targets.back() = kIgnored;
  batch.ids.back() = kNoId;
  return Extension::kLonger;
}

std::string NamesTask::answer(std::span<const int32_t> predicted) const {
  return tokenizer_.decode(
      predicted.first(static_cast<size_t>(std::ranges::find(predicted, bos()) - predicted.begin())));
}

std::string NamesTask::data_hash() const {
  return sha256_hex(fmt::format("names {} context {} validation {} python {}", text_hash_, settings_.context,
                                settings_.validation, settings_.python_seed));
}

void describe_names(Schema& schema) {
  schema.integer(
      "data.names.python_seed", -1, {-1},
      "Random numbers of microgpt.py: order of the names, initial weights and samples as CPython's "
      "random.seed(S) gives them; -1: ours, and a new order for every epoch.");
}

std::unique_ptr<Task> make_names(const Config& config) {
  const std::string& path = config.text("data.path");
  if (path.empty()) {
    throw InputError("E0709", "`data.path` is missing: this task learns from a file with one name a line",
                     "make train CONFIG=... DATA=names.txt, or data.path=names.txt");
  }
  return std::make_unique<NamesTask>(SourceText(path),
                                     NamesSettings{.context = config.integer("data.context"),
                                                   .validation = config.real("data.validation"),
                                                   .python_seed = config.integer("data.names.python_seed")});
}

}  // namespace ascender
