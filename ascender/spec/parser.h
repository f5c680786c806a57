// The parser's state and rules; parse.h is the way in. Rules throw Fault, which never leaves parse.cc.
#pragma once

#include <string_view>
#include <vector>

#include "ascender/spec/lexer.h"
#include "ascender/spec/tree.h"

namespace ascender::spec {

class Parser {
 public:
  Parser(std::shared_ptr<const Source> source, Report& report);

  File file();
  std::vector<Statement> statements();

 private:
  struct Fault {
    Diagnostic diagnostic;
  };
  class Nesting;

  // Tokens (parser_tokens.cc).
  const Token& peek();
  const Token& ahead(size_t count);  // tokens after peek(), newlines not skipped
  const Token& take();
  bool at_end() { return peek().kind == TokenKind::kEnd; }
  bool accept(std::string_view mark);
  bool accept_word(std::string_view word);
  void expect(std::string_view mark);
  size_t open(std::string_view mark);  // takes an opening bracket: newlines are spaces until close()
  void close(std::string_view mark);
  bool list_goes_on(std::string_view closer);
  void expect_word(std::string_view word);
  Name expect_name(std::string_view what);
  std::string expect_string(std::string_view what);
  int64_t expect_whole(std::string_view what);
  void skip_newlines();
  void finish_statement();
  void recover();
  std::optional<size_t> end_of_brackets() const;
  Span span_of(const Token& token) const;
  Span span_from(size_t begin) const;  // to the end of the last token taken
  [[noreturn]] void fail(std::string code, std::string message, Span span, std::string help = "");
  [[noreturn]] void fail_expected(const std::string& what);
  std::string found();

  // Files, blocks, statements (parse.cc, statement.cc).
  void version_line(File& file);
  void use(File& file);
  void block(File& file);
  void stray(File& file);
  Body body();
  void body_statement(std::vector<Statement>& statements);
  void give_up() { at_ = last_ = tokens_.size() - 1; }
  bool at_block();
  Statement statement();
  decltype(Statement::node) path_statement();
  decltype(Statement::node) keyword_statement(std::string_view keyword);
  bool is_keyword_statement();
  [[noreturn]] void fail_path_statement(const Path& path);
  Goal goal(bool maximize);
  SubjectTo subject_to();
  Verify verify();
  Derive derive();
  Require require();
  When when();
  Vary vary();
  Hold hold();
  Guard guard();
  Stop stop();
  Checkpoint checkpoint();
  On on();
  Fact fact();
  Claim claim();
  Rule rule();
  std::vector<Act> acts();
  Act act();

  // Expressions (expression.cc).
  Path path(std::string_view what);
  ExprPtr expression(int power = 0);
  ExprPtr quantity();  // an operand, for clauses such as `within 2 %`
  ExprPtr prefix();
  ExprPtr primary();
  ExprPtr number();
  void unit(Number& number);
  ExprPtr reference();
  ExprPtr postfix(ExprPtr base);
  ExprPtr call(Path callee, size_t begin);
  Argument argument();
  ExprPtr parenthesised();
  ExprPtr interval();
  ExprPtr set();
  std::vector<ExprPtr> items(std::string_view closer);
  ExprPtr make(decltype(Expr::node) node, size_t begin, int child_height = 0);

  std::shared_ptr<const Source> source_;
  Report& report_;
  std::vector<Token> tokens_;
  std::vector<size_t> closers_;  // of each token: that of its `}` when it is a `{` that has one, else itself
  size_t at_ = 0;
  size_t last_ = 0;  // index after the last token taken
  int nesting_ = 0;
  std::vector<size_t> open_;  // tokens of the brackets inside which newlines are spaces
};

}  // namespace ascender::spec
