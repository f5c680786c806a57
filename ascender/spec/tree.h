// The typed tree of a file: what was written, with a span at every node, and nothing resolved. Values own
// their children; heights are bounded by kMaxHeight, so that walking and destroying a tree may recurse.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ascender/base/diagnostic.h"
#include "ascender/spec/unit.h"
#include "ascender/spec/vocabulary.h"

namespace ascender::spec {

inline constexpr int kMaxHeight = 200;

struct Name {
  std::string text;
  Span span;
};

struct Path {  // model.d
  std::vector<Name> parts;
  Span span;
  std::string text() const;
};

struct Expr;
using ExprPtr = std::unique_ptr<const Expr>;

struct Number {                  // 20_000 steps
  double value = 0;              // as written
  std::optional<int64_t> whole;  // the same, where it is written without point and exponent
  double in_base = 0;            // in base units, rounded once: 99.9 % is 0.999
  UnitInfo unit;
  std::string unit_text;  // "" without a unit
};
struct Text {
  std::string value;
};
struct Reference {  // also an enumerator, true, false
  Path path;
};
struct Argument {
  std::optional<Name> name;
  ExprPtr value;
};
struct Call {
  Path callee;
  std::vector<Argument> arguments;
};
struct Filter {  // metric[split == "ood"]
  ExprPtr base;
  ExprPtr condition;
};
struct Member {  // f(x).lower; a dotted name is a Reference
  ExprPtr base;
  Name name;
};
enum class Op {
  kOr,
  kAnd,
  kNot,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIn,
  kArrow,
  kTo,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kNegate
};
const char* name_of(Op op);
bool is_comparison(Op op);  // == != < <= > >= in
struct Unary {
  Op op;
  ExprPtr operand;
};
struct Binary {
  Op op;
  ExprPtr left;
  ExprPtr right;
};
struct Tuple {
  std::vector<ExprPtr> items;
};
struct Set {
  std::vector<ExprPtr> items;
};
struct Interval {
  ExprPtr low;
  ExprPtr high;
};

struct Expr {
  Span span;
  int height = 1;
  std::variant<Number, Text, Reference, Call, Filter, Member, Unary, Binary, Tuple, Set, Interval> node;
};

struct Act {  // path = value, path in value, or call(...)
  Span span;
  std::optional<Path> path;
  bool narrows = false;  // `in`
  ExprPtr value;
};

struct Statement;
struct Body {
  Span open;  // the `{`
  Span span;
  std::vector<Statement> statements;
};

struct Assign {
  Path path;
  ExprPtr value;
};
struct Domain {
  Path path;
  ExprPtr domain;
  ExprPtr fallback;  // after `default`, or null
};
struct Group {  // path [label] { ... }
  Path path;
  std::optional<Name> label;
  Body body;
};
struct Goal {
  bool maximize = false;
  ExprPtr metric;
};
struct Expect {
  ExprPtr condition;
};
struct SubjectTo {
  std::vector<ExprPtr> conditions;
};
struct Verify {
  Name name;
  ExprPtr condition;
  ExprPtr test;
};
struct Derive {
  Name name;
  ExprPtr value;
};
struct Require {
  ExprPtr condition;
  std::string message;  // "" without one
};
struct When {
  ExprPtr condition;
  Body then;
  std::optional<Body> otherwise;
};
struct Vary {
  std::vector<Path> paths;
};
struct Hold {
  ExprPtr subject;
  ExprPtr within;
  ExprPtr of;
  Path adjusting;
};
struct Guard {
  Name name;
  ExprPtr condition;
  std::vector<Act> acts;
  std::optional<int64_t> limit;
};
struct Stop {
  ExprPtr condition;
  ExprPtr duration;  // after `for`, or null
};
struct Checkpoint {
  std::vector<ExprPtr> every;
  ExprPtr keep;  // or null
};
struct On {
  Name event;
  std::vector<Act> acts;
};
struct Fact {
  Name name;
  ExprPtr value;
  std::string source;  // after `from`, or ""
};
struct Claim {
  Name name;
  ExprPtr effect;
  Body evidence;
};
struct Rule {
  Name name;
  ExprPtr condition;
  std::vector<Act> acts;
};

struct Statement {
  Span span;
  std::variant<Assign, Domain, Group, Goal, Expect, SubjectTo, Verify, Derive, Require, When, Vary, Hold,
               Guard, Stop, Checkpoint, On, Fact, Claim, Rule>
      node;
};

struct Block {
  BlockKind kind = BlockKind::kObjective;
  std::optional<Name> name;
  Body body;
};

struct Use {  // import "text" as alias; extends "text"
  bool extends = false;
  std::string text;
  Name alias;  // of an import
  Span span;
};

struct File {
  std::shared_ptr<const Source> source;
  int64_t version = 0;
  std::vector<Use> uses;
  std::vector<Block> blocks;
};

// The tree as indented text, expressions with every bracket: what tests compare.
std::string dump(const Expr& expr);
std::string dump(const File& file);

}  // namespace ascender::spec
