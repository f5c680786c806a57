// GPT-2's pre-tokeniser: where a text is split before pairs are merged. Its pattern is
//   's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

namespace ascender {

class Gpt2Split {
 public:
  Gpt2Split();
  ~Gpt2Split();
  Gpt2Split(const Gpt2Split&) = delete;
  Gpt2Split& operator=(const Gpt2Split&) = delete;

  // What one thread needs while it matches.
  class Scratch {
   public:
    explicit Scratch(const Gpt2Split& split);
    ~Scratch();
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;

   private:
    friend class Gpt2Split;
    struct Match;
    std::unique_ptr<Match> match_;
  };

  // The end of the piece that begins at `begin`. REQUIRES: valid UTF-8, begin < text.size().
  size_t piece_end(std::string_view text, size_t begin, Scratch& scratch) const;

  // The last place before white space that follows something else, where the pattern splits whatever comes
  // next; 0 when there is none.
  static size_t cut(std::string_view text);

 private:
  struct Code;
  std::unique_ptr<Code> code_;
};

}  // namespace ascender
