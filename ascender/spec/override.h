// An override from the command line, as a file of one block.
#pragma once

#include <memory>

#include "ascender/spec/names.h"
#include "ascender/spec/report.h"
#include "ascender/spec/tree.h"

namespace ascender::spec {

// The same grammar as in a file. The value of a string or path setting, and a choice, may stand without
// quotes: the rest of the argument is then taken as it is (data.path=../x.txt). Sets `has_syntax_errors` when
// it reports one.
std::shared_ptr<const File> parse_override(const std::shared_ptr<const Source>& source, const Names& names,
                                           Report& report, bool& has_syntax_errors);

}  // namespace ascender::spec
