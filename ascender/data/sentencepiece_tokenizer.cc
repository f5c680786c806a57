#include "ascender/data/sentencepiece_tokenizer.h"

#include <algorithm>
#include <fmt/core.h>
#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>
#include <unordered_map>

#include "ascender/base/check.h"
#include "ascender/base/diagnostic.h"
#include "ascender/base/error.h"
#include "ascender/base/file.h"

namespace ascender {
namespace {

constexpr std::string_view kSpace = "\u2581";

size_t line_length(std::string_view text) { return std::min(text.find('\n'), text.size() - 1) + 1; }

// The lines of a text that have something in them, without their ends.
class LineIterator : public sentencepiece::SentenceIterator {
 public:
  explicit LineIterator(std::string_view text) : rest_(text) { LineIterator::Next(); }
  bool done() const override { return done_; }
  void Next() override {
    line_.clear();
    while (line_.empty() && !rest_.empty()) {
      const size_t length = line_length(rest_);
      line_ = rest_.substr(0, length);
      if (line_.back() == '\n') line_.pop_back();
      rest_.remove_prefix(length);
    }
    done_ = line_.empty();
  }
  const std::string& value() const override { return line_; }
  sentencepiece::util::Status status() const override { return {}; }

 private:
  std::string_view rest_;
  std::string line_;
  bool done_ = false;
};

std::unordered_map<std::string, std::string> settings_of(const SentencePieceTraining& training) {
  std::unordered_map<std::string, std::string> settings = {
      {"model_type", training.bpe ? "bpe" : "unigram"},
      {"vocab_size", std::to_string(training.vocab_size)},
      {"character_coverage", training.lossless ? "1.0" : "0.9995"},
      {"max_sentence_length", "16777216"},  // the library skips longer lines
      {"num_threads", "1"},
      {"minloglevel", "2"},
  };
  if (training.lossless) {
    settings["normalization_rule_name"] = "identity";
    settings["remove_extra_whitespaces"] = "false";
    settings["add_dummy_prefix"] = "false";
    settings["byte_fallback"] = "true";
  }
  return settings;
}

// The library's reason without the place in its source: "./src/x.cc(660) [condition] reason".
std::string reason_of(const sentencepiece::util::Status& status) {
  const std::string message = status.error_message();
  const size_t end = message.rfind("] ");
  return end == std::string::npos || !message.starts_with("./src/") ? message : message.substr(end + 2);
}

}  // namespace

struct SentencePieceTokenizer::Model {
  std::string bytes;
  sentencepiece::SentencePieceProcessor processor;
};

SentencePieceTokenizer::SentencePieceTokenizer(std::unique_ptr<Model> model) : model_(std::move(model)) {}
SentencePieceTokenizer::~SentencePieceTokenizer() = default;

std::unique_ptr<SentencePieceTokenizer> SentencePieceTokenizer::load(std::string_view bytes,
                                                                     std::string_view name) {
  auto model = std::make_unique<Model>();
  model->bytes = bytes;
  const auto status = model->processor.LoadFromSerializedProto(model->bytes);
  if (!status.ok()) {
    throw InputError("E0703", fmt::format("{} is not a SentencePiece model: {}", name, reason_of(status)));
  }
  return std::unique_ptr<SentencePieceTokenizer>(new SentencePieceTokenizer(std::move(model)));
}

std::unique_ptr<SentencePieceTokenizer> SentencePieceTokenizer::train(std::string_view text,
                                                                      const TextOrigin& origin,
                                                                      const SentencePieceTraining& training) {
  require_utf8(text, origin);
  LineIterator lines(text);
  if (lines.done())
    throw InputError("E0706", fmt::format("{} has no text to train a tokeniser on", origin.name));
  std::string bytes;
  const auto status = sentencepiece::SentencePieceTrainer::Train(settings_of(training), &lines, &bytes);
  if (!status.ok()) {
    throw InputError("E0710", fmt::format("no SentencePiece model of {} tokens comes out of {}: {}",
                                          training.vocab_size, origin.name, reason_of(status)));
  }
  return load(bytes, origin.name);
}

std::unique_ptr<Tokenizer> SentencePieceTokenizer::from_model_file(const std::filesystem::path& path) {
  return load(read_tokenizer_bytes(path), path.native());
}

std::unique_ptr<Tokenizer> SentencePieceTokenizer::parse(std::string_view payload, std::string_view name) {
  return load(payload, name);
}

std::string SentencePieceTokenizer::payload() const { return model_->bytes; }

int32_t SentencePieceTokenizer::vocab_size() const { return model_->processor.GetPieceSize(); }

void SentencePieceTokenizer::append_ids(std::string_view text, const TextOrigin& origin,
                                        std::vector<int32_t>& ids) const {
  require_utf8(text, origin);
  std::vector<int> line_ids;
  while (!text.empty()) {
    const size_t length = line_length(text);
    const auto status = model_->processor.Encode(text.substr(0, length), &line_ids);
    ASC_CHECK(status.ok(), "SentencePiece: {}", reason_of(status));
    ids.insert(ids.end(), line_ids.begin(), line_ids.end());
    text.remove_prefix(length);
  }
}

void SentencePieceTokenizer::append_text(std::span<const int32_t> ids, std::string& text) const {
  for (int32_t id : ids) ASC_CHECK(id >= 0 && id < vocab_size(), "token {} of {}", id, vocab_size());
  std::string decoded;
  const auto status = model_->processor.Decode(std::vector<int>(ids.begin(), ids.end()), &decoded);
  ASC_CHECK(status.ok(), "SentencePiece: {}", reason_of(status));
  text += decoded;
}

void SentencePieceTokenizer::append_piece(int32_t id, std::string& text) const {
  ASC_CHECK(id >= 0 && id < vocab_size(), "token {} of {}", id, vocab_size());
  if (model_->processor.IsControl(id)) return;
  const std::string& piece = model_->processor.IdToPiece(id);
  if (model_->processor.IsByte(id)) {  // <0x0A>
    text += static_cast<char>(std::stoi(piece.substr(3, 2), nullptr, 16));
    return;
  }
  if (model_->processor.IsUnknown(id)) return append_text({&id, 1}, text);
  std::string_view rest = piece;
  for (size_t at = rest.find(kSpace); at != std::string_view::npos; at = rest.find(kSpace)) {
    text += rest.substr(0, at);
    text += ' ';
    rest.remove_prefix(at + kSpace.size());
  }
  text += rest;
}

}  // namespace ascender
