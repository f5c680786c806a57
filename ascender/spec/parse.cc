#include "ascender/spec/parse.h"

#include <filesystem>
#include <fmt/core.h>

#include "ascender/spec/parser.h"

namespace ascender::spec {
namespace {

std::string first_line_help() {
  return fmt::format("begin the file with the line `ascender {}`", kLanguageVersion);
}

}  // namespace

ParseResult parse(std::shared_ptr<const Source> source) {
  Report report;
  ParseResult result;
  result.file = Parser(std::move(source), report).file();
  result.errors = report.take_errors();
  return result;
}

StatementsResult parse_statements(std::shared_ptr<const Source> source) {
  Report report;
  StatementsResult result;
  result.statements = Parser(std::move(source), report).statements();
  result.errors = report.take_errors();
  return result;
}

File Parser::file() {
  File file;
  file.source = source_;
  if (!report_.empty() && tokens_.size() == 1) return file;  // not UTF-8
  skip_newlines();
  version_line(file);
  for (skip_newlines(); !at_end(); skip_newlines()) {
    if (report_.full()) break;
    last_ = at_;
    const int nesting = nesting_;
    try {
      if (peek().is_word("import") || peek().is_word("extends")) {
        use(file);
        finish_statement();
      } else if (at_block()) {
        block(file);
      } else {
        stray(file);
      }
    } catch (const Fault& fault) {
      report_.add(fault.diagnostic);
      nesting_ = nesting;
      recover();
    }
  }
  return file;
}

std::vector<Statement> Parser::statements() {
  std::vector<Statement> out;
  for (skip_newlines(); !at_end(); skip_newlines()) {
    if (report_.full()) break;
    if (peek().is("}")) {
      report_.error("E0206", "`}` closes nothing", span_of(take()));
      continue;
    }
    body_statement(out);
  }
  return out;
}

void Parser::version_line(File& file) {
  last_ = at_;
  if (!peek().is_word("ascender")) {
    const bool misspelt = peek().kind == TokenKind::kWord && ahead(1).kind == TokenKind::kNumber;
    report_.error("E0201", fmt::format("expected `ascender {}` first", kLanguageVersion),
                  misspelt ? span_of(peek()) : Span{source_, peek().begin, peek().begin}, first_line_help());
    if (misspelt) recover();
    return;
  }
  const size_t begin = take().begin;
  try {
    file.version = expect_whole("the version of the language, a whole number");
    if (file.version != kLanguageVersion) {
      report_.error("E0202", fmt::format("version {} of the language is not known", file.version),
                    span_from(begin), fmt::format("this program reads version {}", kLanguageVersion));
      give_up();
      return;
    }
    finish_statement();
  } catch (const Fault& fault) {
    report_.add(fault.diagnostic);
    recover();
  }
}

void Parser::use(File& file) {
  const Token& word = take();
  Use use;
  use.extends = word.text == "extends";
  use.text = expect_string("the name of a file, in double quotes");
  use.span = span_of(tokens_[last_ - 1]);
  if (!use.extends && accept_word("as")) {
    use.alias = expect_name("a name");
  } else if (!use.extends) {
    use.alias = {std::filesystem::path(use.text).stem().string(), use.span};
    if (!is_identifier(use.alias.text)) {
      fail("E0606", fmt::format("`{}` cannot be the name of an import", use.alias.text), use.span,
           "give it one: import \"...\" as name");
    }
  }
  file.uses.push_back(std::move(use));
}

bool Parser::at_block() {
  const Token& word = peek();
  if (word.kind != TokenKind::kWord || !contains(block_words(), word.text)) return false;
  return ahead(1).is("{") || (ahead(1).kind == TokenKind::kWord && ahead(2).is("{"));
}

void Parser::block(File& file) {
  Block block;
  const Token& word = take();
  for (size_t i = 0; i < block_words().size(); ++i) {
    if (word.text == block_words()[i]) block.kind = static_cast<BlockKind>(i);
  }
  if (peek().kind == TokenKind::kWord) block.name = expect_name("a name");
  block.body = body();
  file.blocks.push_back(std::move(block));
}

// What stands at the top and is no block. The body of a misspelt block is read, so that its faults show too,
// and kept when it is clear which block was meant.
void Parser::stray(File& file) {
  if (peek().is("}")) {
    report_.error("E0206", "`}` closes nothing", span_of(take()));
    return;
  }
  const Token& word = peek();
  const bool named = ahead(1).kind == TokenKind::kWord && ahead(2).is("{");
  if (word.kind == TokenKind::kWord && contains(block_words(), word.text)) {
    take();
    fail_expected(fmt::format("`{{` or a name after `{}`", word.text));
  }
  if (word.kind != TokenKind::kWord || (!named && !ahead(1).is("{"))) {
    fail("E0204", fmt::format("expected a block, found `{}`", word.text), span_of(word),
         "statements stand inside objective, design_space, dynamics, tuning_space, infrastructure or "
         "knowledge { }");
  }
  const std::string meant = nearest(word.text.substr(0, 80), block_words());
  report_.error("E0204", fmt::format("unknown block `{}`", word.text), span_of(word),
                did_you_mean(word.text, block_words()));
  take();
  Block block;
  if (named) block.name = expect_name("a name");
  block.body = body();
  for (size_t i = 0; i < block_words().size(); ++i) {
    if (meant != block_words()[i]) continue;
    block.kind = static_cast<BlockKind>(i);
    file.blocks.push_back(std::move(block));
    return;
  }
}

}  // namespace ascender::spec
