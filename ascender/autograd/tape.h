// Reverse-mode differentiation over the kernels. Operations run at once; each pushes what its backward needs
// on a stack, and backward pops the stack. Activations live in an arena and gradients in a block pool, both
// reserved once: a step allocates nothing from the heap. Double backward is not supported.
//
//   (reset forward* backward)* ; parameters' gradients are added to, and cleared by the owner.
#pragma once

#include <new>
#include <type_traits>
#include <vector>

#include "ascender/kernels/context.h"

namespace ascender {

// A value on the tape: its memory and the slot of its gradient. A reshaped value keeps its slot.
struct Var {
  Tensor value;
  int32_t slot = -1;  // -1: a constant
  const Shape& shape() const { return value.shape(); }
  DType dtype() const { return value.dtype(); }
  bool empty() const { return value.empty(); }
};

// Where a gradient goes and whether it is the first to arrive; empty where none is wanted.
struct GradientTarget {
  Tensor tensor;
  Write write = Write::kAssign;
  explicit operator bool() const { return !tensor.empty(); }
};

struct TapeOptions {
  size_t activation_bytes = size_t{1} << 36;  // address space, not memory
  size_t gradient_bytes = size_t{1} << 35;
  size_t max_slots = 1 << 16;
  size_t max_nodes = 1 << 16;
  bool checkpoint_blocks = false;  // keep a block's output only and run it again in backward
};

class Tape {
 public:
  explicit Tape(Context& context, const TapeOptions& options = {});

  Context& context() { return context_; }
  bool recording() const { return recording_; }
  void set_recording(bool on) { recording_ = on; }  // off: forward only, nothing is kept for backward
  void set_checkpoint_blocks(bool on) { options_.checkpoint_blocks = on; }

  // Forgets every value, keeps the parameters.
  void reset();

  // Values.
  Var parameter(const Tensor& value, const Tensor& gradient);  // permanent; before any other value
  Var constant(const Tensor& value) const { return Var{value, -1}; }
  Var reshape(const Var& x, const Shape& shape) const { return Var{x.value.reshape(shape), x.slot}; }
  // A slice of a parameter, whose gradient is the same slice of the parameter's gradient.
  Var parameter_slice(const Var& parameter, int axis, int64_t begin, int64_t end) const;
  // Consecutive slices of x along an axis, `sizes` adding up to it. x itself must have no other use.
  void partition(const Var& x, int axis, const int64_t* sizes, Var* parts, int count);

  // For bindings: memory for an output or for what backward needs.
  Var result(DType dtype, const Shape& shape);
  Tensor keep(DType dtype, const Shape& shape) { return activations_.tensor(dtype, shape); }
  bool needs_gradient(const Var& x) const { return recording_ && x.slot >= 0; }

  // For bindings: what runs in backward, a Backward{captures...}; copied as bytes.
  template <class Backward, class... Captures>
  void record_as(const Captures&... captures);
  template <class Backward>
  void record(const Backward& backward) {
    record_as<Backward>(backward);
  }

  // In backward: the gradient that arrived for an output (null tensor when none did) ...
  Tensor gradient(const Var& output) const;
  // ... and where the gradient of an input goes.
  GradientTarget target(const Var& input);
  // dx += dy where dy is the finished gradient of `from`; takes its memory over when dx has none yet.
  void pass_gradient(const Var& from, const Var& to);
  // Makes dy the whole gradient of x, as a loss does.
  void seed_gradient(const Var& x, const Tensor& dy);
  // The same when dy lies in x's own memory: x.value has become its gradient, nothing is copied.
  void seed_gradient_in_place(const Var& x);

  // f: Var -> Var of the same shape, a block of a model. When recording with checkpoint_blocks, only its
  // output is kept; when not recording, what it allocated inside is released at once.
  template <class Block>
  Var block(const Block& f, const Var& x);

  void backward() { backward_to(0); }

  size_t peak_activation_bytes() const { return activations_.peak_bytes(); }
  size_t peak_gradient_bytes() const { return gradients_.peak_bytes(); }
  Arena& activations() { return activations_; }

 private:
  struct Slot {
    void* gradient = nullptr;  // null until the first contribution; laid out as the value
    int64_t count = 0;
    const void* root = nullptr;  // where the value starts
    void* block = nullptr;       // memory owned in the pool
    int32_t parent = -1;         // >= 0: a part of that slot's value
    DType dtype = DType::kF32;
    bool permanent = false;
    bool parted = false;
    bool written = false;
  };
  struct Node {
    void (*run)(Tape&, const void*);
    const void* closure;
    size_t arena_mark;
    size_t first_slot;
  };

  int32_t push_slot(const Var& value);
  void push_node(void (*run)(Tape&, const void*), const void* closure);
  void backward_to(size_t node);
  void drop_slots(size_t first);
  void* ensure_gradient(Slot& slot);

  Context& context_;
  TapeOptions options_;
  Arena activations_;
  BlockPool gradients_;
  std::vector<Slot> slots_;
  std::vector<Node> nodes_;
  size_t num_parameters_ = 0;
  size_t last_mark_ = 0;
  size_t last_slot_ = 0;
  bool recording_ = true;
};

template <class Backward, class... Captures>
void Tape::record_as(const Captures&... captures) {
  static_assert(std::is_trivially_copyable_v<Backward>,
                "captures are copied as bytes: capture views and numbers");
  if (!recording_) return;
  const auto* closure = new (activations_.allocate(sizeof(Backward))) Backward{captures...};
  push_node([](Tape& tape, const void* body) { (*static_cast<const Backward*>(body))(tape); }, closure);
}

void copy_value(Context& context, const Tensor& from, const Tensor& to);

template <class Block>
Var Tape::block(const Block& f, const Var& x) {
  if (recording_ && !options_.checkpoint_blocks) return f(x);
  const bool was_recording = recording_;
  const Tensor out = keep(x.dtype(), x.shape());
  const size_t mark = activations_.mark();
  recording_ = false;
  copy_value(context_, f(x).value, out);
  activations_.release(mark);
  recording_ = was_recording;
  if (!recording_) return constant(out);
  Var y{out, -1};
  y.slot = push_slot(y);
  record([f, x, y](Tape& tape) {
    const Tensor dy = tape.gradient(y);
    if (dy.empty()) return;
    const size_t first_node = tape.nodes_.size();
    const bool checkpointing = tape.options_.checkpoint_blocks;
    tape.options_.checkpoint_blocks = false;
    tape.last_mark_ = tape.activations_.mark();
    tape.last_slot_ = tape.slots_.size();
    tape.pass_gradient(y, f(x));
    tape.options_.checkpoint_blocks = checkpointing;
    tape.backward_to(first_node);
  });
  return y;
}

}  // namespace ascender
