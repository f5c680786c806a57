// What a person sees when training ends: the result as a table, and the model at work.
#pragma once

#include <filesystem>

#include "ascender/lab/study.h"
#include "ascender/record/summary.h"
#include "ascender/report/terminal.h"
#include "ascender/train/run/run.h"

namespace CLI {
class App;
}

namespace ascender {

// As wide as the terminal and coloured on one.
TextStyle terminal_style();

void print_result(Display& display, const RunFolder& folder, const RunOutcome& outcome);
void print_study(Display& display, const Study& study, const std::filesystem::path& folder);

// The same for scripts, as the last JSON line: docs/formats.md has its keys.
void print_result_line(const RunFolder& folder, const RunOutcome& outcome);
void print_study_line(const StudyOutcome& outcome, const std::filesystem::path& folder);

// --checkpoint best|latest|STEP, as load_run takes it.
void add_checkpoint_option(CLI::App& command, std::optional<std::string>& which);

// To stderr.
void print_warning(const Diagnostic& warning);

// The task's examples answered by a run that is done: a sum loop by loop, any other as it was stored. What
// cannot be shown is warned of: the run is done all the same.
void demonstrate(Display& display, const RunFolder& folder, const RunOutcome& outcome);

// Puts a question to a trained model and prints its answer: a sum loop by loop up to `loops`, any other with
// `options`.
void ask(Trainer& trainer, const std::string& question, int loops, const GenerateOptions& options);

}  // namespace ascender
