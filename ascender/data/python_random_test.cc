#include "ascender/data/python_random.h"

#include <gtest/gtest.h>
#include <numeric>
#include <string>

namespace ascender {
namespace {

// Every number here is what python3 (3.11) printed for the calls named.

TEST(PythonRandom, DrawsWhatCPythonDrawsForSmallAndLargeSeeds) {
  PythonRandom r(42);
  EXPECT_EQ(r.random(), 0.6394267984578837);
  EXPECT_EQ(r.random(), 0.025010755222666936);
  EXPECT_EQ(r.random(), 0.27502931836911926);
  PythonRandom large((uint64_t{1} << 40) + 12345);
  EXPECT_EQ(large.random(), 0.31036222241287226);
  std::vector<uint64_t> drawn;
  for (uint64_t bound :
       {uint64_t{1}, uint64_t{2}, uint64_t{3}, uint64_t{10}, uint64_t{1000}, uint64_t{1} << 33}) {
    drawn.push_back(large.randbelow(bound));
  }
  EXPECT_EQ(drawn, (std::vector<uint64_t>{0, 0, 2, 2, 208, 2867301313}));
}

TEST(PythonRandom, BitsAreTakenFromTheTopAndLowWordFirst) {
  PythonRandom r(0);
  EXPECT_EQ(r.random(), 0.8444218515250481);
  EXPECT_EQ(r.getrandbits(1), 1u);
  EXPECT_EQ(r.getrandbits(32), 3823568514u);
  EXPECT_EQ(r.getrandbits(53), 364648824738901u);
  EXPECT_EQ(r.getrandbits(64), 17809683713383489082u);
}

TEST(PythonRandom, GaussKeepsItsSecondNumberAcrossOtherCalls) {
  PythonRandom r(42);
  const double expected[] = {-0.011527226366234268, -0.013832288026521545, -0.008905268925412997,
                             0.05615869800790905, -0.010207062702630967};
  for (double x : expected) EXPECT_EQ(r.gauss(0, 0.08), x);
  EXPECT_EQ(r.random(), 0.8921795677048454);
  EXPECT_EQ(r.gauss(1, 2), -1.994706828681915);
}

TEST(PythonRandom, ShufflesAndChoosesAsCPythonDoes) {
  PythonRandom shuffler(42);
  std::vector<int> list(10);
  std::iota(list.begin(), list.end(), 0);
  shuffler.shuffle(list);
  EXPECT_EQ(list, (std::vector<int>{7, 3, 2, 8, 5, 6, 9, 4, 0, 1}));
  PythonRandom chooser(7);
  const double weights[] = {.1, .2, .05, .6, .05};
  std::vector<size_t> chosen;
  for (int i = 0; i < 20; ++i) chosen.push_back(chooser.choice(weights));
  EXPECT_EQ(chosen, (std::vector<size_t>{2, 1, 3, 0, 3, 3, 0, 3, 0, 3, 0, 0, 3, 3, 1, 1, 3, 3, 3, 3}));
}

// The order of draws in microgpt.py: shuffle 32,033 documents, then 4,192 Gaussian weights, then sampling.
TEST(PythonRandom, RepeatsTheDrawsOfMicrogpt) {
  PythonRandom r(42);
  std::vector<int> docs(32033);
  r.shuffle(docs);
  double first = 0, last = 0, sum = 0;
  for (int i = 0; i < 4192; ++i) {
    last = r.gauss(0, 0.08);
    if (i == 0) first = last;
    sum += last;
  }
  EXPECT_EQ(first, -0.04273180935726127);
  EXPECT_EQ(last, -0.09496111892676082);
  EXPECT_EQ(sum, 4.289341802239092);
  EXPECT_EQ(r.random(), 0.5713543597375992);
}

}  // namespace
}  // namespace ascender
