#include "ascender/train/trainer.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <thread>

#include "ascender/base/diagnostic.h"
#include "ascender/base/file.h"
#include "ascender/base/hash.h"
#include "ascender/kernels/elementwise/elementwise.h"
#include "ascender/kernels/matmul/schedule_book.h"
#include "ascender/kernels/reduce/reduce.h"
#include "ascender/nn/safetensors/weights.h"
#include "ascender/tile/target.h"
#include "ascender/train/memory.h"

namespace ascender {
namespace {

constexpr size_t kAddressSpace = size_t{1} << 38;  // reserved, not used: memory is what is touched
constexpr double kMostThreads = 1024;
constexpr double kUsableShare = 0.9;  // of the memory that the machine says is free

int threads_of(const Config& config) {
  const int asked = config.int32("threads");
  return asked > 0 ? asked : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

// What the environment asks for wrongly is refused now, not in the first product.
void check_environment() {
  simd_target();
  plan_of({});
}

ModelSizes sizes_of(const Task& task) {
  const TaskShape& shape = task.shape();
  return {.vocab = shape.vocab_size,
          .classes = shape.num_classes,
          .length = shape.train_length,
          .longest = std::max(shape.train_length, shape.eval_length),
          .num_ids = shape.num_ids};
}

}  // namespace

Schema training_schema() {
  Schema schema;
  describe_models(schema);
  describe_tasks(schema);
  describe_optimizer(schema);
  describe_schedule(schema);
  describe_evaluation(schema);
  schema.integer("seed", 1, {0, 1e15}, "Seed of every random stream.");
  schema.integer("steps", 1000, {0, 1e15},
                 "Training steps; 0: the weights as they are initialised or loaded.", Unit::kSteps);
  schema.integer("batch", 64, {1, 1e15}, "Examples of a step.", Unit::kExamples);
  schema.integer("accumulate", 1, {1, 1e15},
                 "Parts into which a batch is split to save memory; their gradients add up.");
  schema.integer("threads", 0, {0, kMostThreads},
                 "Worker threads; 0: one a core. They never change a bit of the result.");
  schema.integer("checkpoint.every", 1000, {0, 1e15}, "Steps between checkpoints; 0: at the end only.",
                 Unit::kSteps);
  schema.integer("checkpoint.keep", 3, {1, 1e15}, "Checkpoints kept, besides the best.");
  schema.integer(
      "sample.tokens", 300, {0, 1e6},
      "Tokens at most of each answer that a run stores when it is done, fewer of a model above 10 million "
      "parameters; 0: it stores none.",
      Unit::kTokens);
  schema.where("model.kind", {"gpt"}, [](Schema& s) {
    s.boolean("recompute", false, "Keep only the output of each block and run it again in backward.");
  });
  schema.choice("numerics.order", "fixed", {"fixed", "free"},
                "Order of sums; free: they are cut by workers, which only measures what exactness costs.");
  schema.text("name", "run", "What the run is called in its id.");
  return schema;
}

void check_batch(const Config& config) {
  const int64_t rows = config.integer("batch"), parts = config.integer("accumulate");
  if (rows % parts == 0) return;
  throw InputError("E0747", fmt::format("`batch` = {} must be a multiple of `accumulate` = {}", rows, parts));
}

void check_halting(const Config& config) {
  const bool has_gate = config.text("model.kind") == "looplm" && config.text("model.exit") == "learned";
  if (config.text("eval.halt.signal") != "gate" || has_gate) return;
  throw InputError("E0720", "`eval.halt.signal = gate` needs a model with a gate",
                   "set `model.exit = learned`");
}

Trainer::Trainer(const Config& config, Weights weights)
    : config_(config),
      seed_(static_cast<uint64_t>(config.integer("seed"))),
      total_steps_(config.integer("steps")),
      batch_rows_(config.integer("batch")),
      micro_batches_(config.integer("accumulate")),
      clip_(config.real("clip.norm")),
      task_(make_task(config)),
      model_(make_model(config, sizes_of(*task_))),
      reference_(task_->reference_random()),
      threads_(threads_of(config)),
      scratch_(kAddressSpace),
      context_{threads_, scratch_},
      schedule_(make_schedule(config)),
      eval_(make_eval_settings(config)) {
  context_.order = config.text("numerics.order") == "free" ? Order::kFree : Order::kFixed;
  check_environment();
  check_batch(config);
  check_halting(config);
  tape_ = std::make_unique<Tape>(context_, TapeOptions{.activation_bytes = kAddressSpace,
                                                       .gradient_bytes = kAddressSpace,
                                                       .checkpoint_blocks = config.boolean("recompute")});
  model_->parameters().bind(*tape_);
  optimizer_ = std::make_unique<Optimizer>(make_optimizer_settings(config), model_->parameters());
  estimate_ = estimate_memory();
  refuse_what_does_not_fit();
  buffer_ = std::make_unique<BatchBuffer>(batch_rows_, task_->shape().train_length);
  if (weights == Weights::kInitial) model_->initialise(seed_);
  if (reference_) {
    model_->parameters().initialise_by([&](double deviation) { return reference_->gauss(0, deviation); });
  }
}

void Trainer::refuse_what_does_not_fit() const {
  constexpr double kGiB = 1 << 30;
  const double available = available_memory_bytes();
  if (estimate_.total() <= kUsableShare * available) return;
  const bool parameters_alone = estimate_.parameters > kUsableShare * available;
  throw InputError(
      "E0748",
      fmt::format(
          "a step with `batch` = {} needs about {:.1f} GiB ({:.1f} for parameters, {:.1f} for activations) "
          "and {:.1f} are available",
          batch_rows_, estimate_.total() / kGiB, estimate_.parameters / kGiB, estimate_.activations / kGiB,
          available / kGiB),
      parameters_alone ? "make the model smaller: `model.d`, `model.layers`"
                       : "lower `batch`, raise `accumulate`, or set `recompute = true`");
}

std::filesystem::path Trainer::load_file() const {
  const std::filesystem::path file = config_.text("model.load");
  std::error_code error;
  if (!file.empty() && !std::filesystem::is_regular_file(file, error)) {
    throw InputError("E0739", fmt::format("`model.load`: there is no file {}", file.native()));
  }
  return file;
}

void Trainer::load_weights() {
  const std::filesystem::path file = load_file();
  if (!file.empty()) ascender::load_weights(SafetensorsFile(file), model_->parameters());
}

std::string Trainer::load_hash() const {
  const std::filesystem::path file = load_file();
  if (file.empty()) return "";
  Sha256 hash;
  hash.update(MappedFile(file).bytes());
  return hash.hex();
}

std::optional<double> Trainer::epoch() const {
  const int64_t rows = task_->num_train_rows();
  if (rows == 0) return std::nullopt;
  return static_cast<double>(next_step_) * static_cast<double>(batch_rows_) / static_cast<double>(rows);
}

bool Trainer::weights_are_finite() {
  return std::isfinite(sum_of_squares(context_, model_->parameters().flat_values()));
}

ModelInput Trainer::input_of_step(const Batch& batch, int64_t begin, int64_t end) const {
  ModelInput input = input_of(batch);
  input.tokens = input.tokens.slice(0, begin, end);
  input.targets = input.targets.slice(0, begin, end);
  input.ids = input.ids.slice(0, begin, end);
  input.first_row = batch.first_row + begin;
  input.seed = seed_;
  input.step = static_cast<uint64_t>(next_step_);
  input.total_steps = static_cast<uint64_t>(total_steps_);
  input.training = true;
  return input;
}

// A dry run of the largest step on a few rows, whose activations then grow with the rows.
MemoryEstimate Trainer::estimate_memory() {
  const int64_t micro = batch_rows_ / micro_batches_, rows = std::min<int64_t>(micro, 16);
  BatchBuffer buffer(rows, task_->shape().train_length);
  Batch longest = buffer.batch(rows);
  for (uint64_t s = 0, best = 0; s < 32; ++s) {
    Batch batch = buffer.batch(rows);
    task_->sample(seed_, s, batch);
    if (static_cast<uint64_t>(batch.T) < best) continue;
    best = static_cast<uint64_t>(batch.T);
    longest = batch;
  }
  ModelInput input = input_of_step(longest, 0, rows);
  input.loops = model_->max_training_loops();
  input.num_targets = 1;
  context_.dry = true;
  tape_->reset();
  model_->loss(*tape_, input);
  tape_->backward();
  context_.dry = false;
  context_.work = {};
  tape_->reset();
  const double scale = static_cast<double>(micro) / static_cast<double>(rows);
  MemoryEstimate estimate;
  estimate.activations = scale * static_cast<double>(tape_->peak_activation_bytes() +
                                                     tape_->peak_gradient_bytes() + scratch_.peak_bytes());
  estimate.parameters = parameter_bytes();
  return estimate;
}

// Gradients and moments are touched by the first step: what is only evaluated has none.
double Trainer::parameter_bytes() const {
  const auto values = static_cast<double>(model_->parameters().flat_values().bytes());
  if (total_steps_ == 0) return values;
  double total = 2 * values;
  for (const NamedTensor& t : optimizer_->state()) total += static_cast<double>(t.tensor.bytes());
  return total;
}

StepReport Trainer::step() {
  const double flops_before = context_.work.flops;
  Batch batch = buffer_->batch(batch_rows_);
  task_->sample(seed_, static_cast<uint64_t>(next_step_), batch);
  const int64_t targets = batch.num_targets(), micro = batch_rows_ / micro_batches_;
  const Tensor gradients = model_->parameters().flat_gradients();
  fill(context_, gradients, 0.0);
  StepReport report;
  for (int64_t part = 0; part < micro_batches_; ++part) {
    ModelInput input = input_of_step(batch, part * micro, (part + 1) * micro);
    input.num_targets = targets;
    tape_->reset();
    report.loss += model_->loss(*tape_, input);
    tape_->backward();
  }
  report.gradient_norm = std::sqrt(sum_of_squares(context_, gradients));
  report.finite = std::isfinite(report.loss) && std::isfinite(report.gradient_norm);
  const double factor = schedule_.factor(next_step_);
  report.lr = config_.real("optimizer.lr") * factor;
  if (report.finite) {
    const double scale = clip_ > 0 && report.gradient_norm > clip_ ? clip_ / report.gradient_norm : 1.0;
    optimizer_->step(context_, next_step_, total_steps_, factor, scale);
  }
  report.tokens = batch.B * batch.T;
  report.flops = context_.work.flops - flops_before;
  ++next_step_;
  return report;
}

std::optional<std::vector<Measurement>> Trainer::evaluate(int64_t max_rows, const EvalProgress& progress) {
  EvalSettings settings = eval_;
  settings.max_rows = max_rows;
  return with_final_weights([&] { return ascender::evaluate(*model_, *task_, *tape_, settings, progress); });
}

std::vector<NamedTensor> Trainer::state() {
  std::vector<NamedTensor> out;
  const Parameters& p = model_->parameters();
  for (int i = 0; i < p.size(); ++i) out.push_back({"model." + p[i].name, p.value(i)});
  for (NamedTensor& t : optimizer_->state()) out.push_back(std::move(t));
  return out;
}

}  // namespace ascender
