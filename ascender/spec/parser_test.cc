#include <fmt/core.h>
#include <functional>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "ascender/spec/parse.h"

namespace ascender::spec {
namespace {

std::shared_ptr<const Source> source_of(std::string text) {
  return std::make_shared<const Source>(Source{"t.ascend", std::move(text)});
}

std::string text_at(const Span& span) { return span.source->text.substr(span.begin, span.end - span.begin); }

constexpr const char* kProgram = R"(ascender 1
import "std/hw/h200.ascend" as hw
objective O { maximize eval.x; verify v: mean(a.b[c == "d"]) > 1 % by t_ci(level = 95 %) }
design_space D {
  model.d in choice(64, 128) default 64
  derive q = (1 + 2) * -model.d
  when q > 3 and not (q in {1, 2}) { x = f(a = [1, 2], b = 1 .. 3) } else { g L { y = "s" } }
}
infrastructure { checkpoint every 5 steps or 1 min keep 2; on sigterm -> exit(75) }
)";

// Visits every expression below `expr`.
void walk(const Expr& expr, const std::function<void(const Expr&, const Expr*)>& visit,
          const Expr* parent = nullptr) {
  visit(expr, parent);
  const auto down = [&](const ExprPtr& child) { walk(*child, visit, &expr); };
  if (const auto* b = std::get_if<Binary>(&expr.node)) {
    down(b->left);
    down(b->right);
  } else if (const auto* u = std::get_if<Unary>(&expr.node)) {
    down(u->operand);
  } else if (const auto* c = std::get_if<Call>(&expr.node)) {
    for (const Argument& a : c->arguments) down(a.value);
  } else if (const auto* f = std::get_if<Filter>(&expr.node)) {
    down(f->base);
    down(f->condition);
  } else if (const auto* s = std::get_if<Set>(&expr.node)) {
    for (const ExprPtr& item : s->items) down(item);
  } else if (const auto* i = std::get_if<Interval>(&expr.node)) {
    down(i->low);
    down(i->high);
  }
}

TEST(Parser, GivesSpansThatLieInsideTheirParents) {
  const ParseResult result = parse(source_of(kProgram));
  ASSERT_TRUE(result.errors.empty()) << render(result.errors);
  int visited = 0;
  const std::function<void(const Body&)> body = [&](const Body& b) {
    EXPECT_EQ(text_at(b.open), "{");
    EXPECT_TRUE(text_at(b.span).ends_with("}"));
    for (const Statement& s : b.statements) {
      EXPECT_GE(s.span.begin, b.span.begin);
      EXPECT_LE(s.span.end, b.span.end);
      const Expr* top = nullptr;
      if (const auto* derive = std::get_if<Derive>(&s.node)) top = derive->value.get();
      if (const auto* assign = std::get_if<Assign>(&s.node)) top = assign->value.get();
      if (const auto* verify = std::get_if<Verify>(&s.node)) top = verify->condition.get();
      if (const auto* when = std::get_if<When>(&s.node)) {
        top = when->condition.get();
        body(when->then);
        if (when->otherwise) body(*when->otherwise);
      }
      if (const auto* group = std::get_if<Group>(&s.node)) body(group->body);
      if (top == nullptr) continue;
      EXPECT_LE(top->span.end, s.span.end);
      walk(*top, [&](const Expr& expr, const Expr* parent) {
        ++visited;
        EXPECT_LT(expr.span.begin, expr.span.end);
        if (parent == nullptr) return;
        EXPECT_GE(expr.span.begin, parent->span.begin);
        EXPECT_LE(expr.span.end, parent->span.end);
        EXPECT_LT(expr.height, parent->height);
      });
    }
  };
  for (const Block& block : result.file.blocks) body(block.body);
  EXPECT_GT(visited, 20);
}

TEST(Parser, SpansAreTheTextThatWasWritten) {
  const StatementsResult result = parse_statements(source_of("model.d = f(1 + 2, \"x\")"));
  const auto& assign = std::get<Assign>(result.statements.at(0).node);
  EXPECT_EQ(text_at(result.statements[0].span), "model.d = f(1 + 2, \"x\")");
  EXPECT_EQ(text_at(assign.path.span), "model.d");
  EXPECT_EQ(text_at(assign.path.parts[1].span), "d");
  const auto& call = std::get<Call>(assign.value->node);
  EXPECT_EQ(text_at(call.arguments[0].value->span), "1 + 2");
  EXPECT_EQ(text_at(call.arguments[1].value->span), "\"x\"");
}

TEST(Parser, ReportsSeveralErrorsAtOnceAndKeepsTheRest) {
  const ParseResult result =
      parse(source_of("ascender 1\ndynamics {\n a = \n b = 2\n c c\n d = 4\n e = )\n}\n"));
  EXPECT_EQ(result.errors.size(), 3u) << render(result.errors);
  EXPECT_EQ(dump(result.file), "ascender 1\ndynamics\n  assign b = 2\n  assign d = 4\n");
}

TEST(Parser, StopsAfterAHundredErrorsAndSaysSo) {
  std::string text = "ascender 1\ndynamics {\n";
  for (int i = 0; i < 500; ++i) text += "a = \n";
  const ParseResult result = parse(source_of(text + "}\n"));
  ASSERT_EQ(result.errors.size(), 101u);
  EXPECT_EQ(result.errors.back().code, "E0210");
}

TEST(Parser, SurvivesDeepNestingOfEveryKind) {
  const auto repeat = [](const std::string& text, int n) {
    std::string out;
    for (int i = 0; i < n; ++i) out += text;
    return out;
  };
  constexpr int kDeep = 20'000;
  for (const char* opening : {"(", "{", "[", "f(", "f(a = ", "-", "not ", "x[", "1 + (", "{1, ", "[1, "}) {
    const StatementsResult result = parse_statements(source_of("x = " + repeat(opening, kDeep)));
    EXPECT_FALSE(result.errors.empty()) << opening;
  }
  for (const char* link : {" + 1", " * 1", " and b", "[c]", " -> b", " .. 2"}) {
    const StatementsResult result = parse_statements(source_of("x = f(1)" + repeat(link, kDeep)));
    ASSERT_EQ(result.errors.size(), 1u) << link;
    EXPECT_EQ(result.errors[0].code, "E0208") << link;
  }
  for (const char* block : {"g { ", "when x { ", "when x { } else { "}) {
    const ParseResult result = parse(source_of("ascender 1\ndynamics { " + repeat(block, kDeep)));
    EXPECT_FALSE(result.errors.empty()) << block;
  }
}

TEST(Parser, ReadsADottedNameOfAnyLength) {
  std::string path = "a";
  for (int i = 0; i < 50'000; ++i) path += ".a";
  EXPECT_TRUE(parse_statements(source_of(path + " = 1")).errors.empty());
}

TEST(Parser, EmptyTextLacksTheFirstLine) {
  for (const char* text : {"", "\n\n", "# only a comment", "   "}) {
    const ParseResult result = parse(source_of(text));
    ASSERT_EQ(result.errors.size(), 1u) << text;
    EXPECT_EQ(result.errors[0].code, "E0201");
  }
}

// Words, marks, numbers and brackets of the language in any order.
rc::Gen<std::string> token_soup() {
  std::vector<std::string> tokens = {"(",        ")",       "{",
                                     "}",        "[",       "]",
                                     "=",        "==",      "!=",
                                     "<",        "<=",      ">",
                                     ">=",       "->",      "..",
                                     "+",        "-",       "*",
                                     "/",        ".",       ",",
                                     ":",        ";",       "\n",
                                     "\n",       "1",       "20_000",
                                     "1.5e3",    "\"s\"",   "\"",
                                     "x",        "model.d", "f(",
                                     " ",        "# c\n",   "%",
                                     "steps",    "GiB",     "ascender 1\n",
                                     "\xC3\xBC", "\\"};
  for (const auto* words :
       {&file_words(), &block_words(), &statement_words(), &clause_words(), &operator_words()}) {
    tokens.insert(tokens.end(), words->begin(), words->end());
  }
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(tokens)),
                      [](const std::vector<std::string>& parts) {
                        std::string out;
                        for (const std::string& part : parts) out += part + " ";
                        return out;
                      });
}

