// Values of expressions, as far as they are known before a run.
#pragma once

#include "ascender/base/config.h"
#include "ascender/spec/constant.h"

namespace ascender::spec {

struct Outcome {
  enum class State {
    kKnown,
    kUnknown,  // sound, but known only once a model is built or a run measured
    kFault,    // reported
    kNoName    // of Scope::read: nothing has this name
  };
  State state = State::kFault;
  Constant value{false};
  const Field* field = nullptr;  // of a value read from a setting

  bool known() const { return state == State::kKnown; }
  static Outcome known_as(Constant value, const Field* field = nullptr) {
    return {State::kKnown, std::move(value), field};
  }
  static Outcome unknown() { return {State::kUnknown, {false}, nullptr}; }
  static Outcome fault() { return {}; }
  static Outcome no_name() { return {State::kNoName, {false}, nullptr}; }
};

// Where names get their values.
class Scope {
 public:
  virtual ~Scope() = default;
  virtual Outcome read(const Path& path) = 0;
  virtual std::string suggest(const Path& path) = 0;
};

class Evaluator {
 public:
  // `lenient`: an unknown single name is a silent fault, because the line that declares it did not parse.
  Evaluator(Scope& scope, Report& report, bool lenient) : scope_(scope), report_(report), lenient_(lenient) {}

  // `expected`: the setting that the value is for; its choices are then names of values before any other
  // name.
  Outcome evaluate(const Expr& expr, const Field* expected = nullptr);
  // The value of a condition; E0404 when it is no truth value.
  Outcome truth(const Expr& expr);

 private:
  Outcome dispatch(const Expr& expr, const Field* expected);
  Outcome operand(const Expr& expr);  // an unknown name is a fault
  Outcome unknown_name(const Reference& reference);
  Outcome reference(const Reference& reference, const Field* expected);
  Outcome call(const Call& call, const Expr& expr);
  Outcome function(const Call& call, const std::vector<Constant>& arguments);
  Outcome unary(const Unary& unary);
  Outcome binary(const Binary& binary);
  Outcome logical(const Binary& binary);
  Outcome comparison(const Binary& binary);
  Outcome membership(const Binary& binary);
  Outcome list(const std::vector<ExprPtr>& items, const Field* expected);
  Outcome between(const Expr& low, const Expr& high, bool stepped);

  Scope& scope_;
  Report& report_;
  bool lenient_;
  int depth_ = 0;
};

}  // namespace ascender::spec
