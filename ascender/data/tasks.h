// The list of tasks: which kinds there are, their settings, and how one is made.
#pragma once

#include <memory>
#include <span>

#include "ascender/base/config.h"
#include "ascender/data/task.h"

namespace ascender {

struct TaskKind {
  const char* name;                  // data.kind
  void (*describe)(Schema& schema);  // the settings of its own; kinds may share one
  std::unique_ptr<Task> (*make)(const Config& config);
};
std::span<const TaskKind> task_kinds();

// Adds data.kind, what all tasks share, and every task's own settings.
void describe_tasks(Schema& schema);
// The task that `config` describes; InputError where its settings or its files cannot be taken.
std::unique_ptr<Task> make_task(const Config& config);

}  // namespace ascender
