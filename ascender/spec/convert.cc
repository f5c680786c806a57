#include "ascender/spec/convert.h"

#include <algorithm>
#include <cmath>
#include <fmt/core.h>
#include <fmt/ranges.h>

#include "ascender/spec/lexer.h"

namespace ascender::spec {
namespace {

constexpr int64_t kMaxList = 100'000;

std::string with_article(const char* noun) {
  return fmt::format("{} {}", std::string_view("aeiou").find(noun[0]) == std::string_view::npos ? "a" : "an",
                     noun);
}

class Converter {
 public:
  Converter(const Field& field, const Span& span, Report& report)
      : field_(field), span_(span), report_(report) {}

  std::optional<Value> convert(const Constant& c) {
    switch (field_.type) {
      case ValueType::kBool:
        return boolean(c);
      case ValueType::kInt:
        return integer(c);
      case ValueType::kFloat:
        return real(c);
      case ValueType::kString:
      case ValueType::kPath:
        return text(c);
      case ValueType::kEnum:
        return enumerator(c);
      case ValueType::kIntList:
        return integers(c);
      case ValueType::kStringList:
        return texts(c);
    }
    return std::nullopt;
  }

 private:
  std::nullopt_t wrong_type(const Constant& c) {
    std::string help;
    if (const auto* symbol = std::get_if<Symbol>(&c.held)) {
      if (field_.type == ValueType::kString || field_.type == ValueType::kPath) {
        help = fmt::format("write it in double quotes: \"{}\"", symbol->text);
      }
    }
    report_.error(
        "E0404",
        fmt::format("`{}` must be {}, not {}", field_.path, with_article(name_of(field_.type)), describe(c)),
        span_, help);
    return std::nullopt;
  }

  std::optional<Value> boolean(const Constant& c) {
    if (const auto* x = std::get_if<bool>(&c.held)) return *x;
    const auto* symbol = std::get_if<Symbol>(&c.held);
    if (symbol != nullptr && (symbol->text == "on" || symbol->text == "off")) return symbol->text == "on";
    return wrong_type(c);
  }

  bool unit_fits(const Quantity& q) {
    const Dimension wanted = dimension_of(field_.unit);
    const bool plain = q.dimension.none();
    if (q.dimension == wanted) return true;
    if (plain && (field_.unit != Unit::kSeconds || q.value == std::floor(q.value))) return true;
    std::string help;
    if (plain) help = fmt::format("say in which unit: `{} s` or `{} ms`", q.value, q.value * 1e3);
    if (field_.unit == Unit::kExamples && q.dimension == Dimension::of(Base::kTokens)) {
      help = "tokens become examples only through the length of a sequence: divide by it";
    }
    const std::string got = name_of(q.dimension);
    std::string message =
        fmt::format("`{}` is counted in {}, not in {}", field_.path, name_of(field_.unit), got);
    if (plain)
      message = fmt::format("`{}` is counted in {}, and {} has no unit", field_.path, name_of(field_.unit),
                            q.value);
    if (wanted.none()) message = fmt::format("`{}` takes a plain number, not {}", field_.path, got);
    report_.error("E0403", std::move(message), span_, help);
    return false;
  }

  std::optional<int64_t> whole(const Constant& c) {
    const auto* q = std::get_if<Quantity>(&c.held);
    if (q == nullptr) return wrong_type(c);
    if (!unit_fits(*q)) return std::nullopt;
    if (q->whole) return *q->whole;
    if (q->value == std::floor(q->value) && std::abs(q->value) <= 0x1p53)
      return static_cast<int64_t>(q->value);
    report_.error("E0407", fmt::format("`{}` must be a whole number, not {}", field_.path, q->value), span_);
    return std::nullopt;
  }

  std::optional<Value> integer(const Constant& c) {
    const auto x = whole(c);
    return x ? allowed(*x) : std::nullopt;
  }

  std::optional<Value> real(const Constant& c) {
    const auto* q = std::get_if<Quantity>(&c.held);
    if (q == nullptr) return wrong_type(c);
    return unit_fits(*q) ? allowed(q->value) : std::nullopt;
  }

  std::optional<Value> text(const Constant& c) {
    if (const auto* x = std::get_if<std::string>(&c.held)) return allowed(*x);
    return wrong_type(c);
  }

  std::optional<Value> enumerator(const Constant& c) {
    if (const auto* x = std::get_if<Symbol>(&c.held)) return allowed(x->text);
    if (const auto* x = std::get_if<std::string>(&c.held)) return allowed(*x);
    if (const auto* x = std::get_if<bool>(&c.held)) return allowed(std::string(*x ? "true" : "false"));
    return wrong_type(c);
  }

