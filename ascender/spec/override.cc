#include "ascender/spec/override.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "ascender/spec/lexer.h"
#include "ascender/spec/parse.h"

namespace ascender::spec {
namespace {

bool is_path(std::string_view text) {
  const auto name = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
  };
  return !text.empty() && std::ranges::all_of(text, name) && text.front() != '.' && text.back() != '.';
}

size_t skip_blanks(std::string_view text, size_t at) {
  while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
  return at;
}

Path split_path(const std::shared_ptr<const Source>& source, size_t begin, size_t end) {
  Path path;
  path.span = {source, begin, end};
  for (size_t at = begin; at <= end;) {
    const size_t dot = std::min(source->text.find('.', at), end);
    path.parts.push_back({source->text.substr(at, dot - at), {source, at, dot}});
    at = dot + 1;
  }
  return path;
}

// path = rest of the argument, for a setting that holds text; nothing when the grammar should read it.
std::optional<Statement> bare_text(const std::shared_ptr<const Source>& source, const Names& names) {
  const std::string_view text = source->text;
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos || first_invalid_utf8(text)) return std::nullopt;
  const size_t begin = skip_blanks(text, 0);
  size_t end = equals;
  while (end > begin && (text[end - 1] == ' ' || text[end - 1] == '\t')) --end;
  const std::string_view name = text.substr(begin, end - begin);
  const size_t value = skip_blanks(text, equals + 1);
  if (!is_path(name) || value == text.size() || text[value] == '"' || text[value] == '=') return std::nullopt;
  const std::vector<const Field*> fields = names.find(name);
  if (fields.size() != 1) return std::nullopt;
  const std::string rest(text.substr(value));
  const Field& field = *fields[0];
  const bool holds_text = field.type == ValueType::kString || field.type == ValueType::kPath;
  const bool is_choice =
      field.type == ValueType::kEnum && std::ranges::find(field.choices, rest) != field.choices.end();
  if (!holds_text && !is_choice) return std::nullopt;
  auto expr = std::make_unique<const Expr>(
      Expr{.span = {source, value, text.size()}, .height = 1, .node = Text{rest}});
  return Statement{.span = {source, begin, text.size()},
                   .node = Assign{split_path(source, begin, end), std::move(expr)}};
}

}  // namespace

std::shared_ptr<const File> parse_override(const std::shared_ptr<const Source>& source, const Names& names,
                                           Report& report, bool& has_syntax_errors) {
  auto file = std::make_shared<File>();
  file->source = source;
  file->version = kLanguageVersion;
  Block block;
  block.kind = BlockKind::kOverride;
  if (auto statement = bare_text(source, names)) {
    block.body.statements.push_back(std::move(*statement));
  } else {
    StatementsResult result = parse_statements(source);
    has_syntax_errors |= !result.errors.empty();
    for (Diagnostic& d : result.errors) report.add(std::move(d));
    block.body.statements = std::move(result.statements);
  }
  file->blocks.push_back(std::move(block));
  return file;
}

}  // namespace ascender::spec
