#include "ascender/train/faults.h"

#include "ascender/train/trainer.h"

namespace ascender {
namespace {

using Part = void (*)(const Config& config);

constexpr Part kParts[] = {check_model, check_batch, check_halting,
                           [](const Config& config) { make_task(config); }};

std::vector<Diagnostic> faults_of(Part part, const Config& config) {
  try {
    part(config);
    return {};
  } catch (const InputError& error) {
    return error.diagnostics();
  }
}

}  // namespace

std::vector<Diagnostic> find_faults(const Config& config) {
  const auto whole = faults_of([](const Config& c) { Trainer(c, Weights::kNone).load_weights(); }, config);
  if (whole.empty()) return {};
  // A trainer stops at the first fault; its parts say theirs apart.
  std::vector<Diagnostic> found;
  for (Part part : kParts) {
    for (Diagnostic& d : faults_of(part, config)) found.push_back(std::move(d));
  }
  return found.empty() ? whole : found;
}

}  // namespace ascender