  std::optional<Value> integers(const Constant& c) {
    std::vector<int64_t> out;
    if (const auto* range = std::get_if<Between>(&c.held)) {
      if (!range->stepped) return wrong_type(c);
      const auto low = whole({range->low});
      const auto high = whole({range->high});
      if (!low || !high) return std::nullopt;
      if (*low > *high || *high - kMaxList >= *low) return bad_range(*low, *high);
      for (int64_t x = *low; x <= *high; ++x) out.push_back(x);
    } else if (const auto* list = std::get_if<List>(&c.held)) {
      for (const Constant& item : list->items) {
        const auto x = whole(item);
        if (!x) return std::nullopt;
        out.push_back(*x);
      }
    } else {
      const auto x = whole(c);
      if (!x) return std::nullopt;
      out.push_back(*x);
    }
    return allowed(std::move(out));
  }

  std::nullopt_t bad_range(int64_t low, int64_t high) {
    report_.error("E0503",
                  low > high
                      ? fmt::format("the range {} .. {} is empty", low, high)
                      : fmt::format("the range {} .. {} has more than {} numbers", low, high, kMaxList),
                  span_);
    return std::nullopt;
  }

  std::optional<Value> texts(const Constant& c) {
    const auto* list = std::get_if<List>(&c.held);
    const List one{{c}};
    std::vector<std::string> out;
    for (const Constant& item : (list != nullptr ? *list : one).items) {
      if (const auto* x = std::get_if<std::string>(&item.held)) {
        out.push_back(*x);
      } else if (const auto* symbol = std::get_if<Symbol>(&item.held)) {
        out.push_back(symbol->text);
      } else {
        return wrong_type(item);
      }
    }
    return allowed(std::move(out));
  }

  std::optional<Value> allowed(Value value) {
    const auto why = Schema::refuse(field_, value);
    if (!why) return value;
    std::string help;
    if (const auto* word = std::get_if<std::string>(&value)) help = did_you_mean(*word, field_.choices);
    const auto* x = std::get_if<double>(&value);
    if (field_.unit == Unit::kFraction && x != nullptr && *x > 1)
      help = fmt::format("did you mean `{} %`?", *x);
    report_.error("E0501", fmt::format("`{}` {}, not {}", field_.path, *why, ascender::to_text(value)), span_,
                  help);
    return std::nullopt;
  }

  const Field& field_;
  const Span& span_;
  Report& report_;
};

}  // namespace

std::optional<Value> to_value(const Constant& constant, const Field& field, const Span& span,
                              Report& report) {
  return Converter(field, span, report).convert(constant);
}

Constant from_value(const Value& value, const Field& field) {
  const Dimension dimension = dimension_of(field.unit);
  if (const auto* x = std::get_if<bool>(&value)) return {*x};
  if (const auto* x = std::get_if<int64_t>(&value)) return make_whole(*x, dimension);
  if (const auto* x = std::get_if<double>(&value)) return make_real(*x, dimension);
  if (const auto* x = std::get_if<std::string>(&value)) {
    return field.type == ValueType::kEnum ? Constant{Symbol{*x}} : Constant{*x};
  }
  List list;
  if (const auto* x = std::get_if<std::vector<int64_t>>(&value)) {
    for (int64_t item : *x) list.items.push_back(make_whole(item, dimension));
  } else {
    for (const std::string& item : std::get<std::vector<std::string>>(value))
      list.items.push_back({Symbol{item}});
  }
  return {std::move(list)};
}

std::string to_source(const Value& value, const Field& field) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    return field.type == ValueType::kEnum && is_identifier(*text) ? *text : encode_string(*text);
  }
  if (const auto* texts = std::get_if<std::vector<std::string>>(&value)) {
    std::vector<std::string> quoted;
    for (const std::string& text : *texts) quoted.push_back(encode_string(text));
    return fmt::format("{{{}}}", fmt::join(quoted, ", "));
  }
  const bool numeric = field.type == ValueType::kInt || field.type == ValueType::kFloat;
  switch (numeric ? field.unit : Unit::kNone) {
    case Unit::kSteps:
    case Unit::kExamples:
    case Unit::kTokens:
      return fmt::format("{} {}", ascender::to_text(value), name_of(field.unit));
    case Unit::kBytes:
      return fmt::format("{} B", ascender::to_text(value));
    case Unit::kSeconds:
      return fmt::format("{} s", ascender::to_text(value));
    case Unit::kNone:
    case Unit::kFraction:
      break;
  }
  return ascender::to_text(value);
}

}  // namespace ascender::spec
