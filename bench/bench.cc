#include "bench/bench.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <fmt/core.h>
#include <fstream>
#include <nlohmann/json.hpp>

#include "ascender/base/error.h"
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

std::string text_of_cost(const Row& row) {
  if (row.memory > 0) return fmt::format("{:.1f} MiB", row.memory / (1 << 20));
  const double s = row.time.median;
  return s < 1e-3 ? fmt::format("{:.2f} us", s * 1e6)
         : s < 1  ? fmt::format("{:.2f} ms", s * 1e3)
                  : fmt::format("{:.2f} s", s);
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

// Of the last minute: what else runs here decides how far a time can be believed.
double load_average() {
  double load = 0;
  return getloadavg(&load, 1) == 1 ? load : 0;
}

double rate_of(const Row& row) { return row.flops > 0 ? row.flops / row.time.median * 1e-9 : 0; }

std::string text_of(const Row& row, int threads) {
  std::string out = fmt::format("{:<36} {:>12} {:>8} GF/s {:>6}% of roof", row.name, text_of_cost(row),
                                short_number(rate_of(row)), short_number(percent_of_roof(row, threads)));
  if (row.peer.empty()) return out;
  out += fmt::format("  {:.2f} [{:.2f}, {:.2f}] x {}", row.ratio.median, row.ratio.low, row.ratio.high,
                     row.peer);
  if (row.goal <= 0) return out;
  return out + fmt::format(", goal {:.4g}{}", row.goal, row.ratio.median < row.goal ? ": BELOW" : "");
}

std::string json_of(const Row& row, int threads) {
  const double percent = percent_of_roof(row, threads);
  nlohmann::json line = {{"name", row.name},
                         {"seconds", row.time.median},
                         {"seconds_p10", row.time.low},
                         {"seconds_p90", row.time.high},
                         {"samples", row.time.samples},
                         {"memory_bytes", row.memory},
                         {"flops", row.flops},
                         {"bytes", row.bytes},
                         {"gflops", rate_of(row)},
                         {"percent_of_roof", percent > 0 ? nlohmann::json(percent) : nlohmann::json()},
                         {"threads", threads},
                         {"load", load_average()},
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
  return line.dump();
}

}  // namespace

std::vector<Benchmark>& benchmarks() {
  static std::vector<Benchmark> all;
  return all;
}

void time_the_thread() { sample_clock = CLOCK_THREAD_CPUTIME_ID; }

Timing summary(std::vector<double> samples) {
  std::sort(samples.begin(), samples.end());
  const auto at = [&](double q) {
    return samples[static_cast<size_t>(std::lround(q * static_cast<double>(samples.size() - 1)))];
  };
  return {at(0.5), at(0.1), at(0.9), static_cast<int>(samples.size())};
}

Sampler sampler(const Work& work, double seconds) {
  const double once = std::min(timed(work, 1), timed(work, 1));
  const int calls = std::clamp(static_cast<int>(seconds / std::max(once, 1e-9)), 1, 1'000'000);
  return [work, calls] { return timed(work, calls); };
}

Timing measure(const Work& work, double seconds) {
  const Sampler sample = sampler(work);
  std::vector<double> samples;
  for (const double end = now() + seconds; now() < end || samples.size() < 5;) samples.push_back(sample());
  return summary(std::move(samples));
}

Comparison compare(const Sampler& ours, const Sampler& peer, const Options& options) {
  const size_t fewest = options.quick ? 3 : 5;
  std::vector<double> a, b, ratios;
  for (const double end = now() + options.seconds; now() < end || a.size() < fewest;) {
    // Whoever goes second finds caches the other left: the order turns round every time.
    const bool first = a.size() % 2 == 0;
    if (!first) b.push_back(peer());
    a.push_back(ours());
    if (first) b.push_back(peer());
    ratios.push_back(b.back() / a.back());
  }
  return {summary(std::move(a)), summary(std::move(b)), summary(std::move(ratios))};
}

bool Options::takes(const std::string& peer) const {
  return against.empty() || std::any_of(against.begin(), against.end(), [&](const std::string& part) {
           return peer.find(part) != std::string::npos;
         });
}

void Run::report(const Row& row) {
  rows_.push_back(row);
  print(text_of(row, options_.threads), json_of(row, options_.threads));
}

void Run::skip(const std::string& row, const std::string& why) {
  print(fmt::format("{:<36} skipped: {}", row, why), nlohmann::json{{"name", row}, {"skipped", why}}.dump());
}

void Run::print(const std::string& text, const std::string& line) {
  ++lines_;
  fmt::print("{}\n", options_.json ? line : text);
  std::fflush(stdout);
  if (options_.lines.empty()) return;
  std::ofstream file(options_.lines, std::ios::app);
  file << line << std::endl;
  if (!file) throw EnvironmentError("cannot write " + options_.lines);
}

}  // namespace ascender::bench
