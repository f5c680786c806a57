// What a person sees when training ends: the result as a table, and the model at work.
#pragma once

#include <filesystem>

#include "ascender/record/summary.h"
#include "ascender/train/run/run.h"

namespace ascender {

void print_result(Display& display, const RunFolder& folder, const RunOutcome& outcome);
void print_study(Display& display, const Study& study, const std::filesystem::path& folder);

}  // namespace ascender
