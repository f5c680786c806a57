#include "ascender/data/text_settings.h"

#include <fmt/core.h>

#include "ascender/base/diagnostic.h"
#include "ascender/base/error.h"
#include "ascender/base/hash.h"
#include "ascender/data/bpe/bpe_tokenizer.h"
#include "ascender/data/byte_tokenizer.h"
#include "ascender/data/char_tokenizer.h"
#include "ascender/data/sentencepiece_tokenizer.h"

namespace ascender {
namespace {

namespace fs = std::filesystem;

// A folder with GPT-2's two files, a SentencePiece model, or a tokeniser that this program saved.
std::unique_ptr<Tokenizer> load_any(const fs::path& path) {
  std::error_code error;
  if (fs::is_directory(path, error))
    return BpeTokenizer::from_files(path / "encoder.json", path / "vocab.bpe", {});
  if (path.extension() == ".model") return SentencePieceTokenizer::from_model_file(path);
  return load_tokenizer(path);
}

// The part that is trained on, to the end of a line: a tokeniser learns from nothing else.
std::string_view training_part(const Config& config, const SourceText& source) {
  const std::string_view text = source.text();
  const double share = 1.0 - config.real("data.validation");
  const size_t end = text.find('\n', static_cast<size_t>(static_cast<double>(text.size()) * share));
  return text.substr(0, end);
}

// Trained once for a text and its settings, then kept beside the token files.
TokenizerChoice train_sentencepiece(const Config& config, const SourceText& source) {
  const std::string_view text = training_part(config, source);
  const SentencePieceTraining training{.vocab_size = config.int32("data.tokenizer_vocab"),
                                       .bpe = config.text("data.tokenizer_model") == "bpe"};
  const std::string key = sha256_hex(
      fmt::format("sentencepiece 1 {} {} {}", training.vocab_size, training.bpe, sha256_hex(text)));
  const fs::path cached = fs::path(config.text("data.cache")) /
                          fmt::format("{}-{}.tokenizer", source.path().stem().native(), key.substr(0, 16));
  TokenizerChoice choice;
  std::error_code error;
  try {
    if (fs::exists(cached, error)) return {load_tokenizer(cached), {}};
  } catch (const InputError& fault) {
    choice.notes.push_back(fmt::format("the tokeniser is trained again: {}", fault.diagnostics()[0].message));
  }
  choice.tokenizer = SentencePieceTokenizer::train(text, source.origin(), training);
  try {
    fs::create_directories(cached.parent_path(), error);
    save_tokenizer(*choice.tokenizer, cached);
  } catch (const EnvironmentError& failure) {
    choice.notes.push_back(fmt::format("the tokeniser is not kept on disk: {}", failure.what()));
  }
  return choice;
}

}  // namespace

void describe_text_files(Schema& schema) {
  schema.path("data.path", "",
              "The text file to learn from, relative to where the program is called (DATA= of make).");
  schema.integer("data.context", 64, {1, 1 << 24}, "Tokens that a model sees at most.", Unit::kTokens);
  schema.real("data.validation", 0.1, {0, 0.9},
              "Share of the text that is held out for evaluation: the end of it.", Unit::kFraction);
}

void describe_tokenizer(Schema& schema) {
  schema.choice("data.tokenizer", "char", {"byte", "char", "bpe", "sentencepiece"},
                "How text becomes tokens.");
  schema.integer("data.tokenizer_vocab", 4096, {260, 1 << 20},
                 "Tokens of a SentencePiece model that is trained on the text.");
  schema.choice("data.tokenizer_model", "unigram", {"unigram", "bpe"},
                "Kind of a SentencePiece model that is trained on the text.");
  schema.path("data.tokenizer_path", "",
              "A tokeniser to use instead of one made from the text: a folder with GPT-2's encoder.json and "
              "vocab.bpe, a SentencePiece .model, or one saved by this program.");
  schema.path("data.cache", ".cache/tokens", "Folder that keeps tokenised texts.");
}

TokenizerChoice make_tokenizer(const Config& config, const SourceText& source) {
  const std::string& path = config.text("data.tokenizer_path");
  if (!path.empty()) return {load_any(path), {}};
  const std::string& kind = config.text("data.tokenizer");
  if (kind == "byte") return {std::make_unique<ByteTokenizer>(), {}};
  if (kind == "char")
    return {std::make_unique<CharTokenizer>(CharTokenizer::of(source.text(), source.origin())), {}};
  if (kind == "sentencepiece") return train_sentencepiece(config, source);
  throw InputError(
      "E0717",
      "`data.tokenizer` = bpe needs `data.tokenizer_path`, the folder of encoder.json and vocab.bpe");
}

}  // namespace ascender
