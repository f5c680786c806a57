#include "ascender/nn/parameters.h"

#include <algorithm>
#include <fmt/format.h>
#include <numeric>

#include "ascender/base/diagnostic.h"
#include "ascender/base/hash.h"
#include "ascender/base/random.h"

namespace ascender {
namespace {

constexpr double kMaxBytes = 1e13;      // of one copy of the weights; an address space holds a few such
constexpr int64_t kAlignElements = 16;  // every parameter starts on a cache line

template <class T>
void fill_initial(const Parameter& p, T* data, uint64_t seed, uint64_t index) {
  Random random({seed, Stream::kInit}, index);
  for (int64_t i = 0; i < p.shape.count(); ++i) {
    data[i] =
        static_cast<T>(p.init.kind == Init::Kind::kNormal ? p.init.scale * random.normal() : p.init.scale);
  }
}

}  // namespace

int Parameters::add(std::string name, const Shape& shape, Init init, Role role) {
  ASC_CHECK(!values_, "parameter {} is added after allocation", name);
  ASC_CHECK(find(name) < 0, "parameter {} is added twice", name);
  list_.push_back({std::move(name), shape, init, role, count_});
  count_ += (shape.count() + kAlignElements - 1) / kAlignElements * kAlignElements;
  return size() - 1;
}

void Parameters::allocate() {
  const double needed = static_cast<double>(count_) * static_cast<double>(size_of(dtype_));
  if (needed > kMaxBytes) {
    throw InputError(
        "E0749",
        fmt::format("{:.3g} parameters need {:.0f} GiB", static_cast<double>(count_), needed / (1 << 30)),
        "make the model smaller: `model.d`, `model.layers`");
  }
  const size_t bytes = static_cast<size_t>(std::max<int64_t>(count_, 1) * size_of(dtype_));
  values_ = std::make_unique<Reservation>(bytes);
  gradients_ = std::make_unique<Reservation>(bytes);
}

void Parameters::initialise(uint64_t seed) {
  for (int i = 0; i < size(); ++i) {
    visit_real(dtype_, "initialise", [&]<class T>() {
      fill_initial(list_[static_cast<size_t>(i)], value(i).as<T>(), seed, static_cast<uint64_t>(i));
    });
  }
}

void Parameters::initialise_by(const std::function<double(double)>& normal) {
  for (int i = 0; i < size(); ++i) {
    const Parameter& p = (*this)[i];
    if (p.init.kind != Init::Kind::kNormal) continue;
    visit_real(dtype_, "initialise_by", [&]<class T>() {
      T* data = value(i).as<T>();
      for (int64_t j = 0; j < p.shape.count(); ++j) data[j] = static_cast<T>(normal(p.init.scale));
    });
  }
}

int Parameters::find(const std::string& name) const {
  const auto it = std::ranges::find(list_, name, &Parameter::name);
  return it == list_.end() ? -1 : static_cast<int>(it - list_.begin());
}

Tensor Parameters::view(const Reservation& memory, int index) const {
  const Parameter& p = list_[static_cast<size_t>(index)];
  return Tensor(memory.data() + p.offset * size_of(dtype_), dtype_, p.shape);
}

void Parameters::bind(Tape& tape) {
  for (int i = 0; i < size(); ++i) {
    const Var p = tape.parameter(value(i), gradient(i));
    ASC_CHECK(p.slot == i, "parameter {} got slot {}", i, p.slot);
  }
}

std::string Parameters::sha256() const {
  std::vector<int> order(list_.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, {}, [&](int i) { return (*this)[i].name; });
  Sha256 hash;
  for (int i : order) {
    const Tensor t = value(i);
    hash.update(fmt::format("{}\n{}\n{}\n", (*this)[i].name, name_of(dtype_), t.shape().text()));
    hash.update(std::span(static_cast<const std::byte*>(t.data()), static_cast<size_t>(t.bytes())));
  }
  return hash.hex();
}

}  // namespace ascender
