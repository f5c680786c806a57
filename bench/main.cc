// ascender-bench NAME... [--quick] [--json] [--lines FILE] [--svg FILE] [--seconds S] [--threads N] [--only
// TEXT]
// [--against PEER,...] [--tune] [--peers FOLDER]
#include <CLI/CLI.hpp>
#include <algorithm>
#include <fmt/core.h>
#include <set>
#include <thread>

#include "ascender/base/diagnostic.h"
#include "ascender/base/error.h"
#include "ascender/base/file.h"
#include "ascender/tile/machine.h"
#include "ascender/tile/roof.h"

#include "bench/bench.h"

namespace ascender::bench {
namespace {

// The peers' libraries look for one another in their own folder, which the loader reads when a process
// starts.
void restart_among_peers(const std::string& peers, char** argv) {
  const std::string folder = peers + "/lib";
  const char* path = std::getenv("LD_LIBRARY_PATH");
  if (path != nullptr && std::string(path).find(folder) != std::string::npos) return;
  if (access(folder.c_str(), R_OK) != 0) return;
  setenv("LD_LIBRARY_PATH", (path == nullptr ? folder : folder + ":" + path).c_str(), 1);
  execv("/proc/self/exe", argv);
}

// One thread means one CPU: a peer that starts workers of its own would otherwise use the others.
void pin_to_one_cpu() {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(static_cast<size_t>(std::max(0, sched_getcpu())), &one);
  sched_setaffinity(0, sizeof(one), &one);
  time_the_thread();
}

void list() {
  for (const Benchmark& each : benchmarks()) fmt::print("{:<14} {}\n", each.name, each.text);
}

// `all`: every benchmark but the roof, which wants all processors.
std::vector<std::string> expand(const std::vector<std::string>& names) {
  if (names != std::vector<std::string>{"all"}) return names;
  std::set<std::string> all;
  for (const Benchmark& each : benchmarks()) all.insert(each.name);
  all.erase("roof");
  return {all.begin(), all.end()};
}

int run_named(const std::vector<std::string>& names, const Options& options) {
  Run run(options);
  for (const std::string& name : expand(names)) {
    bool found = false;
    for (const Benchmark& each : benchmarks()) {
      if (each.name != name) continue;
      each.body(run);
      found = true;
    }
    if (!found) {
      fmt::print(stderr, "no benchmark is called `{}`; there are:\n", name);
      list();
      return 2;
    }
  }
  if (run.silent() && !(options.only.empty() && options.against.empty())) {
    fmt::print(stderr, "--quick, --only and --against leave no row\n");
    return 2;
  }
  if (!options.svg.empty()) write_file(options.svg, roofline_svg(run.rows(), options.threads));
  return 0;
}

ASC_BENCH(roof, "measures the ceilings of this machine and keeps them") {
  Threads threads(std::max(1, static_cast<int>(std::thread::hardware_concurrency())));
  const Roof r = measure_roof(threads);
  fmt::print("{}\nFMA f32: {:.0f} GF/s on one thread, {:.0f} on {}\n", machine_name(), r.flops_one * 1e-9,
             r.flops_all * 1e-9, r.threads);
  constexpr const char* kNames[] = {"L1", "L2", "L3", "memory"};
  for (size_t i = 0; i < r.bytes.size(); ++i)
    fmt::print("triad in {}: {:.0f} GB/s\n", kNames[i], r.bytes[i] * 1e-9);
  fmt::print("kept in {}\n", roof_file());
}

}  // namespace
}  // namespace ascender::bench

int main(int argc, char** argv) {
  ascender::bench::Options options;
  std::vector<std::string> names;
  CLI::App app("Checks, then times, against peers in the same run");
  app.add_option("names", names, "which benchmarks, or all; none: list them");
  app.add_flag("--json", options.json, "one JSON line a row");
  app.add_flag("--tune", options.tune, "measure every schedule first and keep the best");
  app.add_flag("--quick", options.quick,
               "few samples, the largest rows left out: a few minutes for everything");
  app.add_option("--seconds", options.seconds, "for each comparison");
  app.add_option("--threads", options.threads, "of ours; peers of matmul run on one");
  app.add_option("--only", options.only, "rows whose name contains this");
  app.add_option("--against", options.against,
                 "peers of matmul and step whose name contains one of these; those of step are PyTorch (the "
                 "usual one), torch.compile and llm.c (its folder in LLMC)")
      ->delimiter(',')
      ->allow_extra_args(false);
  app.add_option("--lines", options.lines, "file to append the JSON lines to");
  app.add_option("--svg", options.svg, "write a roofline picture");
  app.add_option("--peers", options.peers, "the peers' environment");
  CLI11_PARSE(app, argc, argv);
  if (options.quick) options.seconds = std::min(options.seconds, 0.05);
  if (names.empty()) {
    ascender::bench::list();
    return 0;
  }
  ascender::bench::restart_among_peers(options.peers, argv);
  if (options.threads == 1 && names != std::vector<std::string>{"roof"}) ascender::bench::pin_to_one_cpu();
  try {
    return ascender::bench::run_named(names, options);
  } catch (const ascender::InputError& error) {
    fmt::print(stderr, "{}", ascender::render(error.diagnostics()));
    return 2;
  } catch (const ascender::EnvironmentError& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
