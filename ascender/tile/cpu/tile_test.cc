#include <cmath>
#include <gtest/gtest.h>
#include <vector>

#include "ascender/base/random.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ascender/tile/cpu/tile_test.cc"
#include "ascender/tile/cpu/foreach_target.h"
// keep apart: Highway's order matters
#include "ascender/tile/cpu/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ascender::HWY_NAMESPACE {

template <class T>
std::vector<T> numbers(size_t count, uint64_t seed) {
  Random random({seed, Stream::kTest});
  std::vector<T> x(count);
  for (T& each : x) each = static_cast<T>(2 * random.uniform() - 1);
  return x;
}

// c = a b for tiles whose a comes in rows or transposed, and b from memory, in place, ragged.
template <class T, int kM, int kN, int kK>
void products() {
  const auto a = numbers<T>(kM * kK, 1), b = numbers<T>(kK * kN, 2);
  const auto a_tiles = partition<kM, kK>(View<const T>{a.data(), kM, kK, kK});
  const auto at_tiles = partition<kK, kM>(View<const T, Order::kColumns>{a.data(), kK, kM, kK});
  const auto b_tiles = partition<kK, kN>(View<const T>{b.data(), kK, kN, kN});
  const Tile<T, kM, kK> a_tile = a_tiles.load(0, 0);
  const Tile<T, kK, kM> at_tile = at_tiles.load(0, 0);
  const Tile<T, kK, kN> b_tile = b_tiles.load(0, 0);
  Tile<T, kM, kN> c = full<T, kM, kN>(T(1)), d = c;
  c = mma(a_tile, b_tile, c);
  d = mma(transpose(at_tile), b_tile, d);
  std::vector<T> stored(kM * kN, T(9));
  partition<kM, kN>(View<T>{stored.data(), kM, kN, kN})
      .store(max(mma(a_tiles.load(0, 0), b_tile, full<T, kM, kN>(T(0))) * T(2), T(-1)), 0, 0);
  const double tolerance = kK * std::numeric_limits<T>::epsilon();
  for (int i = 0; i < kM; ++i) {
    for (int j = 0; j < kN; ++j) {
      double sum = 0;
      for (int k = 0; k < kK; ++k) sum += static_cast<double>(a[i * kK + k]) * b[k * kN + j];
      ASSERT_NEAR(c.row(i)[j], 1 + sum, 2 * tolerance) << i << "," << j;
      ASSERT_EQ(c.row(i)[j], d.row(i)[j]);
      ASSERT_NEAR(stored[i * kN + j], std::max(2 * sum, -1.0), 4 * tolerance);
    }
  }
}

template <class T>
void maps() {
  constexpr int kM = 5, kN = 37;
  const auto x = numbers<T>(kM * kN, 3);
  const Tile<T, kM, kN> t = partition<kM, kN>(View<const T>{x.data(), kM, kN, kN}).load(0, 0);
  const auto most = reduce_max<1>(t);
  Tile<T, kM, kN> p;
  const auto total = assign_sum<1>(p, exp2((t - most) * T(3)));
  const auto columns = sum<0>(t);
  const Tile<T, kM, kN> masked = select(column_index<T, kN>(10) <= row_index<T, kM>(12), t, T(-7));
  const Tile<T, kN, kM> turned = keep(transpose(t));
  for (int i = 0; i < kM; ++i) {
    double row_max = -1e30, row_sum = 0;
    for (int j = 0; j < kN; ++j) row_max = std::max<double>(row_max, x[i * kN + j]);
    for (int j = 0; j < kN; ++j) {
      const double value = std::exp2((x[i * kN + j] - row_max) * 3);
      row_sum += value;
      ASSERT_NEAR(p.row(i)[j], value, 4 * std::numeric_limits<T>::epsilon());
      ASSERT_EQ(masked.row(i)[j], 10 + j <= 12 + i ? x[i * kN + j] : T(-7));
      ASSERT_EQ(turned.row(j)[i], x[i * kN + j]);
    }
    ASSERT_EQ(most.data()[i], row_max);
    ASSERT_NEAR(total.data()[i], row_sum, 40 * std::numeric_limits<T>::epsilon());
  }
  for (int j = 0; j < kN; ++j) {
    double column = 0;
    for (int i = 0; i < kM; ++i) column += x[i * kN + j];
    ASSERT_NEAR(columns.data()[j], column, 8 * std::numeric_limits<T>::epsilon());
  }
}

