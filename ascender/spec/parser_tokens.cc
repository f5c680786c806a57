#include <algorithm>
#include <fmt/core.h>

#include "ascender/spec/parser.h"

namespace ascender::spec {

Parser::Parser(std::shared_ptr<const Source> source, Report& report)
    : source_(std::move(source)), report_(report), tokens_(lex(source_, report)), closers_(tokens_.size()) {
  std::vector<size_t> open;
  for (size_t i = 0; i < tokens_.size(); ++i) {
    closers_[i] = i;
    if (tokens_[i].is("{")) open.push_back(i);
    if (!tokens_[i].is("}") || open.empty()) continue;
    closers_[open.back()] = i;
    open.pop_back();
  }
}

const Token& Parser::peek() {
  if (!open_.empty()) {
    while (tokens_[at_].kind == TokenKind::kNewline) ++at_;
  }
  return tokens_[at_];
}

const Token& Parser::ahead(size_t count) { return tokens_[std::min(at_ + count, tokens_.size() - 1)]; }

const Token& Parser::take() {
  const Token& token = peek();
  if (token.kind != TokenKind::kEnd) ++at_;
  last_ = at_;
  return token;
}

bool Parser::accept(std::string_view mark) {
  if (!peek().is(mark)) return false;
  take();
  return true;
}

bool Parser::accept_word(std::string_view word) {
  if (!peek().is_word(word)) return false;
  take();
  return true;
}

void Parser::expect(std::string_view mark) {
  if (!accept(mark)) fail_expected(fmt::format("`{}`", mark));
}

void Parser::expect_word(std::string_view word) {
  if (accept_word(word)) return;
  const Token& token = peek();
  const std::string help =
      token.kind == TokenKind::kWord ? did_you_mean(token.text, {std::string(word)}) : std::string();
  if (!help.empty())
    fail("E0205", fmt::format("expected `{}`, found {}", word, found()), span_of(token), help);
  fail_expected(fmt::format("`{}`", word));
}

size_t Parser::open(std::string_view mark) {
  expect(mark);
  open_.push_back(at_ - 1);
  return tokens_[at_ - 1].begin;
}

void Parser::close(std::string_view mark) {
  if (!peek().is(mark)) fail_expected(fmt::format("`,` or `{}`", mark));
  take();
  open_.pop_back();
}

bool Parser::list_goes_on(std::string_view closer) {
  if (!accept(",")) return false;
  return !peek().is(closer);  // a comma before the closer is allowed
}

Name Parser::expect_name(std::string_view what) {
  if (peek().kind != TokenKind::kWord) fail_expected(std::string(what));
  const Token& token = take();
  return {std::string(token.text), span_of(token)};
}

std::string Parser::expect_string(std::string_view what) {
  if (peek().kind != TokenKind::kString) fail_expected(std::string(what));
  return decode_string(take().text);
}

int64_t Parser::expect_whole(std::string_view what) {
  if (peek().kind != TokenKind::kNumber) fail_expected(std::string(what));
  const Span span = span_of(peek());
  const ExprPtr expr = number();
  const Number& n = std::get<Number>(expr->node);
  if (!n.whole || !n.unit_text.empty()) {
    fail("E0205", fmt::format("expected {}", what), {source_, span.begin, expr->span.end});
  }
  return *n.whole;
}

void Parser::skip_newlines() {
  while (tokens_[at_].kind == TokenKind::kNewline || tokens_[at_].is(";")) ++at_;
}

void Parser::finish_statement() {
  const Token& token = tokens_[at_];
  if (token.kind == TokenKind::kNewline || token.kind == TokenKind::kEnd || token.is(";") || token.is("}"))
    return;
  fail_expected("the end of the statement");
}

// The token after the brackets that were open when a statement failed, when what follows closes them. A set
// stays open when an assignment comes before its `}`: then that `}` belongs to the block.
std::optional<size_t> Parser::end_of_brackets() const {
  std::vector<char> closers;
  for (size_t token : open_) {
    const std::string_view mark = tokens_[token].text;
    closers.push_back(mark == "(" ? ')' : mark == "[" ? ']' : '}');
  }
  for (size_t i = last_; i < tokens_.size() && !closers.empty(); ++i) {
    const Token& token = tokens_[i];
    if (token.kind == TokenKind::kEnd || token.is(";")) return std::nullopt;
    if (token.is("=") && closers.back() == '}') return std::nullopt;
    if (token.is("(")) closers.push_back(')');
    if (token.is("[")) closers.push_back(']');
    if (token.is("{")) closers.push_back('}');
    if (token.is(")") || token.is("]") || token.is("}")) {
      if (token.text[0] != closers.back()) return std::nullopt;
      closers.pop_back();
      if (closers.empty()) return i + 1;
    }
  }
  return std::nullopt;
}

// Goes to the end of the faulty statement: the next newline, `;` or `}`, past whole { } that it still
// contains.
void Parser::recover() {
  at_ = open_.empty() ? last_ : end_of_brackets().value_or(last_);
  open_.clear();
  for (;; ++at_) {
    const Token& token = tokens_[at_];
    if (token.kind == TokenKind::kEnd || token.kind == TokenKind::kNewline) break;
    if (token.is(";") || token.is("}")) break;
    if (token.is("{")) at_ = closers_[at_];
  }
  last_ = at_;
}

Span Parser::span_of(const Token& token) const { return {source_, token.begin, token.end}; }

Span Parser::span_from(size_t begin) const {
  return {source_, begin, last_ == 0 ? begin : std::max(begin, tokens_[last_ - 1].end)};
}

std::string Parser::found() {
  const Token& token = tokens_[last_];
  if (token.kind == TokenKind::kNewline) return "the end of the line";
  if (token.kind == TokenKind::kEnd) return "the end of the text";
  return fmt::format("`{}`", token.text);
}

void Parser::fail(std::string code, std::string message, Span span, std::string help) {
  throw Fault{{.code = std::move(code),
               .severity = Severity::kError,
               .message = std::move(message),
               .span = std::move(span),
               .labels = {},
               .help = std::move(help)}};
}

// Blames the place right after the last token when the line ends there, never the next line.
void Parser::fail_expected(const std::string& what) {
  const Token& token = tokens_[last_];
  const bool ended = token.kind == TokenKind::kNewline || token.kind == TokenKind::kEnd;
  const size_t end = last_ == 0 ? 0 : tokens_[last_ - 1].end;
  Fault fault{{.code = "E0205",
               .severity = Severity::kError,
               .message = fmt::format("expected {}, found {}", what, found()),
               .span = ended ? Span{source_, end, end} : span_of(token),
               .labels = {},
               .help = ""}};
  if (!open_.empty()) {
    fault.diagnostic.code = "E0206";
    fault.diagnostic.labels.push_back({span_of(tokens_[open_.back()]), "opened here"});
  }
  const bool after_number = last_ > 0 && tokens_[last_ - 1].kind == TokenKind::kNumber;
  if (after_number && !ended && find_unit(token.text)) {
    fault.diagnostic.help = "a unit follows its number by at most one space";
  }
  throw fault;
}

}  // namespace ascender::spec
