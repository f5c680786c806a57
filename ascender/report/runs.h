// `ascender runs` and `ascender show RUN`, as text. What is damaged is named where it would stand, and the
// rest is shown.
#pragma once

#include <ctime>
#include <filesystem>
#include <string>
#include <vector>

#include "ascender/base/config.h"
#include "ascender/record/run_folder.h"
#include "ascender/record/summary.h"
#include "ascender/record/trace_reader.h"
#include "ascender/report/chart.h"
#include "ascender/report/terminal.h"

namespace ascender {

// All runs under a root, the newest first: status, steps, losses, exact match, time, age.
std::string runs_text(const std::filesystem::path& root, std::time_t now, TextStyle style);

// One run: what differs from the defaults, where it ran, its metrics, events and loss curves. Writes loss.svg
// into its folder where it has a curve. `schema`: the defaults; none: every setting is shown.
std::string show_text(const RunFolder& run, const Schema* schema, TextStyle style);

// A study as the table of its runs, and the mean and the spread of each arm.
std::string study_text(const Study& study, TextStyle style);

// Every loss of a trace: train.loss raw and smoothed, the others as lines. No series when there is none.
Chart loss_chart(const TraceReader& trace, const std::string& title);

}  // namespace ascender
