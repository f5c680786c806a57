#include "ascender/data/corpus.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "ascender/base/check.h"
#include "ascender/base/diagnostic.h"
#include "ascender/base/error.h"
#include "ascender/base/hash.h"

namespace ascender {
namespace {

namespace fs = std::filesystem;

constexpr const char* kNamedBy = "`data.path` names it";
constexpr size_t kPiece = size_t{1} << 22;  // bytes of text tokenised at a time

fs::path require_readable(fs::path path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) {
    throw InputError("E0704", fmt::format("the text {} does not exist", path.native()),
                     fmt::format("`data.path` is relative to {}", fs::current_path().native()));
  }
  if (error)
    throw InputError("E0704", fmt::format("the text {} cannot be read: {}", path.native(), error.message()),
                     kNamedBy);
  if (!fs::is_regular_file(status)) {
    throw InputError("E0705",
                     fmt::format("{} is {}, not a text file", path.native(),
                                 fs::is_directory(status) ? "a folder" : "no regular file"),
                     kNamedBy);
  }
  if (::faccessat(AT_FDCWD, path.c_str(), R_OK, AT_EACCESS) != 0) {
    throw InputError("E0704", fmt::format("the text {} cannot be read: permission denied", path.native()),
                     kNamedBy);
  }
  if (fs::file_size(path) == 0)
    throw InputError("E0706", fmt::format("the text {} is empty", path.native()), kNamedBy);
  return path;
}

std::vector<int32_t> encode_all(const SourceText& source, const Tokenizer& tokenizer) {
  std::vector<int32_t> ids;
  TextOrigin origin = source.origin();
  std::string_view rest = source.text();
  size_t wanted = kPiece;
  while (!rest.empty()) {
    const std::string_view head = rest.substr(0, wanted);
    const size_t length = head.size() == rest.size() ? head.size() : tokenizer.cut(head);
    if (length == 0) {  // nothing in so long a piece can be cut: look further
      wanted *= 2;
      continue;
    }
    const std::string_view piece = rest.substr(0, length);
    tokenizer.append_ids(piece, origin, ids);
    origin = origin.after(piece);
    rest.remove_prefix(length);
    wanted = kPiece;
  }
  return ids;
}

fs::path cache_file(const fs::path& cache, const SourceText& source, const TokenFileIdentity& identity) {
  const std::string key = sha256_hex(identity.tokenizer_hash + identity.text_hash).substr(0, 16);
  return cache / fmt::format("{}-{}.tokens", source.path().stem().native(), key);
}

// The cached file when it is there and right; else why not, or "" when there is none.
TokenFile::Opened open_cached(const fs::path& path, const TokenFileIdentity& identity) {
  std::error_code error;
  if (!fs::exists(path, error)) return {std::nullopt, ""};
  try {
    TokenFile::Opened opened = TokenFile::map(path);
    if (opened.file && opened.file->identity() != identity)
      return {std::nullopt, "it holds another text or tokeniser"};
    return opened;
  } catch (const EnvironmentError& failure) {
    return {std::nullopt, failure.what()};
  }
}

}  // namespace

SourceText::SourceText(fs::path path)
    : path_(require_readable(std::move(path))), file_(path_), hash_(sha256_hex(text())) {}

std::string_view SourceText::text() const {
  const std::span<const std::byte> bytes = file_.bytes();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Corpus open_corpus(const SourceText& source, const Tokenizer& tokenizer, const fs::path& cache) {
  const TokenFileIdentity identity{tokenizer.hash(), source.hash()};
  const fs::path path = cache_file(cache, source, identity);
  TokenFile::Opened cached = open_cached(path, identity);
  if (cached.file) return {.tokens = std::move(*cached.file), .reused = true, .cached = path, .notes = {}};

  std::vector<std::string> notes;
  if (!cached.fault.empty()) {
    notes.push_back(fmt::format("the token file {} is made again: {}", path.native(), cached.fault));
  }
  std::vector<std::byte> bytes =
      token_file_bytes(encode_all(source, tokenizer), tokenizer.vocab_size(), identity);
  try {
    std::error_code error;
    fs::create_directories(cache, error);
    write_file(path, bytes);
    TokenFile::Opened written = TokenFile::map(path);
    if (written.file)
      return {.tokens = std::move(*written.file), .reused = false, .cached = path, .notes = notes};
    notes.push_back(fmt::format("the token file {} reads back wrong: {}; tokens stay in memory",
                                path.native(), written.fault));
  } catch (const EnvironmentError& failure) {
    notes.push_back(fmt::format("tokens are not kept on disk: {}", failure.what()));
  }
  TokenFile::Opened kept = TokenFile::of(std::move(bytes));
  ASC_CHECK(kept.file.has_value(), "a token file just made: {}", kept.fault);
  return {.tokens = std::move(*kept.file), .reused = false, .cached = {}, .notes = std::move(notes)};
}

}  // namespace ascender
