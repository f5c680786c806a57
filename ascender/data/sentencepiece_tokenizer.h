// SentencePiece models (Kudo and Richardson 2018), trained here or loaded. A text is encoded line by line,
// each line with its end.
//
// A model trained here is lossless by default: no normalisation, no space put in front, unknown characters
// and line ends as bytes; only U+2581, with which SentencePiece writes a space, comes back as one. `lossless
// = false` gives the library's own defaults (nmt_nfkc), as translation uses them: line ends are spaces, and
// runs of spaces are one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "ascender/data/tokenizer.h"

namespace ascender {

struct SentencePieceTraining {
  int32_t vocab_size = 4096;
  bool bpe = false;  // else a unigram model
  bool lossless = true;
};

class SentencePieceTokenizer : public Tokenizer {
 public:
  // One thread, every line: the same text gives the same model. InputError with the library's reason, such as
  // a vocabulary that is too large for the text.
  static std::unique_ptr<SentencePieceTokenizer> train(std::string_view text, const TextOrigin& origin,
                                                       const SentencePieceTraining& training);
  static std::unique_ptr<Tokenizer> from_model_file(const std::filesystem::path& path);
  static std::unique_ptr<Tokenizer> parse(std::string_view payload, std::string_view name);
  ~SentencePieceTokenizer() override;

  std::string_view kind() const override { return "sentencepiece"; }
  int32_t vocab_size() const override;
  void append_ids(std::string_view text, const TextOrigin& origin, std::vector<int32_t>& ids) const override;
  void append_text(std::span<const int32_t> ids, std::string& text) const override;
  void append_piece(int32_t id, std::string& text) const override;
  size_t cut(std::string_view text) const override { return text.rfind('\n') + 1; }

 private:
  struct Model;
  explicit SentencePieceTokenizer(std::unique_ptr<Model> model);
  static std::unique_ptr<SentencePieceTokenizer> load(std::string_view bytes, std::string_view name);
  std::string payload() const override;  // the model file's bytes

  std::unique_ptr<Model> model_;
};

}  // namespace ascender
