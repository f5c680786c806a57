#include "ascender/data/text_settings.h"

#include "ascender/base/check.h"
#include "ascender/data/byte_tokenizer.h"
#include "ascender/data/char_tokenizer.h"

namespace ascender {

void describe_text_settings(Schema& schema) {
  schema.add(
      {.path = "data.path",
       .type = ValueType::kPath,
       .fallback = std::string(),
       .text = "the text file to learn from, relative to where the program is called (DATA= of make)"});
  schema.add({.path = "data.tokenizer",
              .type = ValueType::kEnum,
              .fallback = std::string("char"),
              .text = "how text becomes tokens",
              .choices = {"byte", "char"}});
  schema.add({.path = "data.tokenizer_path",
              .type = ValueType::kPath,
              .fallback = std::string(),
              .text = "a saved tokeniser to use instead of one made from the text"});
  schema.add({.path = "data.context",
              .fallback = int64_t{64},
              .text = "tokens that a model sees at most",
              .unit = Unit::kTokens,
              .minimum = 1,
              .maximum = 1 << 24});
  schema.add({.path = "data.validation",
              .type = ValueType::kFloat,
              .fallback = 0.1,
              .text = "share of the text that is held out for evaluation: the end of it",
              .unit = Unit::kFraction,
              .minimum = 0,
              .maximum = 0.9});
  schema.add({.path = "data.cache",
              .type = ValueType::kPath,
              .fallback = std::string(".cache/tokens"),
              .text = "folder that keeps tokenised texts"});
}

std::unique_ptr<Tokenizer> make_tokenizer(const Config& config, const SourceText& source) {
  const std::string& path = config.text("data.tokenizer_path");
  if (!path.empty()) return load_tokenizer(path);
  if (config.text("data.tokenizer") == "byte") return std::make_unique<ByteTokenizer>();
  return std::make_unique<CharTokenizer>(CharTokenizer::of(source.text(), source.origin()));
}

}  // namespace ascender
