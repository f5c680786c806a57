#include <fmt/core.h>

#include "ascender/spec/parser.h"

namespace ascender::spec {
namespace {

// A `}` that closes a body also ends its statement.
bool ends_with_body(const Statement& statement) {
  return std::holds_alternative<Group>(statement.node) || std::holds_alternative<When>(statement.node) ||
         std::holds_alternative<Claim>(statement.node);
}

}  // namespace

Body Parser::body() {
  constexpr int kMaxNesting = 60;
  Body body;
  if (!peek().is("{")) fail_expected("`{`");
  if (nesting_ >= kMaxNesting) {
    fail("E0208", fmt::format("blocks are nested more than {} deep", kMaxNesting), span_of(peek()));
  }
  ++nesting_;
  body.open = span_of(take());
  for (skip_newlines(); !peek().is("}"); skip_newlines()) {
    if (report_.full()) give_up();
    if (at_end() || at_block()) {
      const std::string message = at_end() ? "the block is not closed before the end of the text"
                                           : fmt::format("a block is not closed before `{}`", peek().text);
      const size_t end = tokens_[last_ - 1].end;
      report_.error("E0206", message, at_end() ? Span{source_, end, end} : span_of(peek()), "",
                    {{body.open, "opened here"}});
      --nesting_;
      return body;
    }
    body_statement(body.statements);
  }
  take();
  --nesting_;
  body.span = span_from(body.open.begin);
  return body;
}

void Parser::body_statement(std::vector<Statement>& statements) {
  const int nesting = nesting_;
  try {
    Statement next = statement();
    if (!ends_with_body(next)) finish_statement();
    statements.push_back(std::move(next));
  } catch (const Fault& fault) {
    report_.add(fault.diagnostic);
    nesting_ = nesting;
    recover();
  }
}

Statement Parser::statement() {
  last_ = at_;
  const Token& first = peek();
  const size_t begin = first.begin;
  if (first.kind != TokenKind::kWord) fail_expected("a statement");
  Statement out;
  out.node = is_keyword_statement() ? keyword_statement(take().text) : path_statement();
  out.span = span_from(begin);
  return out;
}

// Statement words are contextual: `stop = 3` and `checkpoint { }` speak of settings.
bool Parser::is_keyword_statement() {
  const std::string_view word = peek().text;
  if (!contains(statement_words(), word)) return false;
  const Token& next = ahead(1);
  if (next.is("=") || next.is(".") || next.is_word("in")) return false;
  if (!next.is("{")) return true;
  return word == "require" || word == "when" || word == "expect" || word == "maximize" ||
         word == "minimize" || word == "subject_to" || word == "hold";
}

decltype(Statement::node) Parser::path_statement() {
  Path path = this->path("a statement");
  if (accept("=")) return Assign{std::move(path), expression()};
  if (accept_word("in")) {
    Domain domain{std::move(path), expression(), nullptr};
    if (accept_word("default")) domain.fallback = expression();
    return domain;
  }
  if (peek().is("{")) return Group{std::move(path), std::nullopt, body()};
  if (peek().kind == TokenKind::kWord && ahead(1).is("{")) {
    Name label = expect_name("a name");
    return Group{std::move(path), std::move(label), body()};
  }
  fail_path_statement(path);
}

// The spelling of statement words is checked before the rule for paths speaks.
void Parser::fail_path_statement(const Path& path) {
  if (path.parts.size() == 1) {
    const std::string help = did_you_mean(path.parts[0].text, statement_words());
    if (!help.empty()) {
      fail("E0203", fmt::format("unknown statement `{}`", path.parts[0].text), path.span, help);
    }
  }
  fail_expected(fmt::format("`=`, `in` or `{{` after `{}`", path.text()));
}

decltype(Statement::node) Parser::keyword_statement(std::string_view keyword) {
  if (keyword == "maximize") return goal(true);
  if (keyword == "minimize") return goal(false);
  if (keyword == "expect") return Expect{expression()};
  if (keyword == "subject_to") return subject_to();
  if (keyword == "verify") return verify();
  if (keyword == "derive") return derive();
  if (keyword == "require") return require();
  if (keyword == "when") return when();
  if (keyword == "vary") return vary();
  if (keyword == "hold") return hold();
  if (keyword == "guard") return guard();
  if (keyword == "stop") return stop();
  if (keyword == "checkpoint") return checkpoint();
  if (keyword == "on") return on();
  if (keyword == "fact") return fact();
  if (keyword == "claim") return claim();
  return rule();
}

Goal Parser::goal(bool maximize) { return {maximize, expression()}; }

SubjectTo Parser::subject_to() {
  SubjectTo out;
  do {
    skip_newlines();
    out.conditions.push_back(expression());
  } while (accept(","));
  return out;
}

Verify Parser::verify() {
  Verify out;
  out.name = expect_name("a name for the test");
  expect(":");
  out.condition = expression();
  expect_word("by");
  out.test = expression();
  return out;
}

Derive Parser::derive() {
  Derive out;
  out.name = expect_name("a name");
  expect("=");
  out.value = expression();
  return out;
}

Require Parser::require() {
  Require out;
  out.condition = expression();
  if (accept(":")) out.message = expect_string("a message, in double quotes");
  return out;
}

When Parser::when() {
  When out;
  out.condition = expression();
  out.then = body();
  const size_t before = at_;
  while (tokens_[at_].kind == TokenKind::kNewline) ++at_;
  if (accept_word("else")) {
    out.otherwise = body();
  } else {
    at_ = before;
  }
  return out;
}

Vary Parser::vary() {
  Vary out;
  do {
    skip_newlines();
    out.paths.push_back(path("the name of a setting"));
  } while (accept(","));
  return out;
}

Hold Parser::hold() {
  Hold out;
  out.subject = expression();
  expect_word("within");
  out.within = quantity();
  expect_word("of");
  out.of = expression();
  expect_word("adjusting");
  out.adjusting = path("the name of a setting");
  return out;
}

Guard Parser::guard() {
  Guard out;
  out.name = expect_name("a name for the guard");
  expect(":");
  expect_word("when");
  out.condition = expression();
  expect_word("then");
  out.acts = acts();
  if (accept_word("limit")) out.limit = expect_whole("a whole number after `limit`");
  return out;
}

Stop Parser::stop() {
  Stop out;
  expect_word("when");
  out.condition = expression();
  if (accept_word("for")) out.duration = quantity();
  return out;
}

Checkpoint Parser::checkpoint() {
  Checkpoint out;
  expect_word("every");
  do {
    out.every.push_back(quantity());
  } while (accept_word("or"));
  if (accept_word("keep")) out.keep = quantity();
  return out;
}

On Parser::on() {
  On out;
  out.event = expect_name("the name of an event");
  expect("->");
  out.acts = acts();
  return out;
}

Fact Parser::fact() {
  Fact out;
  out.name = expect_name("a name for the fact");
  expect("=");
  out.value = expression();
  if (accept_word("from")) out.source = expect_string("the source of the fact, in double quotes");
  return out;
}

Claim Parser::claim() {
  Claim out;
  out.name = expect_name("a name for the claim");
  expect(":");
  out.effect = expression();
  expect_word("because");
  expect_word("evidence");
  out.evidence = body();
  return out;
}

Rule Parser::rule() {
  Rule out;
  out.name = expect_name("a name for the rule");
  expect(":");
  expect_word("if");
  out.condition = expression();
  expect_word("then");
  out.acts = acts();
  return out;
}

std::vector<Act> Parser::acts() {
  std::vector<Act> out;
  do {
    skip_newlines();
    out.push_back(act());
  } while (accept(","));
  return out;
}

Act Parser::act() {
  const size_t begin = peek().begin;
  Act out;
  Path path = this->path("an action");
  if (peek().is("=") || peek().is_word("in")) {
    out.narrows = take().text == "in";
    out.path = std::move(path);
    out.value = expression();
  } else if (peek().is("(")) {
    out.value = call(std::move(path), begin);
  } else {
    fail_expected(fmt::format("`(`, `=` or `in` after `{}`", path.text()));
  }
  out.span = span_from(begin);
  return out;
}

}  // namespace ascender::spec
