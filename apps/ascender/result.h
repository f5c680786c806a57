// What a person sees when training ends: the result as a table, and the model at work.
#pragma once

#include <filesystem>

#include "ascender/lab/study.h"
#include "ascender/record/summary.h"
#include "ascender/report/terminal.h"
#include "ascender/train/run/run.h"

namespace ascender {

// As wide as the terminal and coloured on one.
TextStyle terminal_style();

void print_result(Display& display, const RunFolder& folder, const RunOutcome& outcome);
void print_study(Display& display, const Study& study, const std::filesystem::path& folder);

// The same for scripts, as the last JSON line: docs/formats.md has its keys.
void print_result_line(const RunFolder& folder, const RunOutcome& outcome);
void print_study_line(const StudyOutcome& outcome, const std::filesystem::path& folder);

// To stderr.
void print_warning(const Diagnostic& warning);

// A few sums of a run that learned to add, loop by loop; a sample of one that learned a text.
void demonstrate(const RunFolder& folder);

}  // namespace ascender
