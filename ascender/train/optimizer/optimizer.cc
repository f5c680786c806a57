#include "ascender/train/optimizer/optimizer.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "ascender/kernels/optimizer/optimizer.h"

namespace ascender {

Optimizer::Optimizer(const OptimizerSettings& settings, const Parameters& parameters)
    : settings_(settings), parameters_(parameters) {
  const auto bytes =
      static_cast<size_t>(std::max<int64_t>(parameters.count(), 1) * size_of(parameters.dtype()));
  first_ = std::make_unique<Reservation>(bytes);
  if (settings.kind != OptimizerSettings::Kind::kSgd) second_ = std::make_unique<Reservation>(bytes);
  if (averages()) average_ = std::make_unique<Reservation>(bytes);
  for (int i = 0; i < parameters.size(); ++i) {
    const Parameter& p = parameters[i];
    const bool decays = p.role == Role::kMatrix || (p.role == Role::kEmbedding && settings.decay_embeddings);
    const double decay = decays ? settings.weight_decay : 0;
    const int64_t end = i + 1 < parameters.size() ? parameters[i + 1].offset : parameters.count();
    const bool muon = settings.kind == OptimizerSettings::Kind::kMuon && p.role == Role::kMatrix;
    if (!muon && !runs_.empty() && runs_.back().matrix < 0 && runs_.back().weight_decay == decay) {
      runs_.back().end = end;
    } else {
      runs_.push_back({p.offset, end, decay, muon ? i : -1});
    }
  }
}

Tensor Optimizer::part(const Reservation& memory, const Run& run) const {
  const DType dtype = parameters_.dtype();
  std::byte* begin = memory.data() + run.begin * size_of(dtype);
  if (run.matrix >= 0) return Tensor(begin, dtype, parameters_[run.matrix].shape);
  return Tensor(begin, dtype, {run.end - run.begin});
}

void Optimizer::step(Context& context, int64_t step, int64_t total_steps, double lr_factor,
                     double gradient_scale) {
  const Tensor values = parameters_.flat_values(), gradients = parameters_.flat_gradients();
  for (const Run& run : runs_) {
    const Tensor m = part(*first_, run);
    if (run.matrix >= 0) {
      muon(context, parameters_.value(run.matrix), parameters_.gradient(run.matrix), m,
           {.lr = settings_.muon_lr * lr_factor,
            .momentum = settings_.momentum,
            .weight_decay = run.weight_decay,
            .nesterov = settings_.nesterov,
            .gradient_scale = gradient_scale});
      continue;
    }
    const Tensor p = values.slice(0, run.begin, run.end), g = gradients.slice(0, run.begin, run.end);
    if (settings_.kind == OptimizerSettings::Kind::kSgd) {
      sgd(context, p, g, m,
          {.lr = settings_.lr * lr_factor,
           .momentum = settings_.momentum,
           .weight_decay = run.weight_decay,
           .nesterov = settings_.nesterov,
           .gradient_scale = gradient_scale});
    } else {
      adamw(context, p, g, m, part(*second_, run),
            {.lr = settings_.lr * lr_factor,
             .beta1 = settings_.beta1,
             .beta2 = settings_.beta2,
             .eps = settings_.eps,
             .weight_decay = run.weight_decay,
             .step = step + 1,
             .gradient_scale = gradient_scale});
    }
  }
  if (!averages()) return;
  const auto begin = static_cast<int64_t>(settings_.average_from * static_cast<double>(total_steps));
  const Tensor average(average_->data(), parameters_.dtype(), {parameters_.count()});
  // Until it begins the average is the weights themselves; then its memory grows with it, so that the start
  // fades.
  const double age = static_cast<double>(step - begin);
  average_weights(context, values, average,
                  step <= begin ? 0.0 : std::min(settings_.average, age / (age + 9)));
}

void Optimizer::swap_average() {
  ASC_CHECK(averages(), "no average is kept");
  auto* a = static_cast<std::byte*>(parameters_.flat_values().data());
  std::swap_ranges(a, a + parameters_.flat_values().bytes(), average_->data());
}

std::vector<NamedTensor> Optimizer::state() const {
  const auto flat = [&](const Reservation& memory) {
    return Tensor(memory.data(), parameters_.dtype(), {parameters_.count()});
  };
  std::vector<NamedTensor> out{{"optimizer.first_moment", flat(*first_)}};
  if (second_) out.push_back({"optimizer.second_moment", flat(*second_)});
  if (average_) out.push_back({"optimizer.average", flat(*average_)});
  return out;
}

void describe_optimizer(Schema& schema) {
  schema.choice("optimizer.kind", "adamw", {"adamw", "sgd", "muon"}, "The optimiser.");
  schema.real("optimizer.lr", 1e-3, {0, 1e30}, "Learning rate at its highest.");
  schema.where("optimizer.kind", {"adamw", "muon"}, [](Schema& s) {
    s.real("optimizer.beta1", 0.9, {0, 1}, "Decay of the first moment.");
    s.real("optimizer.beta2", 0.999, {0, 1}, "Decay of the second moment.");
    s.real("optimizer.eps", 1e-8, {0, 1}, "Added to the root of the second moment.");
  });
  schema.real("optimizer.weight_decay", 0, {0, 1e6}, "Decoupled weight decay of matrices and embeddings.");
  schema.boolean("optimizer.decay_embeddings", true, "Whether weight decay takes in embeddings.");
  schema.where("optimizer.kind", {"sgd", "muon"}, [](Schema& s) {
    s.real("optimizer.momentum", 0.95, {0, 1}, "Decay of the first moment.");
    s.boolean("optimizer.nesterov", true, "Nesterov's form of momentum.");
  });
  schema.where("optimizer.kind", {"muon"}, [](Schema& s) {
    s.real("optimizer.muon_lr", 0.02, {0, 1e30}, "Learning rate of the hidden matrices; others have lr.");
  });
  schema.real("optimizer.average", 0, {0, 1},
              "Decay of a moving average of the weights that is evaluated in their place; 0: none.");
  schema.real("optimizer.average_from", 0.5, {0, 1}, "Share of the steps after which the average begins.");
  schema.real("clip.norm", 0, {0, 1e30}, "Largest norm of the gradient; 0: not clipped.");
}

OptimizerSettings make_optimizer_settings(const Config& config) {
  using Kind = OptimizerSettings::Kind;
  const std::string& kind = config.text("optimizer.kind");
  return {.kind = kind == "sgd"    ? Kind::kSgd
                  : kind == "muon" ? Kind::kMuon
                                   : Kind::kAdamW,
          .lr = config.real("optimizer.lr"),
          .beta1 = config.real("optimizer.beta1"),
          .beta2 = config.real("optimizer.beta2"),
          .eps = config.real("optimizer.eps"),
          .weight_decay = config.real("optimizer.weight_decay"),
          .decay_embeddings = config.boolean("optimizer.decay_embeddings"),
          .momentum = config.real("optimizer.momentum"),
          .muon_lr = config.real("optimizer.muon_lr"),
          .nesterov = config.boolean("optimizer.nesterov"),
          .average = config.real("optimizer.average"),
          .average_from = config.real("optimizer.average_from")};
}

}  // namespace ascender
