// The parameters of a model in flat storage: values and gradients are each one contiguous block, in the order
// in which they were added, so that an optimiser, a checksum or a snapshot is one pass.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ascender/autograd/tape.h"

namespace ascender {

struct Init {
  enum class Kind { kZeros, kOnes, kConstant, kNormal } kind = Kind::kNormal;
  double scale = 0.02;  // standard deviation, or the constant
  static Init zeros() { return {Kind::kZeros, 0}; }
  static Init ones() { return {Kind::kOnes, 1}; }
  static Init constant(double value) { return {Kind::kConstant, value}; }
  static Init normal(double deviation) { return {Kind::kNormal, deviation}; }
};

// What an optimiser may want to know: matrices of the hidden layers (decay, Muon), tables, vectors.
enum class Role { kMatrix, kEmbedding, kVector };

struct Parameter {
  std::string name;
  Shape shape;
  Init init;
  Role role;
  int64_t offset;  // in elements, of the flat storage
};

class Parameters {
 public:
  explicit Parameters(DType dtype = DType::kF32) : dtype_(dtype) {}

  int add(std::string name, const Shape& shape, Init init, Role role);  // before allocate()
  void allocate();
  // Element i of parameter p is drawn at counter (p, i) of the stream kInit.
  void initialise(uint64_t seed);
  // As a reference program does with a generator of its own: what is normal is drawn parameter by parameter,
  // element by element, by normal(deviation); the rest is as `initialise` leaves it.
  void initialise_by(const std::function<double(double)>& normal);

  DType dtype() const { return dtype_; }
  int size() const { return static_cast<int>(list_.size()); }
  const Parameter& operator[](int index) const { return list_[static_cast<size_t>(index)]; }
  int find(const std::string& name) const;  // -1: none
  int64_t count() const { return count_; }
  Tensor value(int index) const { return view(*values_, index); }
  Tensor gradient(int index) const { return view(*gradients_, index); }
  Tensor flat_values() const { return Tensor(values_->data(), dtype_, {count_}); }
  Tensor flat_gradients() const { return Tensor(gradients_->data(), dtype_, {count_}); }

  // Puts every parameter on a tape, slot i for parameter i; once, before the first step.
  void bind(Tape& tape);
  Var var(int index) const { return Var{value(index), index}; }

  // SHA-256 over (name, dtype, shape, little-endian bytes) in name order.
  std::string sha256() const;

 private:
  Tensor view(const Reservation& memory, int index) const;
  DType dtype_;
  std::vector<Parameter> list_;
  int64_t count_ = 0;
  std::unique_ptr<Reservation> values_, gradients_;
};

}  // namespace ascender
