#include "ascender/nn/safetensors/safetensors.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <set>
#include <sys/mman.h>
#include <unistd.h>

#include "ascender/base/diagnostic.h"

namespace ascender {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is little-endian");

using Json = nlohmann::json;
constexpr size_t kLengthBytes = 8;
constexpr uint64_t kMaxHeaderBytes = 100'000'000;  // as the reference implementation
constexpr int kMaxDepth = 3;                       // the file, a tensor, its shape
constexpr size_t kMaxFaults = 20;
constexpr const char* kMetadata = "__metadata__";

struct StoredType {
  const char* name;
  uint64_t bytes;
};
constexpr StoredType kTypes[] = {{"F64", 8}, {"I64", 8}, {"U64", 8},  {"F32", 4},     {"I32", 4},
                                 {"U32", 4}, {"F16", 2}, {"BF16", 2}, {"I16", 2},     {"U16", 2},
                                 {"I8", 1},  {"U8", 1},  {"BOOL", 1}, {"F8_E4M3", 1}, {"F8_E5M2", 1}};

class Parser {
 public:
  Parser(std::span<const std::byte> bytes, const std::string& file) : bytes_(bytes), file_(file) {}

  SafetensorsContents parse() {
    read_header();
    for (const auto& [name, entry] : header_.items()) {
      if (name == kMetadata) {
        read_metadata(entry);
      } else {
        read_tensor(name, entry);
      }
    }
    std::ranges::sort(out_.tensors, [](const StoredTensor& a, const StoredTensor& b) {
      return std::pair(a.bytes.data(), a.bytes.size()) < std::pair(b.bytes.data(), b.bytes.size());
    });
    if (faults_.empty()) check_cover();
    if (!faults_.empty()) throw InputError(std::move(faults_));
    return std::move(out_);
  }

 private:
  // A fault of the whole file ends the work; one of a tensor is collected.
  [[noreturn]] void fail(const std::string& what, const std::string& help = "") const {
    throw InputError("E0731", fmt::format("{} is not a sound safetensors file: {}", file_, what), help);
  }
  void fault(const std::string& tensor, const std::string& what) {
    if (faults_.size() < kMaxFaults) {
      faults_.push_back({.code = "E0732",
                         .severity = Severity::kError,
                         .message = fmt::format("{}: tensor `{}`: {}", file_, tensor, what),
                         .span = {},
                         .labels = {},
                         .help = ""});
    }
  }

  void read_header() {
    if (bytes_.size() < kLengthBytes)
      fail(fmt::format("expected at least {} bytes, got {}", kLengthBytes, bytes_.size()));
    uint64_t length = 0;
    std::memcpy(&length, bytes_.data(), kLengthBytes);
    const auto* text = reinterpret_cast<const char*>(bytes_.data());
    if (length > kMaxHeaderBytes) {
      const bool zip = text[0] == 'P' && text[1] == 'K';
      fail(fmt::format("expected a header of at most {} bytes, got {}", kMaxHeaderBytes, length),
           zip ? "this is a ZIP archive, as PyTorch's .pt and .bin are: save it as safetensors first" : "");
    }
    if (length > bytes_.size() - kLengthBytes) {
      fail(fmt::format("expected a header of {} bytes, got {}: it is cut short, or another kind of file",
                       length, bytes_.size() - kLengthBytes));
    }
    if (length == 0 || text[kLengthBytes] != '{') fail("expected the header to begin with {");
    data_ = bytes_.subspan(kLengthBytes + length);
    parse_json(text + kLengthBytes, text + kLengthBytes + length);
    if (!header_.is_object()) fail("expected the header to be a JSON object");
  }

  void parse_json(const char* begin, const char* end) {
    std::vector<std::set<std::string>> keys;
    const auto watch = [&](int depth, Json::parse_event_t event, const Json& value) {
      if (depth > kMaxDepth) fail("its header is nested too deeply");
      if (event == Json::parse_event_t::object_start) keys.emplace_back();
      if (event == Json::parse_event_t::object_end) keys.pop_back();
      if (event == Json::parse_event_t::key && !keys.back().insert(value.get<std::string>()).second) {
        fail(fmt::format("the header has `{}` twice", value.get<std::string>()));
      }
      return true;
    };
    try {
      header_ = Json::parse(begin, end, watch);
    } catch (const Json::exception& error) {
      fail(fmt::format("its header is no JSON: {}", error.what()));
    }
  }

