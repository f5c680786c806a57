#include "ascender/kernels/embedding/embedding.h"
#include "ascender/nn/looplm/codes.h"
#include "ascender/nn/looplm/looplm.h"

namespace ascender {
namespace {

constexpr int64_t kOffsets = 32;  // Abacus: ids start at 0..31 in training

// Columns [begin, end) of an i32 [B,T] as an [N] of its own.
Tensor columns(Tape& tape, const Tensor& ids, int64_t begin, int64_t end) {
  const int64_t B = ids.size(0), T = ids.size(1), width = end - begin;
  const Tensor out = tape.keep(DType::kI32, {B * width});
  if (tape.context().dry) return out;
  for (int64_t b = 0; b < B; ++b) {
    for (int64_t t = 0; t < width; ++t)
      out.as<int32_t>()[b * width + t] = ids.as<int32_t>()[b * T + begin + t];
  }
  return out;
}

RandomKey code_key(const ModelInput& input) {
  return {input.seed, input.training ? Stream::kCode : Stream::kEval};
}

template <class T>
void write_codes(const ModelInput& input, const Tensor& ids, const Tensor& y, int64_t width) {
  const int64_t B = input.batch(), C = y.size(-1), first = C - 2 * kCodeWidth;
  T* out = y.as<T>();
  for (int64_t b = 0; b < B; ++b) {
    const SignificanceCodes codes(code_key(input), input.training ? input.step : 0, input.first_row + b);
    for (int64_t t = 0; t < width; ++t) {
      const int32_t id = ids.as<int32_t>()[b * width + t];
      T* row = out + (b * width + t) * C + first;
      ASC_CHECK(id <= kMaxCodeId, "id {} is above {}", id, kMaxCodeId);
      for (int j = 0; j < kCodeWidth; ++j) {
        row[j] = id < -1 ? T{0} : static_cast<T>(codes.entry(id, j));
        row[kCodeWidth + j] = id < -1 ? T{0} : static_cast<T>(codes.entry(id + 1, j));
      }
    }
  }
}

// Rows of the learned table: 0 is "no id"; Abacus shifts a sample's ids by an offset drawn for it.
void shift_ids(const ModelInput& input, const Tensor& ids, int64_t width, bool random_offset) {
  for (int64_t b = 0; b < input.batch(); ++b) {
    int64_t offset = 0;
    if (random_offset && input.training) {
      offset = static_cast<int64_t>(
          Random(code_key(input), input.step, static_cast<uint64_t>(input.first_row + b) * 64)
              .below(kOffsets));
    }
    for (int64_t t = 0; t < width; ++t) {
      int32_t& id = ids.as<int32_t>()[b * width + t];
      id = id < -1 ? 0 : static_cast<int32_t>(id + 2 + offset);
    }
  }
}

}  // namespace

// [token (d - 64) | code 64], or [token d] without codes; [B, end - begin, d].
Var LoopLm::embed_part(Tape& tape, const ModelInput& input, int64_t begin, int64_t end) const {
  const int64_t width = end - begin, d = config_.d;
  const int64_t code_width = config_.code == CodeKind::kNone ? 0 : 2 * kCodeWidth;
  const Tensor ids = columns(tape, input.tokens, begin, end);
  const Var table = parameters_.var(tokens_);
  const Var code_table = var_or_none(parameters_, codes_);
  const Var e = tape.result(config_.dtype, {input.batch(), width, d});
  Context& context = tape.context();
  embedding_forward(context, table.value, ids, e.value.rows().slice(1, 0, d - code_width));
  Tensor code_ids;
  if (code_width > 0) {
    code_ids = columns(tape, input.ids, begin, end);
    if (config_.code == CodeKind::kSignificance) {
      if (!context.dry)
        visit_real(config_.dtype, "codes",
                   [&]<class T>() { write_codes<T>(input, code_ids, e.value, width); });
    } else {
      if (!context.dry) shift_ids(input, code_ids, width, config_.code == CodeKind::kAbacus);
      embedding_forward(context, code_table.value, code_ids, e.value.rows().slice(1, d - code_width, d));
    }
  }
  tape.record([table, code_table, ids, code_ids, e, d, code_width](Tape& t) {
    const Tensor de = t.gradient(e);
    if (de.empty()) return;
    embedding_backward(t.context(), ids, de.rows().slice(1, 0, d - code_width), t.target(table).tensor);
    if (code_table.empty()) return;
    embedding_backward(t.context(), code_ids, de.rows().slice(1, d - code_width, d),
                       t.target(code_table).tensor);
  });
  return e;
}

}  // namespace ascender
