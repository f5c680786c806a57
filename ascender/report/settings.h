// The reference of settings, from the schema alone: `ascender settings` and docs/settings.md.
#pragma once

#include <string>

#include "ascender/base/config.h"
#include "ascender/report/terminal.h"

namespace ascender {

// Every setting whose path is `prefix` or begins with `prefix.`; "" where there is none.
std::string settings_text(const Schema& schema, const std::string& prefix, TextStyle style);

// The page, a table for each group of settings.
std::string settings_page(const Schema& schema);

}  // namespace ascender
