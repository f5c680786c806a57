#include "ascender/spec/tree.h"

#include <array>
#include <fmt/core.h>

#include "ascender/spec/lexer.h"

namespace ascender::spec {
namespace {

std::string join(const std::vector<ExprPtr>& items) {
  std::string out;
  for (const ExprPtr& item : items) out += fmt::format(" {}", dump(*item));
  return out;
}

struct PrintExpr {
  std::string operator()(const Number& n) const {
    const std::string number = n.whole ? std::to_string(*n.whole) : fmt::format("{}", n.value);
    return n.unit_text.empty() ? number : fmt::format("{}:{}", number, n.unit_text);
  }
  std::string operator()(const Text& t) const { return encode_string(t.value); }
  std::string operator()(const Reference& r) const { return r.path.text(); }
  std::string operator()(const Call& c) const {
    std::string out = "(call " + c.callee.text();
    for (const Argument& a : c.arguments)
      out += fmt::format(" {}{}", a.name ? a.name->text + "=" : "", dump(*a.value));
    return out + ")";
  }
  std::string operator()(const Filter& f) const {
    return fmt::format("(filter {} {})", dump(*f.base), dump(*f.condition));
  }
  std::string operator()(const Member& m) const {
    return fmt::format("(. {} {})", dump(*m.base), m.name.text);
  }
  std::string operator()(const Unary& u) const {
    return fmt::format("({} {})", name_of(u.op), dump(*u.operand));
  }
  std::string operator()(const Binary& b) const {
    return fmt::format("({} {} {})", name_of(b.op), dump(*b.left), dump(*b.right));
  }
  std::string operator()(const Tuple& t) const { return "(tuple" + join(t.items) + ")"; }
  std::string operator()(const Set& s) const { return "(set" + join(s.items) + ")"; }
  std::string operator()(const Interval& i) const {
    return fmt::format("(interval {} {})", dump(*i.low), dump(*i.high));
  }
};

std::string text_of(const std::vector<Act>& acts) {
  std::string out;
  for (const Act& act : acts) {
    out += out.empty() ? "" : ", ";
    if (act.path) out += fmt::format("{} {} ", act.path->text(), act.narrows ? "in" : "=");
    out += dump(*act.value);
  }
  return out;
}

class Printer {
 public:
  std::string take() { return std::move(out_); }

  void body(const Body& body) {
    depth_ += 1;
    for (const Statement& statement : body.statements) std::visit(*this, statement.node);
    depth_ -= 1;
  }
  void line(const std::string& text) { out_ += std::string(2 * depth_, ' ') + text + "\n"; }

  void operator()(const Assign& s) { line(fmt::format("assign {} = {}", s.path.text(), dump(*s.value))); }
  void operator()(const Domain& s) {
    line(fmt::format("domain {} in {}{}", s.path.text(), dump(*s.domain),
                     s.fallback ? " default " + dump(*s.fallback) : ""));
  }
  void operator()(const Group& s) {
    line(fmt::format("group {}{}", s.path.text(), s.label ? " " + s.label->text : ""));
    body(s.body);
  }
  void operator()(const Goal& s) {
    line(fmt::format("{} {}", s.maximize ? "maximize" : "minimize", dump(*s.metric)));
  }
  void operator()(const Expect& s) { line("expect " + dump(*s.condition)); }
  void operator()(const SubjectTo& s) { line("subject_to" + join(s.conditions)); }
  void operator()(const Verify& s) {
    line(fmt::format("verify {}: {} by {}", s.name.text, dump(*s.condition), dump(*s.test)));
  }
  void operator()(const Derive& s) { line(fmt::format("derive {} = {}", s.name.text, dump(*s.value))); }
  void operator()(const Require& s) {
    line(
        fmt::format("require {}{}", dump(*s.condition), s.message.empty() ? "" : " : \"" + s.message + "\""));
  }
  void operator()(const When& s) {
    line("when " + dump(*s.condition));
    body(s.then);
    if (!s.otherwise) return;
    line("else");
    body(*s.otherwise);
  }
  void operator()(const Vary& s) {
    std::string out = "vary";
    for (const Path& path : s.paths) out += fmt::format(" {}", path.text());
    line(out);
  }
  void operator()(const Hold& s) {
    line(fmt::format("hold {} within {} of {} adjusting {}", dump(*s.subject), dump(*s.within), dump(*s.of),
                     s.adjusting.text()));
  }
  void operator()(const Guard& s) {
    line(fmt::format("guard {}: when {} then {}{}", s.name.text, dump(*s.condition), text_of(s.acts),
                     s.limit ? fmt::format(" limit {}", *s.limit) : ""));
  }
  void operator()(const Stop& s) {
    line(fmt::format("stop when {}{}", dump(*s.condition), s.duration ? " for " + dump(*s.duration) : ""));
  }
  void operator()(const Checkpoint& s) {
    line(fmt::format("checkpoint every{}{}", join(s.every), s.keep ? " keep " + dump(*s.keep) : ""));
  }
  void operator()(const On& s) { line(fmt::format("on {} -> {}", s.event.text, text_of(s.acts))); }
  void operator()(const Fact& s) {
    line(fmt::format("fact {} = {}{}", s.name.text, dump(*s.value),
                     s.source.empty() ? "" : " from \"" + s.source + "\""));
  }
  void operator()(const Claim& s) {
    line(fmt::format("claim {}: {} because evidence", s.name.text, dump(*s.effect)));
    body(s.evidence);
  }
  void operator()(const Rule& s) {
    line(fmt::format("rule {}: if {} then {}", s.name.text, dump(*s.condition), text_of(s.acts)));
  }

 private:
  size_t depth_ = 0;
  std::string out_;
};

}  // namespace

const char* name_of(Op op) {
  static constexpr std::array kNames = {
      "or", "and", "not", "==", "!=", "<", "<=", ">", ">=", "in", "->", "..", "+", "-", "*", "/", "mod", "-"};
  return kNames[static_cast<size_t>(op)];
}

bool is_comparison(Op op) { return op >= Op::kEqual && op <= Op::kIn; }

std::string Path::text() const {
  std::string out;
  for (const Name& part : parts) out += (out.empty() ? "" : ".") + part.text;
  return out;
}

std::string dump(const Expr& expr) { return std::visit(PrintExpr{}, expr.node); }

std::string dump(const File& file) {
  Printer printer;
  printer.line(fmt::format("ascender {}", file.version));
  for (const Use& use : file.uses) {
    printer.line(use.extends ? fmt::format("extends \"{}\"", use.text)
                             : fmt::format("import \"{}\" as {}", use.text, use.alias.text));
  }
  for (const Block& block : file.blocks) {
    printer.line(fmt::format("{}{}", name_of(block.kind), block.name ? " " + block.name->text : ""));
    printer.body(block.body);
  }
  return printer.take();
}

}  // namespace ascender::spec
