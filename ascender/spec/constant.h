// Values of expressions that are known before a run, and their arithmetic with units: + - and comparisons
// take one dimension on both sides, or a plain number beside it (it takes the other's unit); * and / multiply
// dimensions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ascender/spec/report.h"
#include "ascender/spec/tree.h"

namespace ascender::spec {

struct Quantity {
  double value = 0;              // in base units
  std::optional<int64_t> whole;  // the same, where exactly known as a whole number
  Dimension dimension;
};
struct Symbol {  // an enumerator
  std::string text;
};
struct Constant;
struct List {  // a set
  std::vector<Constant> items;
};
struct Between {  // lo .. hi, or [lo, hi]; `stepped`: the whole numbers of lo .. hi
  Quantity low;
  Quantity high;
  bool stepped = false;
};
struct Constant {
  std::variant<bool, Quantity, std::string, Symbol, List, Between> held;
};

Constant make_whole(int64_t value, const Dimension& dimension = {});
Constant make_real(double value, const Dimension& dimension = {});
Quantity quantity_of(const Number& number);

// "the number 1.5 steps", "the string \"x\"": for messages.
std::string describe(const Constant& constant);

// True when values of the two dimensions can be added and compared.
bool go_together(const Dimension& a, const Dimension& b);
// E0402 with both spans.
void report_mismatch(Report& report, const Dimension& a, const Span& at_a, const Dimension& b,
                     const Span& at_b);

// The arithmetic operators on numbers; a fault (E0402, E0406, E0511) is reported and gives nothing.
std::optional<Constant> arithmetic(Op op, const Constant& a, const Span& at_a, const Constant& b,
                                   const Span& at_b, Report& report);
// a OP b for == != < <= > >=; enumerators and strings compare as text, on/off as booleans.
std::optional<bool> compare(Op op, const Constant& a, const Span& at_a, const Constant& b, const Span& at_b,
                            Report& report);

}  // namespace ascender::spec
