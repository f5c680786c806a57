#include "ascender/kernels/norm/norm.h"

#include "ascender/kernels/norm/norm_reference.h"
#include "ascender/kernels/testing.h"

namespace ascender {
namespace {

using namespace testing;

struct Case {
  DType dtype;
  int64_t rows, C, pad;
  bool affine;
};

template <class Body>
void sweep(const Body& body) {
  for_each_target([&](DType dtype) {
    for (int64_t C : sizes()) {
      for (int64_t pad : {0, 3}) {
        SCOPED_TRACE("C " + std::to_string(C) + " pad " + std::to_string(pad));
        body(Case{dtype, C == 1000 ? 67 : 5, C, pad, pad == 0});
      }
    }
  });
}

// Errors of x - mean and of rstd, carried into y and dx: all grow with |x| rstd.
double tolerance(const Case& c, const Tensor& x, const Tensor& rstd, double scale) {
  return epsilon(c.dtype) * depth(c.dtype, c.C) * (1 + largest(x) * largest(rstd)) * scale;
}

TEST(RmsNorm, ForwardEqualsTheReference) {
  sweep([](const Case& c) {
    const Owned x = normal(c.dtype, {c.rows, c.C}, 1, c.pad, 2),
                residual = normal(c.dtype, {c.rows, c.C}, 2, c.pad);
    const Owned gain = normal(c.dtype, {c.C}, 3);
    Owned y(c.dtype, {c.rows, c.C}, c.pad), r(c.dtype, {c.rows}), y0(c.dtype, {c.rows, c.C}),
        r0(c.dtype, {c.rows});
    const NormOptions options = {.eps = 1e-5, .residual = c.affine ? *residual : Tensor()};
    Bench bench;
    rms_norm_forward(bench.context, *x, c.affine ? *gain : Tensor(), *y, *r, options);
    rms_norm_forward_reference(*x, c.affine ? *gain : Tensor(), *y0, *r0, options);
    expect_close(*r, *r0, epsilon(c.dtype) * depth(c.dtype, c.C) * largest(*r0));
    expect_close(*y, *y0, tolerance(c, *x, *r0, 1 + largest(*gain)));
  });
}

TEST(LayerNorm, ForwardEqualsTheReference) {
  sweep([](const Case& c) {
    const Owned x = normal(c.dtype, {c.rows, c.C}, 1, c.pad, 2, 1);
    const Owned gain = normal(c.dtype, {c.C}, 3), bias = normal(c.dtype, {c.C}, 4);
    Owned y(c.dtype, {c.rows, c.C}, c.pad), m(c.dtype, {c.rows}), r(c.dtype, {c.rows});
    Owned y0(c.dtype, {c.rows, c.C}), m0(c.dtype, {c.rows}), r0(c.dtype, {c.rows});
    const Tensor w = c.affine ? *gain : Tensor(), b = c.affine ? *bias : Tensor();
    Bench bench;
    layer_norm_forward(bench.context, *x, w, b, *y, *m, *r);
    layer_norm_forward_reference(*x, w, b, *y0, *m0, *r0, {});
    expect_close(*m, *m0, epsilon(c.dtype) * depth(c.dtype, c.C) * largest(*x));
    expect_close(*r, *r0, epsilon(c.dtype) * depth(c.dtype, c.C) * largest(*r0) * (1 + largest(*r0)));
    expect_close(*y, *y0, tolerance(c, *x, *r0, 1 + largest(*gain) + largest(*bias)));
  });
}

TEST(LayerNorm, BackwardEqualsTheReferenceAndAddsWhereAsked) {
  sweep([](const Case& c) {
    const Shape shape = {c.rows, c.C};
    const Owned x = normal(c.dtype, shape, 1, c.pad, 2, 1), dy = normal(c.dtype, shape, 2, c.pad);
    const Owned gain = normal(c.dtype, {c.C}, 3), y(c.dtype, shape), m(c.dtype, {c.rows}),
                r(c.dtype, {c.rows});
    const Tensor w = c.affine ? *gain : Tensor();
    const Write write = c.affine ? Write::kAdd : Write::kAssign;
    layer_norm_forward_reference(*x, w, {}, *y, *m, *r, {});
    const Owned dx = normal(c.dtype, shape, 5, c.pad), dw = normal(c.dtype, {c.C}, 6),
                db = normal(c.dtype, {c.C}, 7);
    const Owned dx0 = normal(c.dtype, shape, 5), dw0 = normal(c.dtype, {c.C}, 6),
                db0 = normal(c.dtype, {c.C}, 7);
    Bench bench;
    layer_norm_backward(bench.context, *x, w, *m, *r, *dy, *dx, write, *dw, write, *db, write);
    layer_norm_backward_reference(*x, w, *m, *r, *dy, *dx0, write, *dw0, write, *db0, write);
    const double scale = tolerance(c, *x, *r, 1 + largest(*gain)) * largest(*dy);
    expect_close(*dx, *dx0, scale * (1 + largest(*r)));
    expect_close(*dw, *dw0, scale * static_cast<double>(c.rows));
    expect_close(*db, *db0, epsilon(c.dtype) * depth(c.dtype, c.rows) * 4 * static_cast<double>(c.rows));
  });
}

TEST(RmsNorm, BackwardEqualsTheReference) {
  sweep([](const Case& c) {
    const Shape shape = {c.rows, c.C};
    const Owned x = normal(c.dtype, shape, 1, c.pad, 2), dy = normal(c.dtype, shape, 2, c.pad);
    const Owned gain = normal(c.dtype, {c.C}, 3), y(c.dtype, shape), r(c.dtype, {c.rows});
    const Tensor w = c.affine ? *gain : Tensor();
    rms_norm_forward_reference(*x, w, *y, *r, {});
    Owned dx(c.dtype, shape, c.pad), dw(c.dtype, {c.C}), dx0(c.dtype, shape), dw0(c.dtype, {c.C});
    Bench bench;
    rms_norm_backward(bench.context, *x, w, *r, *dy, *dx, Write::kAssign, *dw, Write::kAssign);
    rms_norm_backward_reference(*x, w, *r, *dy, *dx0, Write::kAssign, *dw0, Write::kAssign);
    const double scale = tolerance(c, *x, *r, 1 + largest(*gain)) * largest(*dy);
    expect_close(*dx, *dx0, scale * (1 + largest(*r)));
    expect_close(*dw, *dw0, scale * static_cast<double>(c.rows));
  });
}

TEST(RmsNorm, TakesHeadsOfAPackedProjectionAsTheyLie) {
  for_each_target([](DType dtype) {
    const Owned packed = normal(dtype, {2, 5, 3 * 4 * 32}, 1), gain = normal(dtype, {32}, 2);
    const Tensor q = packed->slice(-1, 0, 128).split_last(4);  // [2,5,4,32], rows not evenly apart
    Owned y(dtype, {2, 5, 4, 32}), r(dtype, {40}), y0(dtype, {2, 5, 4, 32}), r0(dtype, {40});
    Bench bench;
    rms_norm_forward(bench.context, q, *gain, *y, *r);
    rms_norm_forward_reference(q, *gain, *y0, *r0, {});
    expect_close(*y, *y0, 50 * epsilon(dtype));
    const Owned dy = normal(dtype, {2, 5, 4, 32}, 3);
    Owned dx(dtype, {2, 5, 4, 32}), dw(dtype, {32}), dx0(dtype, {2, 5, 4, 32}), dw0(dtype, {32});
    rms_norm_backward(bench.context, q, *gain, *r0, *dy, *dx, Write::kAssign, *dw, Write::kAssign);
    rms_norm_backward_reference(q, *gain, *r0, *dy, *dx0, Write::kAssign, *dw0, Write::kAssign);
    expect_close(*dx, *dx0, 200 * epsilon(dtype));
    expect_close(*dw, *dw0, 2000 * epsilon(dtype));
  });
}

TEST(RmsNorm, MayWriteOverItsInput) {
  for_each_target([](DType dtype) {
    const Owned x = normal(dtype, {4, 37}, 1), same = normal(dtype, {4, 37}, 1);
    Owned y(dtype, {4, 37}), r(dtype, {4});
    Bench bench;
    rms_norm_forward(bench.context, *x, {}, *y, *r);
    rms_norm_forward(bench.context, *same, {}, *same, *r);
    expect_same_bytes(same, y);
  });
}

TEST(Norm, GapsBetweenRowsAreLeftAlone) {
  for_each_target([](DType dtype) {
    const Owned x = normal(dtype, {4, 21}, 1, 3), dy = normal(dtype, {4, 21}, 2, 3);
    const Owned before = normal(dtype, {4, 21}, 9, 3);
    Owned y(dtype, {4, 21}, 3), r(dtype, {4}), plain(dtype, {4, 21}), dx(dtype, {4, 21}, 3);
    Bench bench;
    rms_norm_forward(bench.context, *x, {}, *y, *r);
    rms_norm_backward(bench.context, *x, {}, *r, *dy, *dx, Write::kAssign, {}, Write::kAssign);
    for (const Owned* out : {&y, &dx}) {
      const size_t row = 24 * static_cast<size_t>(size_of(dtype)),
                   used = 21 * static_cast<size_t>(size_of(dtype));
      for (size_t n = 0; n < 4; ++n) {
        for (size_t i = used; i < row; ++i) ASSERT_EQ(out->memory()[n * row + i], std::byte{0x5A});
      }
    }
  });
}

TEST(RmsNorm, GradientsMatchFiniteDifferences) {
  for_each_target([](DType dtype) {
    if (dtype != DType::kF64) return;
    const Owned x = normal(dtype, {3, 21}, 1), gain = normal(dtype, {21}, 2), dy = normal(dtype, {3, 21}, 3);
    Owned y(dtype, {3, 21}), r(dtype, {3}), dx(dtype, {3, 21}), dw(dtype, {21});
    Bench bench;
    const auto loss = [&] {
      rms_norm_forward(bench.context, *x, *gain, *y, *r);
      return dot(*y, *dy);
    };
    loss();
    rms_norm_backward(bench.context, *x, *gain, *r, *dy, *dx, Write::kAssign, *dw, Write::kAssign);
    expect_gradient(*x, *dx, loss);
    expect_gradient(*gain, *dw, loss);
  });
}

TEST(LayerNorm, GradientsMatchFiniteDifferences) {
  for_each_target([](DType dtype) {
    if (dtype != DType::kF64) return;
    const Owned x = normal(dtype, {3, 21}, 1), gain = normal(dtype, {21}, 2), dy = normal(dtype, {3, 21}, 3);
    const Owned bias = normal(dtype, {21}, 4);
    Owned y(dtype, {3, 21}), m(dtype, {3}), r(dtype, {3}), dx(dtype, {3, 21}), dw(dtype, {21}),
        db(dtype, {21});
    Bench bench;
    const auto loss = [&] {
      layer_norm_forward(bench.context, *x, *gain, *bias, *y, *m, *r);
      return dot(*y, *dy);
    };
    loss();
    layer_norm_backward(bench.context, *x, *gain, *m, *r, *dy, *dx, Write::kAssign, *dw, Write::kAssign, *db,
                        Write::kAssign);
    expect_gradient(*x, *dx, loss);
    expect_gradient(*gain, *dw, loss);
    expect_gradient(*bias, *db, loss);
  });
}

Owned numbers(const Shape& shape, std::initializer_list<double> list) {
  Owned x(DType::kF64, shape);
  int64_t i = 0;
  for (double value : list) set(*x, i++, value);
  return x;
}

// PyTorch 2.15.0, float64: F.layer_norm and its gradients.
TEST(LayerNorm, GivesTheValuesOfPyTorch) {
  const Owned x = numbers({2, 4}, {1.0, -2.0, 0.5, 3.0, 0.1, 0.2, 5.0, -1.0});
  const Owned gain = numbers({4}, {1.0, 0.5, -1.0, 2.0}), bias = numbers({4}, {0.1, 0.2, 0.3, 0.4});
  const Owned dy = numbers({2, 4}, {0.3, -1.0, 2.0, 0.7, 1.0, 1.0, -0.5, 0.25});
  Owned y(DType::kF64, {2, 4}), m(DType::kF64, {2}), r(DType::kF64, {2});
  Owned dx(DType::kF64, {2, 4}), dw(DType::kF64, {4}), db(DType::kF64, {4});
  Bench bench;
  layer_norm_forward(bench.context, *x, *gain, *bias, *y, *m, *r);
  layer_norm_backward(bench.context, *x, *gain, *m, *r, *dy, *dx, Write::kAssign, *dw, Write::kAssign, *db,
                      Write::kAssign);
  expect_close(
      *y,
      *numbers({2, 4}, {0.31055838998863705, -0.5369543649602297, 0.37018612999621237, 3.06707293985607,
                        -0.3212582838012079, 0.01097384701227852, -1.3958346296612734, -1.393048079769244}),
      1e-14);
  expect_close(*dx,
               *numbers({2, 4}, {0.19776610573408177, 0.4124021877644642, -0.9830208005285354,
                                 0.37285250702998946, 0.15243832957607367, -0.06260857624295149,
                                 -0.01542537737257732, -0.07440437596054503}),
               1e-14);
  expect_close(
      *dw, *numbers({4}, {-0.35809076680461677, 1.0958564239450168, -0.9882895748230615, 0.7093445189784687}),
      1e-14);
  expect_close(*db, *numbers({4}, {1.3, 0.0, 1.5, 0.95}), 1e-14);
}

TEST(LayerNorm, RowsHaveMeanZeroAndVarianceOneFarFromTheOrigin) {
  for_each_target([](DType dtype) {
    const Owned x = normal(dtype, {3, 768}, 1, 0, 1, 1000);
    Owned y(dtype, {3, 768}), m(dtype, {3}), r(dtype, {3});
    Bench bench;
    layer_norm_forward(bench.context, *x, {}, {}, *y, *m, *r);
    for (int64_t n = 0; n < 3; ++n) {
      double sum = 0, squares = 0;
      for (int64_t c = 0; c < 768; ++c)
        sum += get(*y, n * 768 + c), squares += std::pow(get(*y, n * 768 + c), 2);
      EXPECT_NEAR(sum / 768, 0, 1000 * depth(dtype, 768) * epsilon(dtype));
      EXPECT_NEAR(squares / 768, 1, 1e-4);
    }
  });
}

TEST(Norm, NoRowsGiveZeroGradients) {
  const Owned gain = full(DType::kF32, {8}, 1);
  Owned x(DType::kF32, {0, 8}), r(DType::kF32, {0}), dw(DType::kF32, {8});
  Bench bench;
  rms_norm_forward(bench.context, *x, *gain, *x, *r);
  rms_norm_backward(bench.context, *x, *gain, *r, *x, *x, Write::kAssign, *dw, Write::kAssign);
  EXPECT_EQ(values(*dw), std::vector<double>(8, 0.0));
}

TEST(Norm, ADryRunCountsAndTouchesNothing) {
  Bench bench;
  bench.context.dry = true;
  Owned x(DType::kF32, {4, 8}), y(DType::kF32, {4, 8}), r(DType::kF32, {4});
  const std::vector<std::byte> before = y.memory();
  rms_norm_forward(bench.context, *x, {}, *y, *r);
  EXPECT_EQ(y.memory(), before);
  EXPECT_EQ(bench.context.work.bytes, 2.0 * 4 * 8 * 4);
  EXPECT_EQ(bench.context.work.flops, 4.0 * 4 * 8);
}

TEST(Norm, WrongShapesAreNamed) {
  Bench bench;
  Owned x(DType::kF32, {4, 8}), gain(DType::kF32, {7}), r(DType::kF32, {4});
  try {
    rms_norm_forward(bench.context, *x, *gain, *x, *r);
    FAIL() << "no exception";
  } catch (const BugError& error) {
    EXPECT_NE(std::string(error.what()).find("[rms_norm] gain must have 8 elements of f32, got [7] f32"),
              std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace ascender
