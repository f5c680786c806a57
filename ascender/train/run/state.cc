#include "ascender/train/run/state.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ascender/base/diagnostic.h"
#include "ascender/base/hash.h"
#include "ascender/record/numerics_version.h"
#include "ascender/tile/target.h"

namespace ascender {
namespace {

using Json = nlohmann::json;

// JSON has no infinity.
Json number(double x) { return std::isfinite(x) ? Json(x) : Json(nullptr); }
std::optional<double> number(const Json& json, const char* key) {
  const auto at = json.find(key);
  return at != json.end() && at->is_number() ? std::optional(at->get<double>()) : std::nullopt;
}
std::string text(const Json& json, const char* key) {
  const auto at = json.find(key);
  return at != json.end() && at->is_string() ? at->get<std::string>() : "";
}

}  // namespace

TrainingState::TrainingState(Trainer& trainer, std::string code_version)
    : trainer_(trainer), code_version_(std::move(code_version)) {
  for (const NamedTensor& t : trainer.state()) {
    blobs_.push_back(
        {t.name, t.tensor.dtype(), t.tensor.shape(),
         std::span(static_cast<std::byte*>(t.tensor.data()), static_cast<size_t>(t.tensor.bytes()))});
  }
}

// Over what differs from the defaults, so that a setting that a later version adds changes no hash.
std::string TrainingState::config_hash() const {
  const Config defaults(training_schema());
  std::string text;
  for (const auto& [path, value] : trainer_.config().values()) {
    if (value != defaults.at(path)) text += fmt::format("{} = {}\n", path, to_text(value));
  }
  return sha256_hex(text);
}

// Every random stream and the sampler are functions of (seed, step): the seed is in the configuration, the
// step here.
CheckpointMeta TrainingState::meta() const {
  const std::optional<double> epoch = trainer_.epoch();
  const Json json = {{"step", trainer_.next_step()},
                     {"epoch", epoch ? Json(*epoch) : Json(nullptr)},
                     {"seed", trainer_.config().integer("seed")},
                     {"config_sha256", config_hash()},
                     {"data_hash", trainer_.task().data_hash()},
                     {"schedule", trainer_.config().text("schedule.kind")},
                     {"simd_target", name_of(simd_target())},
                     {"numerics_version", kNumericsVersion},
                     {"code_version", code_version_},
                     {"wall_s", number(progress.wall_s)},
                     {"flops", number(progress.flops)},
                     {"best_score", number(progress.best_score)},
                     {"last_loss", progress.last_loss ? number(*progress.last_loss) : Json(nullptr)},
                     {"evaluated", progress.evaluated}};
  return {trainer_.next_step(), json.dump()};
}

void TrainingState::require_ours(const CheckpointMeta& meta) const {
  const Json json = Json::parse(meta.json, nullptr, false);
  if (!json.is_object()) throw InputError("E0906", "the checkpoint does not say what it is of");
  if (text(json, "data_hash") != trainer_.task().data_hash()) {
    throw InputError("E0907", "the checkpoint was trained on other data or with another tokeniser",
                     "give the run the data it began with, or start a new one");
  }
  if (text(json, "config_sha256") != config_hash()) {
    throw InputError("E0907", "the checkpoint belongs to a run with other settings",
                     "take back the run's own checkpoint or config.json, or start a new run");
  }
}

void TrainingState::accept(const CheckpointMeta& meta) {
  require_ours(meta);
  const Json json = Json::parse(meta.json);
  progress = {.wall_s = number(json, "wall_s").value_or(0),
              .flops = number(json, "flops").value_or(0),
              .best_score = number(json, "best_score").value_or(-std::numeric_limits<double>::infinity()),
              .last_loss = number(json, "last_loss"),
              .evaluated = json.value("evaluated", int64_t{-1})};
  trainer_.set_next_step(meta.step);
}

void TrainingState::save(CheckpointFolder& folder) { folder.save(meta(), blobs_); }

std::optional<CheckpointMeta> TrainingState::restore_newest(
    CheckpointFolder& folder, const std::function<void(const Diagnostic&)>& warn) {
  const CheckpointFolder::Found found = folder.newest();
  for (const Diagnostic& d : found.warnings) warn(d);
  if (!found.file) return std::nullopt;
  return take(*found.file);
}

void TrainingState::restore(CheckpointFolder& folder, int64_t step) {
  const CheckpointFolder::Found found = folder.at(step);
  if (!found.file) {
    if (!found.warnings.empty()) throw InputError(found.warnings);
    throw InputError("E0908", fmt::format("there is no checkpoint of step {}", step));
  }
  take(*found.file);
}

// What it is of is checked first: other data often means another vocabulary, and tensors of other shapes.
CheckpointMeta TrainingState::take(const std::filesystem::path& file) {
  require_ours(read_meta(file));
  CheckpointMeta meta = read_checkpoint(file, blobs_);
  accept(meta);
  return meta;
}

std::optional<Origin> origin_of(const CheckpointMeta& meta) {
  const Json json = Json::parse(meta.json, nullptr, false);
  if (!json.is_object() || !json.contains("simd_target") || !json.contains("numerics_version")) return {};
  return Origin{text(json, "simd_target"), json.value("numerics_version", 0), text(json, "code_version")};
}

}  // namespace ascender
