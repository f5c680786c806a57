// Settings that only some choices read, and words of a choice that stand for several settings. What a weaker
// layer gave for another choice is dropped; given beside the choice, or above it, it is a fault.
#pragma once

#include <optional>

#include "ascender/spec/resolve.h"

namespace ascender::spec {

// The first reader of `field` that does not hold at this point; null: it is read.
const Reader* unmet_reader(const Field& field, const Names& names, Resolver& resolver);

// E0514, when `setting` was given at least as strongly as the choice that does not read it.
std::optional<Diagnostic> not_read(const Field& field, const Span& given, const Reader& reader,
                                   const Model& model, const Names& names, Resolver& resolver);

// E0515, when `given` (a value of preset.path) contradicts `choice` and is as strong.
std::optional<Diagnostic> contradicts(const Assignment& given, const Assignment& choice, const Preset& preset,
                                      const Model& model, const Names& names);

}  // namespace ascender::spec
