// The list of models: which kinds there are, their settings, and how one is made. Adding a model is one
// folder and one line in models.cc.
#pragma once

#include <memory>
#include <span>

#include "ascender/base/config.h"
#include "ascender/nn/model.h"

namespace ascender {

struct ModelKind {
  const char* name;  // model.kind
  void (*describe)(Schema& schema);
  std::unique_ptr<Model> (*make)(const Config& config, const ModelSizes& sizes);
};
std::span<const ModelKind> model_kinds();

// Adds model.kind, what several models share, and every model's own settings.
void describe_models(Schema& schema);
// What can be said of a model before its task is known. InputError where settings do not fit together.
void check_model(const Config& config);
// The model that `config` describes, its parameters allocated but not initialised; InputError where settings
// do not fit together or do not fit the task.
std::unique_ptr<Model> make_model(const Config& config, const ModelSizes& sizes);

}  // namespace ascender
