#include "ascender/data/text_task.h"

#include <algorithm>
#include <cmath>
#include <fmt/core.h>

#include "ascender/base/check.h"
#include "ascender/base/diagnostic.h"
#include "ascender/base/hash.h"
#include "ascender/data/text_settings.h"
#include "ascender/data/tokenizer.h"

namespace ascender {
namespace {

constexpr const char* kFallbackText = "/usr/share/common-licenses/GPL-3";

// The token that stands for a line's end, where the vocabulary has one.
int32_t line_end(const Tokenizer& tokenizer) {
  try {
    const std::vector<int32_t> ids = tokenizer.encode("\n");
    return ids.size() == 1 ? ids[0] : 0;
  } catch (const InputError&) {
    return 0;
  }
}

}  // namespace

TextTask::TextTask(Corpus corpus, std::unique_ptr<Tokenizer> tokenizer, int64_t context, double validation,
                   std::string name)
    : corpus_(std::move(corpus)), tokenizer_(std::move(tokenizer)), validation_(validation) {
  const int64_t count = corpus_.tokens.count();
  train_end_ = static_cast<int64_t>(static_cast<double>(count) * (1.0 - validation));
  shape_ = {.train_length = context,
            .eval_length = context,
            .vocab_size = tokenizer_->vocab_size(),
            .num_classes = tokenizer_->vocab_size()};
  notes_ = corpus_.notes;
  first_token_ = line_end(*tokenizer_);
  if (train_end_ <= context) {
    throw InputError(
        "E0707",
        fmt::format("the text {} is shorter than the context: {} tokens to train on, a window needs {}", name,
                    train_end_, context + 1),
        "lower `data.context`, or give a longer text");
  }
  if (validation == 0) return;
  if (held_out().count() < 2) {
    throw InputError("E0707",
                     fmt::format("the text {} is too short to hold out {}% of it", name, validation * 100),
                     "raise `data.validation`, or set it to 0");
  }
  sets_.push_back(
      {.name = "validation", .num_rows = num_windows(held_out(), context), .measure = Measure::kLoss});
}

void TextTask::sample(uint64_t seed, uint64_t step, Batch& batch) const {
  random_windows(train(), shape_.train_length, seed, step, batch);
}

void TextTask::evaluate(size_t set, Batch& batch) const {
  ASC_CHECK(set < sets_.size(), "evaluation set {} of {}", set, sets_.size());
  window_rows(held_out(), shape_.eval_length, batch);
}

void TextTask::prompt(std::string_view question, Batch& batch) const {
  std::vector<int32_t> ids = tokenizer_->encode(question, {.name = "<prompt>"});
  if (ids.empty()) ids.push_back(first_token_);
  const int64_t length = std::min<int64_t>(std::ssize(ids), shape_.eval_length);
  batch.reshape(1, length);
  batch.clear();
  batch.answer_begin = length;
  std::copy(ids.end() - length, ids.end(), batch.tokens.begin());
}

Extension TextTask::extend(Batch& batch, int32_t predicted) const {
  ASC_CHECK(batch.B == 1, "a prompt is one row, got {}", batch.B);
  const bool full = batch.T == shape_.eval_length;
  if (full) {
    std::shift_left(batch.tokens.begin(), batch.tokens.end(), 1);
    batch.answer_begin = std::max<int64_t>(0, batch.answer_begin - 1);
  } else {
    batch.reshape(1, batch.T + 1);
  }
  batch.tokens.back() = predicted;
  batch.targets.back() = kIgnored;
  batch.ids.back() = kNoId;
  return full ? Extension::kMoved : Extension::kLonger;
}

std::string TextTask::answer(std::span<const int32_t> predicted) const {
  return tokenizer_->decode(predicted);
}

std::string TextTask::data_hash() const {
  const TokenFileIdentity& identity = corpus_.tokens.identity();
  return sha256_hex(fmt::format("text {} tokenizer {} context {} validation {}", identity.text_hash,
                                identity.tokenizer_hash, shape_.train_length, validation_));
}

std::unique_ptr<Task> make_text(const Config& config) {
  const std::string& path = config.text("data.path");
  const SourceText source(path.empty() ? kFallbackText : path);
  TokenizerChoice choice = make_tokenizer(config, source);
  Corpus corpus = open_corpus(source, *choice.tokenizer, config.text("data.cache"));
  auto task = std::make_unique<TextTask>(std::move(corpus), std::move(choice.tokenizer),
                                         config.integer("data.context"), config.real("data.validation"),
                                         source.path().native());
  for (std::string& note : choice.notes) task->add_note(std::move(note));
  if (path.empty()) {
    task->add_note(fmt::format("no data.path: the text is {} ({} bytes), which every Debian system has",
                               kFallbackText, source.text().size()));
  }
  return task;
}

}  // namespace ascender
