// The harness: a benchmark checks its result, then times it against a peer, short samples alternating (A B A
// B ...), and gives the median of paired ratios with its spread, since a shared machine swings by more than
// what is measured. x_bench.cc beside a kernel registers itself:
//
//   ASC_BENCH(matmul, "C = op(A) op(B) against OpenBLAS, oneDNN and MKL") { ... run.report(row); }
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace ascender::bench {

struct Options {
  bool json = false;     // one JSON line a row instead of text
  bool tune = false;     // measure every schedule first and keep the best
  bool quick = false;    // a few minutes in all: the largest rows are left out, samples are few
  double seconds = 0.3;  // spent on one comparison
  int threads = 1;
  std::string only;                  // rows whose name contains this
  std::vector<std::string> against;  // peers whose name contains one of these; none: the usual ones
  std::string lines;                 // file to which the JSON lines are appended, when not empty
  std::string svg;                   // roofline picture of all rows, when not empty
  std::string peers = "build/peers";

  bool takes(const std::string& peer) const;
};

// Seconds a call: the median of samples with the 10th and 90th percentile.
struct Timing {
  double median = 0, low = 0, high = 0;
  int samples = 0;
};

struct Comparison {
  Timing ours, peer;
  Timing ratio;  // peer's time / ours in adjacent samples: above 1 we are faster
};

using Work = std::function<void()>;

Timing summary(std::vector<double> samples);
Timing measure(const Work& work, double seconds);

// Takes one sample and returns its seconds a call.
using Sampler = std::function<double()>;
// Calls `work` as often as makes a sample of that many seconds: long against the clock, short against the
// spells of a shared machine. Times it twice at once to find out.
inline constexpr double kShortSample = 5e-4, kLongSample = 5e-3;
Sampler sampler(const Work& work, double seconds = kShortSample);

// From here on samples count the calling thread's time on the CPU. REQUIRES: subject and peers run on it
// alone.
void time_the_thread();
// Samples in turn for options.seconds, at least five of each (three when quick).
Comparison compare(const Sampler& ours, const Sampler& peer, const Options& options);

// One point of a report; what is unknown stays 0 or empty and is shown as "-".
struct Row {
  std::string name;  // "matmul nn 1024x1024x1024 f32"
  double flops = 0;  // useful ones
  double bytes = 0;  // compulsory
  Timing time = {};
  double memory = 0;      // bytes, of a row that measures memory and not time
  std::string peer = {};  // "oneDNN 3.13"
  Timing ratio = {};
  double goal = 0;  // of the ratio; 0: none
};

class Run {
 public:
  explicit Run(const Options& options) : options_(options) {}
  const Options& options() const { return options_; }
  bool wants(const std::string& row) const { return row.find(options_.only) != std::string::npos; }
  void report(const Row& row);
  // In place of a row that was asked for and cannot be had.
  void skip(const std::string& row, const std::string& why);
  const std::vector<Row>& rows() const { return rows_; }
  bool silent() const { return lines_ == 0; }  // neither rows nor skipped ones so far

 private:
  void print(const std::string& text, const std::string& line);

  Options options_;
  std::vector<Row> rows_;
  int lines_ = 0;
};

struct Benchmark {
  std::string name;
  std::string text;
  void (*body)(Run&);
};
std::vector<Benchmark>& benchmarks();
struct Register {
  Register(const char* name, const char* text, void (*body)(Run&)) {
    benchmarks().push_back({name, text, body});
  }
};

// Roofline of the rows on this machine, log-log, as SVG.
std::string roofline_svg(const std::vector<Row>& rows, int threads);

}  // namespace ascender::bench

#define ASC_BENCH(name, text)                                                                  \
  static void asc_bench_##name(::ascender::bench::Run& run);                                   \
  static const ::ascender::bench::Register asc_register_##name(#name, text, asc_bench_##name); \
  static void asc_bench_##name([[maybe_unused]] ::ascender::bench::Run& run)
