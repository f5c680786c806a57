// Text to token ids and back. What a tokeniser does is fixed by its serialised form, whose SHA-256 is its
// identity: token files and checkpoints carry it.
//
// Kinds: byte, char, bpe (GPT-2's byte-level BPE), sentencepiece.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ascender/data/utf8.h"

namespace ascender {

class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  virtual std::string_view kind() const = 0;
  virtual int32_t vocab_size() const = 0;

  // Appends the ids of `text`. InputError with name, line and byte offset for what it cannot take.
  virtual void append_ids(std::string_view text, const TextOrigin& origin,
                          std::vector<int32_t>& ids) const = 0;
  // Appends the bytes that the ids stand for. REQUIRES: 0 <= id < vocab_size().
  virtual void append_text(std::span<const int32_t> ids, std::string& text) const = 0;
  // The same for one id in the middle of a text, as it is generated; a kind may drop a space at a text's
  // beginning.
  virtual void append_piece(int32_t id, std::string& text) const { append_text({&id, 1}, text); }
  // The longest prefix of `text` whose ids are the same whatever follows it; 0 when there is none. A long
  // text is encoded piece by piece with it.
  virtual size_t cut(std::string_view text) const = 0;

  std::vector<int32_t> encode(std::string_view text, const TextOrigin& origin = {}) const;
  std::string decode(std::span<const int32_t> ids) const;

  // "ascender-tokenizer 1 KIND\n" and what the kind needs, exactly.
  std::string serialize() const;
  std::string hash() const;  // SHA-256 of that, 64 hexadecimal digits

 private:
  virtual std::string payload() const = 0;
};

// InputError when the bytes are damaged or of a kind that this version does not know; `name` is for the
// message.
std::unique_ptr<Tokenizer> parse_tokenizer(std::string_view bytes, std::string_view name);
void save_tokenizer(const Tokenizer& tokenizer, const std::filesystem::path& path);
std::unique_ptr<Tokenizer> load_tokenizer(const std::filesystem::path& path);
// The bytes of a tokeniser's file; InputError when it cannot be read.
std::string read_tokenizer_bytes(const std::filesystem::path& path);

// Text as it is generated: bytes of a character that is not complete yet are held back.
class StreamDecoder {
 public:
  explicit StreamDecoder(const Tokenizer& tokenizer) : tokenizer_(tokenizer) {}  // which must outlive it
  std::string push(int32_t id);
  std::string rest();  // what is still held back, whatever it is

 private:
  const Tokenizer& tokenizer_;
  std::string held_;
};

}  // namespace ascender
