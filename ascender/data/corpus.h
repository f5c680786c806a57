// A text file as tokens: read, checked, tokenised once, and kept as a token file under a cache folder until
// the text or the tokeniser changes.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ascender/base/file.h"
#include "ascender/data/token_file.h"
#include "ascender/data/tokenizer.h"

namespace ascender {

// A user's text file, mapped. InputError names it when it is missing, unreadable, not a regular file or
// empty.
class SourceText {
 public:
  explicit SourceText(std::filesystem::path path);
  std::string_view text() const;
  TextOrigin origin() const { return {.name = path_.native()}; }
  const std::filesystem::path& path() const { return path_; }
  const std::string& hash() const { return hash_; }  // SHA-256

 private:
  std::filesystem::path path_;
  MappedFile file_;
  std::string hash_;
};

struct Corpus {
  TokenFile tokens;
  bool reused = false;             // the token file was there
  std::filesystem::path cached;    // where it is; empty when the folder could not be written
  std::vector<std::string> notes;  // a damaged or foreign file was replaced, a folder was not writable
};

// The tokens of `source`. InputError where the tokeniser refuses the text.
Corpus open_corpus(const SourceText& source, const Tokenizer& tokenizer, const std::filesystem::path& cache);

}  // namespace ascender
