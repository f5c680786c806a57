// Checks of what is not run: functions, metrics, names and units of objectives, guards, claims, rules.
#pragma once

#include "ascender/spec/model.h"

namespace ascender::spec {

void check_later(const Model& model, const Names& names, Report& report);

}  // namespace ascender::spec