  void read_metadata(const Json& entry) {
    if (!entry.is_object()) fail("expected __metadata__ to be an object of strings");
    for (const auto& [key, value] : entry.items()) {
      if (!value.is_string()) fail(fmt::format("expected __metadata__ to hold strings, `{}` is none", key));
      out_.metadata[key] = value.get<std::string>();
    }
  }

  // A list of whole numbers that are not negative and fit into int64; false with a fault recorded.
  bool read_numbers(const std::string& name, const Json& entry, const char* field,
                    std::vector<int64_t>& numbers) {
    if (!entry.contains(field) || !entry[field].is_array()) {
      fault(name, fmt::format("expected `{}` to be a list of numbers", field));
      return false;
    }
    for (const Json& n : entry[field]) {
      if (!n.is_number_unsigned() || n.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX)) {
        fault(name, fmt::format("expected `{}` to hold whole numbers from 0 to 2^63 - 1, got {}", field,
                                n.dump(-1, ' ', true, Json::error_handler_t::replace)));
        return false;
      }
      numbers.push_back(static_cast<int64_t>(n.get<uint64_t>()));
    }
    return true;
  }

  void read_tensor(const std::string& name, const Json& entry) {
    StoredTensor t{.name = name, .dtype = {}, .shape = {}, .bytes = {}};
    std::vector<int64_t> offsets;
    if (!entry.is_object()) return fault(name, "expected an object with dtype, shape and data_offsets");
    if (!entry.contains("dtype") || !entry["dtype"].is_string())
      return fault(name, "expected `dtype` to be a string");
    t.dtype = entry["dtype"].get<std::string>();
    const auto* type = std::ranges::find_if(kTypes, [&](const StoredType& s) { return t.dtype == s.name; });
    if (type == std::end(kTypes)) return fault(name, fmt::format("dtype `{}` is not known", t.dtype));
    if (!read_numbers(name, entry, "shape", t.shape) || !read_numbers(name, entry, "data_offsets", offsets))
      return;
    if (offsets.size() != 2)
      return fault(name, fmt::format("expected 2 data_offsets, got {}", offsets.size()));
    const auto begin = static_cast<uint64_t>(offsets[0]), end = static_cast<uint64_t>(offsets[1]);
    if (begin > end || end > data_.size()) {
      return fault(name,
                   fmt::format("expected data_offsets in order within the {} bytes of data, got [{}, {}]",
                               data_.size(), begin, end));
    }
    uint64_t expected = type->bytes;
    for (int64_t extent : t.shape) {
      if (__builtin_mul_overflow(expected, static_cast<uint64_t>(extent), &expected)) {
        return fault(name, fmt::format("its shape {} overflows", shape_text(t)));
      }
    }
    if (expected != end - begin) {
      return fault(name, fmt::format("expected {} bytes for {} of {}, got {}", expected, shape_text(t),
                                     t.dtype, end - begin));
    }
    t.bytes = data_.subspan(begin, end - begin);
    out_.tensors.push_back(std::move(t));
  }

  static std::string shape_text(const StoredTensor& t) {
    return fmt::format("[{}]", fmt::join(t.shape, ","));
  }

  void check_cover() {
    const std::byte* at = data_.data();
    for (const StoredTensor& t : out_.tensors) {
      if (t.bytes.data() != at) {
        fault(t.name,
              fmt::format("expected its data to begin at {}, where the one before ends, got {}: it {}",
                          at - data_.data(), t.bytes.data() - data_.data(),
                          t.bytes.data() < at ? "overlaps" : "leaves a hole"));
      }
      at = std::max(at, t.bytes.data() + t.bytes.size());
    }
    if (faults_.empty() && at != data_.data() + data_.size()) {
      fail(fmt::format("expected {} bytes of data, as the tensors say, got {}", at - data_.data(),
                       data_.size()));
    }
  }

  std::span<const std::byte> bytes_, data_;
  const std::string& file_;
  Json header_;
  SafetensorsContents out_;
  std::vector<Diagnostic> faults_;
};

}  // namespace

SafetensorsContents parse_safetensors(std::span<const std::byte> bytes, const std::string& file) {
  return Parser(bytes, file).parse();
}

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path)
    : name_(path.native()), file_(path), contents_(parse_safetensors(file_.bytes(), name_)) {}

void SafetensorsFile::release(const StoredTensor& tensor) const {
  const auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<uintptr_t>(tensor.bytes.data());
  const uintptr_t first = (begin + page - 1) / page * page,
                  last = (begin + tensor.bytes.size()) / page * page;
  // NOLINTNEXTLINE(performance-no-int-to-ptr): whole pages
  if (first < last) ::madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);
}

}  // namespace ascender
