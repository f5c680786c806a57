// From a constant to the value of a setting: type, unit, range and choices are checked against its Field.
#pragma once

#include <optional>

#include "ascender/base/config.h"
#include "ascender/spec/constant.h"

namespace ascender::spec {

// Faults (E0403 unit, E0404 type, E0407 not whole, E0501 not allowed) are reported at `span`.
std::optional<Value> to_value(const Constant& constant, const Field& field, const Span& span, Report& report);

// The constant that reading a setting gives.
Constant from_value(const Value& value, const Field& field);

// How a value is written in the language: 500 steps, "text", {1, 2}. Reading it back gives the value to the
// bit.
std::string to_source(const Value& value, const Field& field);

}  // namespace ascender::spec
