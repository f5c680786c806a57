#include "bench/bench.h"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "ascender/tile/machine.h"
#include "ascender/tile/roof.h"

namespace ascender::bench {
namespace {

double clock_seconds(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}
double now() { return clock_seconds(CLOCK_MONOTONIC); }

// On one thread the time that the thread ran is taken, so that what other processes steal is left out.
clockid_t sample_clock = CLOCK_MONOTONIC;

double timed(const Work& work, int calls) {
  const double start = clock_seconds(sample_clock);
  for (int i = 0; i < calls; ++i) work();
  return (clock_seconds(sample_clock) - start) / calls;
}

// Calls that make a sample of about 2 ms: long against the clock, short against the spells of a shared
// machine.
int calls_a_sample(const Work& work) {
  const double once = std::min(timed(work, 1), timed(work, 1));
  return std::clamp(static_cast<int>(5e-4 / std::max(once, 1e-9)), 1, 1'000'000);
}

Timing summary(std::vector<double> samples) {
  std::sort(samples.begin(), samples.end());
  const auto at = [&](double q) {
    return samples[static_cast<size_t>(std::lround(q * static_cast<double>(samples.size() - 1)))];
  };
  return {at(0.5), at(0.1), at(0.9), static_cast<int>(samples.size())};
}

std::string short_number(double x) { return x > 0 ? fmt::format("{:.1f}", x) : "-"; }

// Percent of the lower of the two ceilings over this row; bytes count against the level its working set fits.
double percent_of_roof(const Row& row, int threads) {
  const auto ceiling = roof();
  if (!ceiling || row.flops <= 0) return 0;
  double limit = ceiling->flops(threads);
  if (row.bytes > 0) {
    size_t level = 0;
    while (level + 1 < kRoofBytes.size() && row.bytes > 2.0 * static_cast<double>(kRoofBytes[level])) ++level;
    limit = std::min(limit, row.flops / row.bytes * ceiling->bytes[level] * threads);
  }
  return 100 * row.flops / row.time.median / limit;
}

}  // namespace

std::vector<Benchmark>& benchmarks() {
  static std::vector<Benchmark> all;
  return all;
}

void time_the_thread() { sample_clock = CLOCK_THREAD_CPUTIME_ID; }

Timing measure(const Work& work, double seconds) {
  const int calls = calls_a_sample(work);
  std::vector<double> samples;
  for (const double end = now() + seconds; now() < end || samples.size() < 5;)
    samples.push_back(timed(work, calls));
  return summary(std::move(samples));
}

Comparison compare(const Work& ours, const Work& peer, double seconds) {
  const int our_calls = calls_a_sample(ours), peer_calls = calls_a_sample(peer);
  std::vector<double> a, b, ratios;
  for (const double end = now() + seconds; now() < end || a.size() < 5;) {
    // Whoever goes second finds caches the other left: the order turns round every time.
    const bool first = a.size() % 2 == 0;
    if (!first) b.push_back(timed(peer, peer_calls));
    a.push_back(timed(ours, our_calls));
    if (first) b.push_back(timed(peer, peer_calls));
    ratios.push_back(b.back() / a.back());
  }
  return {summary(std::move(a)), summary(std::move(b)), summary(std::move(ratios))};
}

void Run::report(const Row& row) {
  rows_.push_back(row);
  const double rate = row.flops / row.time.median * 1e-9;
  const double percent = percent_of_roof(row, options_.threads);
  if (!options_.json) {
    fmt::print("{:<36} {:>12} {:>8} GF/s {:>6}% of roof", row.name,
               row.time.median < 1e-3 ? fmt::format("{:.2f} us", row.time.median * 1e6)
                                      : fmt::format("{:.2f} ms", row.time.median * 1e3),
               short_number(rate), short_number(percent));
    if (!row.peer.empty()) {
      fmt::print("  {:.2f} [{:.2f}, {:.2f}] x {}{}", row.ratio.median, row.ratio.low, row.ratio.high,
                 row.peer, row.goal > 0 && row.ratio.median < row.goal ? "  BELOW GOAL" : "");
    }
    fmt::print("\n");
    std::fflush(stdout);
    return;
  }
  nlohmann::json line = {{"name", row.name},
                         {"seconds", row.time.median},
                         {"seconds_p10", row.time.low},
                         {"seconds_p90", row.time.high},
                         {"samples", row.time.samples},
                         {"flops", row.flops},
                         {"bytes", row.bytes},
                         {"gflops", rate},
                         {"percent_of_roof", percent > 0 ? nlohmann::json(percent) : nlohmann::json()},
                         {"threads", options_.threads},
                         {"machine", machine_name()},
                         {"commit", ASCENDER_COMMIT},
                         {"flags", ASCENDER_FLAGS}};
  if (!row.peer.empty()) {
    line["peer"] = row.peer;
    line["ratio"] = row.ratio.median;
    line["ratio_p10"] = row.ratio.low;
    line["ratio_p90"] = row.ratio.high;
    line["goal"] = row.goal;
  }
  fmt::print("{}\n", line.dump());
  std::fflush(stdout);
}

}  // namespace ascender::bench