// What lies outside a masked tile reads as 0 and is not written.
template <class T>
void edges() {
  constexpr int kRows = 7, kColumns = 21;
  const auto x = numbers<T>(kRows * kColumns, 4);
  std::vector<T> y(kRows * kColumns + 64, T(5));
  const auto from = partition<4, 16>(View<const T>{x.data(), kRows, kColumns, kColumns});
  const auto to = partition<4, 16>(View<T>{y.data(), kRows, kColumns, kColumns});
  const Tile<T, 4, 16> corner = from.load_masked(1, 1);
  EXPECT_EQ(corner.row(2)[4], x[6 * kColumns + 20]);
  EXPECT_EQ(corner.row(2)[5], T(0));
  EXPECT_EQ(corner.row(3)[0], T(0));
  for (int i = 0; i < 2; ++i) {
    for (int j = 0; j < 2; ++j) to.store_masked(from.load_masked(i, j) * T(2), i, j);
  }
  for (int i = 0; i < kRows * kColumns; ++i) ASSERT_EQ(y[i], 2 * x[i]) << i;
  for (size_t i = kRows * kColumns; i < y.size(); ++i) ASSERT_EQ(y[i], T(5));
}

// Largest error of exp2 and exp in units of the last place, over the range of results that are normal
// numbers.
template <class T>
double worst_exponential() {
  double worst = 0;
  const double limit = sizeof(T) == 4 ? 125 : 1021;
  for (double x = -limit; x < limit; x += limit / 40000.3) {
    const T argument = static_cast<T>(x);
    T two[kLanes<T>], e[kLanes<T>];
    store(exp2(splat(argument)), two);
    store(exp(splat(static_cast<T>(argument * T(0.69)))), e);
    const double want = std::exp2(static_cast<double>(argument));
    const double want_e = std::exp(static_cast<double>(static_cast<T>(argument * T(0.69))));
    worst = std::max(worst, std::abs(two[0] / want - 1) / std::numeric_limits<T>::epsilon());
    worst = std::max(worst, std::abs(e[0] / want_e - 1) / std::numeric_limits<T>::epsilon());
  }
  T special[kLanes<T>];
  store(exp2(splat(-std::numeric_limits<T>::infinity())), special);
  EXPECT_EQ(special[0], T(0));
  store(exp2(splat(std::numeric_limits<T>::infinity())), special);
  EXPECT_EQ(special[0], std::numeric_limits<T>::infinity());
  store(exp2(splat(std::numeric_limits<T>::quiet_NaN())), special);
  EXPECT_TRUE(std::isnan(special[0]));
  store(exp(splat(T(0))), special);
  EXPECT_EQ(special[0], T(1));
  return worst;
}

void run_products() {
  products<float, 1, 1, 1>();
  products<float, 7, 16, 16>();
  products<float, 13, 64, 40>();
  products<float, 64, 96, 64>();
  products<float, 5, 19, 33>();
  products<double, 13, 64, 40>();
  products<double, 5, 19, 33>();
}
void run_maps() {
  maps<float>();
  maps<double>();
}
void run_edges() {
  edges<float>();
  edges<double>();
}
double run_exponentials() { return std::max(worst_exponential<float>(), worst_exponential<double>()); }

}  // namespace ascender::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ascender {
namespace {

constexpr auto kProducts = ASC_PER_TARGET(run_products);
constexpr auto kMaps = ASC_PER_TARGET(run_maps);
constexpr auto kEdges = ASC_PER_TARGET(run_edges);
constexpr auto kExponentials = ASC_PER_TARGET(run_exponentials);

TEST(Tile, ProductsEqualPlainLoopsOnEveryTarget) {
  for (const Target target : simd_targets()) {
    SCOPED_TRACE(name_of(target));
    kProducts.of(target)();
  }
}

TEST(Tile, MapsAndReductionsEqualPlainLoopsOnEveryTarget) {
  for (const Target target : simd_targets()) {
    SCOPED_TRACE(name_of(target));
    kMaps.of(target)();
  }
}

TEST(Tile, MaskedEdgesReadZeroAndAreNotWritten) {
  for (const Target target : simd_targets()) {
    SCOPED_TRACE(name_of(target));
    kEdges.of(target)();
  }
}

TEST(Tile, ExponentialsAreWithinThreeUnitsOfTheLastPlace) {
  for (const Target target : simd_targets()) EXPECT_LT(kExponentials.of(target)(), 3.0) << name_of(target);
}

}  // namespace
}  // namespace ascender
#endif
