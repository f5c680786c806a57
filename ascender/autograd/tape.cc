#include "ascender/autograd/tape.h"

#include <utility>

#include "ascender/kernels/elementwise/elementwise.h"

namespace ascender {
namespace {

// Lies in the memory of `gradient` as `value` lies in that of `root`.
Tensor matching(const Tensor& value, const void* root, void* gradient) {
  const int64_t offset = static_cast<const char*>(value.data()) - static_cast<const char*>(root);
  return value.moved_to(static_cast<char*>(gradient) + offset);
}

}  // namespace

void copy_value(Context& context, const Tensor& from, const Tensor& to) { copy(context, from, to); }

Tape::Tape(Context& context, const TapeOptions& options)
    : context_(context),
      options_(options),
      activations_(options.activation_bytes),
      gradients_(options.gradient_bytes) {
  slots_.reserve(options.max_slots);
  nodes_.reserve(options.max_nodes);
}

void Tape::reset() {
  nodes_.clear();
  drop_slots(num_parameters_);
  activations_.release(0);
  gradients_.clear();
  last_mark_ = 0;
  last_slot_ = num_parameters_;
}

int32_t Tape::push_slot(const Var& value) {
  ASC_CHECK(slots_.size() < options_.max_slots, "tape has {} values, no more allowed", slots_.size());
  slots_.push_back({.count = value.shape().count(), .root = value.value.data(), .dtype = value.dtype()});
  return static_cast<int32_t>(slots_.size()) - 1;
}

Var Tape::parameter(const Tensor& value, const Tensor& gradient) {
  ASC_CHECK(slots_.size() == num_parameters_, "parameters come before other values");
  Var p{value, -1};
  p.slot = push_slot(p);
  Slot& slot = slots_.back();
  slot.gradient = gradient.data();
  slot.permanent = true;
  num_parameters_ = last_slot_ = slots_.size();
  return p;
}

Var Tape::parameter_slice(const Var& parameter, int axis, int64_t begin, int64_t end) const {
  ASC_CHECK(parameter.slot < static_cast<int32_t>(num_parameters_), "slot {} is no parameter",
            parameter.slot);
  return Var{parameter.value.slice(axis, begin, end), parameter.slot};
}

void Tape::partition(const Var& x, int axis, const int64_t* sizes, Var* parts, int count) {
  if (x.slot >= 0) {
    Slot& parent = slots_[static_cast<size_t>(x.slot)];
    ASC_CHECK(!parent.permanent && !parent.parted, "partition of a parameter or of a parted value");
    parent.parted = true;
  }
  int64_t begin = 0;
  for (int i = 0; i < count; ++i) {
    parts[i] = Var{x.value.slice(axis, begin, begin + sizes[i]), -1};
    begin += sizes[i];
    if (x.slot < 0 || !recording_) continue;
    parts[i].slot = push_slot(parts[i]);
    slots_.back().parent = x.slot;
  }
  ASC_CHECK(begin == x.value.size(axis), "parts add up to {} of {}", begin, x.value.size(axis));
}

Var Tape::result(DType dtype, const Shape& shape) {
  Var y{keep(dtype, shape), -1};
  if (recording_) y.slot = push_slot(y);
  return y;
}

void Tape::push_node(void (*run)(Tape&, const void*), const void* closure) {
  ASC_CHECK(nodes_.size() < options_.max_nodes, "tape has {} operations, no more allowed", nodes_.size());
  nodes_.push_back({run, closure, last_mark_, last_slot_});
  last_mark_ = activations_.mark();
  last_slot_ = slots_.size();
}

void* Tape::ensure_gradient(Slot& slot) {
  if (slot.gradient == nullptr) {
    slot.block = gradients_.allocate(static_cast<size_t>(slot.count * size_of(slot.dtype)));
    slot.gradient = slot.block;
  }
  return slot.gradient;
}

Tensor Tape::gradient(const Var& output) const {
  const Slot& slot = slots_[static_cast<size_t>(output.slot)];
  if (!slot.written) return {};
  return slot.parent >= 0 ? output.value.moved_to(slot.gradient)
                          : Tensor(slot.gradient, slot.dtype, output.shape());
}

GradientTarget Tape::target(const Var& input) {
  if (input.slot < 0) return {};
  Slot& slot = slots_[static_cast<size_t>(input.slot)];
  if (slot.permanent) return {matching(input.value, slot.root, slot.gradient), Write::kAdd};
  const Write write = slot.written ? Write::kAdd : Write::kAssign;
  if (slot.parent >= 0) {
    Slot& parent = slots_[static_cast<size_t>(slot.parent)];
    const bool fresh = parent.gradient == nullptr;
    void* whole = ensure_gradient(parent);
    if (fresh && !context_.dry) fill(context_, Tensor(whole, parent.dtype, {parent.count}), 0.0);
    parent.written = true;
    const Tensor part = matching(input.value, parent.root, whole);
    slot.gradient = part.data();
    slot.written = true;
    return {part, write};
  }
  ASC_CHECK(!slot.parted, "a parted value is used whole");
  slot.written = true;
  return {Tensor(ensure_gradient(slot), slot.dtype, input.shape()), write};
}

void Tape::pass_gradient(const Var& from, const Var& to) {
  if (to.slot < 0) return;
  Slot& source = slots_[static_cast<size_t>(from.slot)];
  Slot& sink = slots_[static_cast<size_t>(to.slot)];
  const bool can_take = source.block != nullptr && !sink.permanent && sink.parent < 0 && !sink.parted &&
                        sink.gradient == nullptr;
  if (can_take) {
    sink.block = std::exchange(source.block, nullptr);
    sink.gradient = sink.block;
    sink.written = true;
    return;
  }
  const Tensor dy = gradient(from);
  const GradientTarget dx = target(to);
  copy(context_, dy, dx.tensor, dx.write);
}

void Tape::seed_gradient(const Var& x, const Tensor& dy) {
  const GradientTarget dx = target(x);
  if (dx) copy(context_, dy, dx.tensor, dx.write);
}

void Tape::seed_gradient_in_place(const Var& x) {
  if (x.slot < 0) return;
  Slot& slot = slots_[static_cast<size_t>(x.slot)];
  ASC_CHECK(!slot.written && !slot.permanent && slot.parent < 0 && !slot.parted, "the value has another use");
  slot.gradient = x.value.data();
  slot.written = true;
}

void Tape::drop_slots(size_t first) {
  while (slots_.size() > first) {
    if (slots_.back().block != nullptr) gradients_.free(slots_.back().block);
    slots_.pop_back();
  }
}

void Tape::backward_to(size_t first_node) {
  while (nodes_.size() > first_node) {
    const Node node = nodes_.back();
    nodes_.pop_back();
    node.run(*this, node.closure);
    drop_slots(node.first_slot);
    activations_.release(node.arena_mark);
    last_mark_ = node.arena_mark;
    last_slot_ = node.first_slot;
  }
}

}  // namespace ascender
