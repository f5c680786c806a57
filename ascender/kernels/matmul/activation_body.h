// The activations and their derivatives on the numbers of a pack or a tile, whichever the backend's is. GELU
// is the tanh approximation written as x * sigmoid(2 u), u = sqrt(2 / pi) (x + 0.044715 x^3), which is the
// same function without its cancellation. Included once by each backend.

namespace ascender::ASC_TILE_NAMESPACE {

inline constexpr double kGeluTwice = 1.5957691216057308;  // 2 sqrt(2 / pi)
inline constexpr double kGeluCubic = 0.044715;

template <class T>
struct Gelu {
  template <class V>
  ASC_TILE static V of(const V& x) {
    return x * sigmoid(x * (T(kGeluTwice) + T(kGeluTwice * kGeluCubic) * (x * x)));
  }
  template <class V>
  ASC_TILE static V slope(const V& x) {
    const V square = x * x;
    const V gate = sigmoid(x * (T(kGeluTwice) + T(kGeluTwice * kGeluCubic) * square));
    return gate * (T(1) + x * (T(1) - gate) * (T(kGeluTwice) + T(3 * kGeluTwice * kGeluCubic) * square));
  }
};

template <class T>
struct Relu {
  template <class V>
  ASC_TILE static V of(const V& x) {
    return select(x <= like(x, T(0)), like(x, T(0)), x);  // NaN stays NaN
  }
  template <class V>
  ASC_TILE static V slope(const V& x) {
    return select(x > like(x, T(0)), like(x, T(1)), like(x, T(0)));
  }
};

template <class T>
struct ReluSquared {
  template <class V>
  ASC_TILE static V of(const V& x) {
    const V y = Relu<T>::of(x);
    return y * y;
  }
  template <class V>
  ASC_TILE static V slope(const V& x) {
    return T(2) * Relu<T>::of(x);
  }
};

template <class T>
struct Silu {
  template <class V>
  ASC_TILE static V of(const V& x) {
    return x * sigmoid(x);
  }
  template <class V>
  ASC_TILE static V slope(const V& x) {
    const V gate = sigmoid(x);
    return gate * (T(1) + x * (T(1) - gate));
  }
};

}  // namespace ascender::ASC_TILE_NAMESPACE
