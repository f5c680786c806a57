// From the start of the program to the end of the first step of a tiny model, against `import torch` alone.
#include <filesystem>
#include <fmt/core.h>
#include <unistd.h>

#include "bench/child_peer.h"
#include "bench/process.h"

namespace ascender::bench {
namespace {

double seconds_to_first_step() {
  namespace fs = std::filesystem;
  const fs::path program = fs::read_symlink("/proc/self/exe").parent_path() / "ascender";
  const fs::path folder = fs::temp_directory_path() / fmt::format("ascender-bench-{}", getpid());
  const double seconds = seconds_until(
      {program, "run", ASCENDER_SOURCE_DIR "/experiments/addition.ascend", "--json", "--run", folder},
      R"("event":"progress")");
  fs::remove_all(folder);
  return seconds;
}

ASC_BENCH(start,
          "from the start of the program to the end of a tiny model's first step, against `import torch`") {
  const std::string name = "start of addition.ascend";
  if (!run.wants(name)) return;
  Row row{.name = name, .peer = "import torch", .goal = 10};
  const std::string python = run.options().peers + "/bin/python";
  if (access(python.c_str(), X_OK) != 0) {
    fmt::print(stderr, "{} is not there: no peer\n", python);
    return;
  }
  const auto import_torch = [&] { return seconds_until({python, "-c", "import torch"}, ""); };
  seconds_to_first_step();  // both from the page cache
  import_torch();
  const Comparison both = compare(seconds_to_first_step, import_torch, run.options());
  row.time = both.ours;
  row.ratio = both.ratio;
  run.report(row);
}

}  // namespace
}  // namespace ascender::bench
