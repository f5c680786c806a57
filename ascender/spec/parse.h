// Text to tree: a hand-written LL(1) parser with Pratt expressions (grammar: docs/language.md). A faulty
// statement is reported and left out, and parsing goes on at the next line or `}`, so that one call finds
// several faults.
#pragma once

#include <memory>
#include <vector>

#include "ascender/spec/tree.h"

namespace ascender::spec {

struct ParseResult {
  File file;
  std::vector<Diagnostic> errors;  // E01xx, E02xx, unknown units
};
ParseResult parse(std::shared_ptr<const Source> source);

// The statements of an override such as <cli:1>: no version line, no block.
struct StatementsResult {
  std::vector<Statement> statements;
  std::vector<Diagnostic> errors;
};
StatementsResult parse_statements(std::shared_ptr<const Source> source);

}  // namespace ascender::spec