bool lies_in(const Diagnostic& d) {
  if (!d.span.source) return true;
  return d.span.begin <= d.span.end && d.span.end <= d.span.source->text.size() && !d.message.empty();
}

TEST(Parser, AnswersAnyTokensWithATreeOrDiagnostics) {
  EXPECT_TRUE(rc::check([] {
    const std::string soup = *token_soup();
    for (const std::string& text : {soup, "ascender 1\ndesign_space {\n" + soup + "\n}\n"}) {
      const ParseResult result = parse(source_of(text));
      for (const Diagnostic& d : result.errors) RC_ASSERT(lies_in(d));
      RC_ASSERT(!render(result.errors).empty() || !dump(result.file).empty());
    }
    for (const Diagnostic& d : parse_statements(source_of(soup)).errors) RC_ASSERT(lies_in(d));
  }));
}

// Expressions printed with every bracket parse to what they were.
struct Grown {
  std::string text;
  std::string tree;
};

Grown grow(int depth) {
  const int kind = depth == 0 ? *rc::gen::inRange(0, 3) : *rc::gen::inRange(0, 9);
  if (kind == 0) {
    const int n = *rc::gen::inRange(0, 1000);
    return {std::to_string(n), std::to_string(n)};
  }
  if (kind == 1) return {"a.b", "a.b"};
  if (kind == 2) return {"\"s\"", "\"s\""};
  if (kind == 3) {
    const Grown x = grow(depth - 1);
    return {fmt::format("-({})", x.text), fmt::format("(- {})", x.tree)};
  }
  if (kind == 4) {
    const Grown x = grow(depth - 1);
    return {fmt::format("f({}, k = {})", x.text, x.text), fmt::format("(call f {} k={})", x.tree, x.tree)};
  }
  if (kind == 5) {
    const Grown x = grow(depth - 1);
    return {fmt::format("{{{}, 1}}", x.text), fmt::format("(set {} 1)", x.tree)};
  }
  const auto* op = *rc::gen::elementOf(
      std::vector<const char*>{"or", "and", "==", "<", "in", "->", "..", "+", "*", "mod"});
  const Grown x = grow(depth - 1);
  const Grown y = grow(depth - 1);
  return {fmt::format("({}) {} ({})", x.text, op, y.text), fmt::format("({} {} {})", op, x.tree, y.tree)};
}

TEST(Parser, ReadsBackExpressionsThatAreWrittenWithEveryBracket) {
  EXPECT_TRUE(rc::check([] {
    const Grown grown = grow(4);
    const StatementsResult result = parse_statements(source_of("x = " + grown.text));
    RC_ASSERT(result.errors.empty());
    RC_ASSERT(dump(*std::get<Assign>(result.statements.at(0).node).value) == grown.tree);
  }));
}

}  // namespace
}  // namespace ascender::spec
