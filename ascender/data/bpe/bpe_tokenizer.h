// GPT-2's byte-level byte-pair encoding (Radford et al. 2019), from its two files:
//   encoder.json  token text -> id, where every byte is written as one printable character
//   vocab.bpe     after a version line, one merge "A B" a line, in the order they apply
// A text is split by GPT-2's pattern; within a piece the earliest merge in that order applies first, leftmost
// first. Any UTF-8 is taken and given back. Optionally `<|endoftext|>` in a text is one token, as the Hugging
// Face tokeniser of GPT-2 reads it.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "ascender/data/bpe/byte_pairs.h"
#include "ascender/data/bpe/gpt2_split.h"
#include "ascender/data/tokenizer.h"

namespace ascender {

class BpeTokenizer : public Tokenizer {
 public:
  struct Options {
    bool special_end_of_text = true;  // <|endoftext|> in a text is one token
  };
  // InputError names the file and what is wrong with it.
  static std::unique_ptr<BpeTokenizer> from_files(const std::filesystem::path& encoder_json,
                                                  const std::filesystem::path& vocab_bpe, Options options);
  static std::unique_ptr<Tokenizer> parse(std::string_view payload, std::string_view name);
  ~BpeTokenizer() override;

  std::string_view kind() const override { return "bpe"; }
  int32_t vocab_size() const override { return static_cast<int32_t>(bytes_.size()); }
  void append_ids(std::string_view text, const TextOrigin& origin, std::vector<int32_t>& ids) const override;
  void append_text(std::span<const int32_t> ids, std::string& text) const override;
  size_t cut(std::string_view text) const override { return Gpt2Split::cut(text); }

  std::optional<int32_t> end_of_text() const { return end_of_text_; }

 private:
  struct Worker;
  BpeTokenizer(std::vector<std::string> bytes, std::vector<std::array<int32_t, 2>> merges, Options options,
               std::string_view name);
  std::string payload() const override;
  void append_plain(std::string_view text, Worker& worker, std::vector<int32_t>& ids) const;
  std::unique_ptr<Worker> borrow() const;
  void give_back(std::unique_ptr<Worker> worker) const;

  std::vector<std::string> bytes_;              // id -> the bytes it stands for
  std::vector<std::array<int32_t, 2>> merges_;  // in order
  std::optional<int32_t> end_of_text_;
  Options options_;
  Gpt2Split split_;
  std::unique_ptr<BytePairs> pairs_;
  mutable std::mutex mutex_;  // of idle_
  mutable std::vector<std::unique_ptr<Worker>> idle_;
};

}  // namespace ascender
