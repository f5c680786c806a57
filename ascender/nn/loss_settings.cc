#include "ascender/nn/loss_settings.h"

#include "ascender/base/diagnostic.h"

namespace ascender {

void describe_loss(Schema& schema) {
  schema.real("loss.label_smoothing", 0, {0, 0.99}, "Share of a target that is spread over all classes.");
  schema.real("loss.z_loss", 0, {0, 10}, "Weight of the squared log-sum-exp.");
  schema.boolean("loss.precise", false, "Reduce the loss in double precision.");
  schema.boolean("loss.stablemax", false, "StableMax in place of softmax.");
}

CrossEntropyOptions loss_options(const Config& config) {
  const CrossEntropyOptions options{.label_smoothing = config.real("loss.label_smoothing"),
                                    .z_loss = config.real("loss.z_loss"),
                                    .precise = config.boolean("loss.precise"),
                                    .stablemax = config.boolean("loss.stablemax")};
  if (options.stablemax && (options.label_smoothing > 0 || options.z_loss > 0)) {
    throw InputError("E0755", "`loss.stablemax` goes with neither `loss.label_smoothing` nor `loss.z_loss`",
                     "leave one of them out");
  }
  return options;
}

}  // namespace ascender
