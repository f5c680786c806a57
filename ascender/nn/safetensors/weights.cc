#include "ascender/nn/safetensors/weights.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>

#include "ascender/base/diagnostic.h"
#include "ascender/nn/safetensors/half.h"

namespace ascender {
namespace {

constexpr std::string_view kPrefix = "transformer.";
constexpr const char* kHead = "lm_head.weight";
constexpr const char* kTokens = "wte.weight";
constexpr size_t kShownNames = 12;
constexpr size_t kMaxFaults = 20;

std::string_view without_prefix(std::string_view name) {
  return name.starts_with(kPrefix) ? name.substr(kPrefix.size()) : name;
}

// The causal mask and its fill value, which older checkpoints of GPT-2 carry: h.N.attn.bias,
// h.N.attn.masked_bias.
bool is_mask_buffer(std::string_view name) {
  return name.starts_with("h.") && (name.ends_with(".attn.bias") || name.ends_with(".attn.masked_bias"));
}

std::string list(const std::vector<std::string>& names) {
  const size_t shown = std::min(names.size(), kShownNames);
  std::string text =
      fmt::format("{}", fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
  return shown == names.size() ? text : fmt::format("{} and {} more", text, names.size() - shown);
}

bool same_shape(const std::vector<int64_t>& stored, const Shape& shape) {
  return std::equal(stored.begin(), stored.end(), shape.extents.begin(), shape.extents.begin() + shape.rank);
}

template <class To, class Convert>
void convert(const std::byte* from, To* to, int64_t n, size_t width, const Convert& one) {
  for (int64_t i = 0; i < n; ++i) to[i] = static_cast<To>(one(from + static_cast<size_t>(i) * width));
}

// Stored elements may lie at any address.
template <class Stored>
Stored read(const std::byte* at) {
  Stored x;
  std::memcpy(&x, at, sizeof x);
  return x;
}

template <class To>
void copy_elements(const StoredTensor& stored, To* to, int64_t n) {
  const std::byte* from = stored.bytes.data();
  if (stored.dtype == (sizeof(To) == 4 ? "F32" : "F64")) {
    std::memcpy(to, from, stored.bytes.size());
  } else if (stored.dtype == "F32") {
    convert(from, to, n, 4, read<float>);
  } else if (stored.dtype == "F64") {
    convert(from, to, n, 8, read<double>);
  } else if (stored.dtype == "F16") {
    convert(from, to, n, 2, [](const std::byte* at) { return float_of_f16(read<uint16_t>(at)); });
  } else {
    convert(from, to, n, 2, [](const std::byte* at) { return float_of_bf16(read<uint16_t>(at)); });
  }
}

bool is_real(const std::string& dtype) {
  return dtype == "F32" || dtype == "F64" || dtype == "F16" || dtype == "BF16";
}

// Which stored tensor each parameter takes, and everything that stands against it.
class Plan {
 public:
  Plan(const SafetensorsFile& file, const Parameters& parameters)
      : file_(file), parameters_(parameters), sources_(static_cast<size_t>(parameters.size()), nullptr) {
    for (const StoredTensor& t : file.tensors()) place(t);
    check_head();
    std::vector<std::string> missing;
    for (int i = 0; i < parameters.size(); ++i) {
      if (source(i) == nullptr) missing.push_back(parameters[i].name);
    }
    if (!missing.empty()) {
      const bool head_only = missing.size() == 1 && missing[0] == kHead;
      fault("E0733",
            fmt::format("{} of the model's {} tensors are missing: {}", missing.size(), parameters.size(),
                        list(missing)),
            head_only ? "its head is its token table: `model.tied = true`" : "");
    }
    if (!unknown_.empty())
      fault("E0734", fmt::format("{} tensors are not of this model: {}", unknown_.size(), list(unknown_)));
    if (!faults_.empty()) throw InputError(std::move(faults_));
  }

  const StoredTensor* source(int index) const { return sources_[static_cast<size_t>(index)]; }

 private:
  void fault(const char* code, const std::string& what, const std::string& help = "") {
    if (faults_.size() >= kMaxFaults) return;
    faults_.push_back({.code = code,
                       .severity = Severity::kError,
                       .message = fmt::format("{}: {}", file_.name(), what),
                       .span = {},
                       .labels = {},
                       .help = help});
  }

  void place(const StoredTensor& t) {
    const std::string name(without_prefix(t.name));
    const int index = parameters_.find(name);
    if (index < 0) {
      if (name == kHead) {
        head_ = &t;
      } else if (!is_mask_buffer(name)) {
        unknown_.push_back(t.name);
      }
      return;
    }
    if (source(index) != nullptr)
      return fault("E0735", fmt::format("`{}` is there with and without `{}`", name, kPrefix));
    sources_[static_cast<size_t>(index)] = &t;
    const Shape& shape = parameters_[index].shape;
    if (!same_shape(t.shape, shape)) {
      fault("E0736", fmt::format("tensor `{}`: expected shape {}, got [{}]", t.name, shape.text(),
                                 fmt::join(t.shape, ",")));
    }
    if (!is_real(t.dtype)) {
      fault("E0737", fmt::format("tensor `{}`: expected F32, F64, F16 or BF16, got {}", t.name, t.dtype));
    }
  }

  void check_head() {
    if (head_ == nullptr) return;
    const int tokens = parameters_.find(kTokens);
    const StoredTensor* table = tokens < 0 ? nullptr : source(tokens);
    if (table == nullptr) {
      unknown_.push_back(head_->name);
    } else if (head_->dtype != table->dtype || !std::ranges::equal(head_->bytes, table->bytes)) {
      fault("E0738",
            fmt::format("`{}` differs from `{}`, but the model's head is its token table", head_->name,
                        table->name),
            "`model.tied = false` gives it a head of its own");
    }
  }

  const SafetensorsFile& file_;
  const Parameters& parameters_;
  std::vector<const StoredTensor*> sources_;
  const StoredTensor* head_ = nullptr;
  std::vector<std::string> unknown_;
  std::vector<Diagnostic> faults_;
};

}  // namespace

void load_weights(const SafetensorsFile& file, Parameters& parameters) {
  const Plan plan(file, parameters);
  for (int i = 0; i < parameters.size(); ++i) {
    const Tensor value = parameters.value(i);
    visit_real(value.dtype(), "load_weights",
               [&]<class T>() { copy_elements(*plan.source(i), value.as<T>(), value.count()); });
    file.release(*plan.source(i));
  }
}

void save_weights(const Parameters& parameters, const std::filesystem::path& path) {
  std::vector<TensorToStore> tensors;
  for (int i = 0; i < parameters.size(); ++i) tensors.push_back({parameters[i].name, parameters.value(i)});
  write_safetensors(path, std::move(tensors));
}

}  // namespace ascender
