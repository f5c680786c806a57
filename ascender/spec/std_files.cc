#include "ascender/spec/std_files.h"

namespace ascender::spec {
namespace {

struct StdFile {
  std::string_view name;
  std::string_view text;
};

// Data sheets: NVIDIA H200 (HBM3e 141 GB, 4.8 TB/s, 132 SMs, dense bf16 989 TFLOP/s, 228 KiB shared memory an
// SM, 50 MiB L2); NVIDIA A100 SXM 80 GB (2039 GB/s, 108 SMs, 312 TFLOP/s, 164 KiB, 40 MiB).
constexpr StdFile kFiles[] = {
    {"std/hw/a100.ascend", R"(ascender 1
knowledge {
  fact mem = 80 GB from "NVIDIA A100 data sheet"
  fact bandwidth = 2039 GB/s from "NVIDIA A100 data sheet"
  fact sm = 108 from "NVIDIA A100 data sheet"
  fact peak_bf16 = 312 TFLOP/s from "NVIDIA A100 data sheet"
  fact smem_per_sm = 164 KiB from "CUDA C++ programming guide, compute capability 8.0"
  fact l2 = 40 MiB from "NVIDIA A100 data sheet"
}
)"},
    {"std/hw/h200.ascend", R"(ascender 1
knowledge {
  fact mem = 141 GB from "NVIDIA H200 data sheet"
  fact bandwidth = 4800 GB/s from "NVIDIA H200 data sheet"
  fact sm = 132 from "NVIDIA H200 data sheet"
  fact peak_bf16 = 989 TFLOP/s from "NVIDIA H200 data sheet"
  fact smem_per_sm = 228 KiB from "CUDA C++ programming guide, compute capability 9.0"
  fact l2 = 50 MiB from "NVIDIA H200 data sheet"
}
)"},
    {"std/seeds.ascend", R"(ascender 1
# Five seeds: the least at which the mean's 95 % interval (1.24 sd) says something.
tuning_space {
  seeds = {1, 2, 3, 5, 7}
}
)"},
};

}  // namespace

std::optional<std::string_view> std_file(std::string_view name) {
  for (const StdFile& file : kFiles) {
    if (file.name == name) return file.text;
  }
  return std::nullopt;
}

std::vector<std::string> std_file_names() {
  std::vector<std::string> names;
  for (const StdFile& file : kFiles) names.emplace_back(file.name);
  return names;
}

}  // namespace ascender::spec
