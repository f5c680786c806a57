// Settings that the tasks over text files share: which file, which tokeniser, how long a window, what is held
// out.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ascender/base/config.h"
#include "ascender/data/corpus.h"
#include "ascender/data/tokenizer.h"

namespace ascender {

void describe_text_files(Schema& schema);  // which text, how much of it at a time
void describe_tokenizer(Schema& schema);

// The tokeniser that data.tokenizer and data.tokenizer_path ask for. InputError when its files are missing or
// bad.
struct TokenizerChoice {
  std::unique_ptr<Tokenizer> tokenizer;
  std::vector<std::string> notes;  // for the user
};
TokenizerChoice make_tokenizer(const Config& config, const SourceText& source);

}  // namespace ascender
