#include "bench/gemm_peers.h"

#include <cstdlib>
#include <dlfcn.h>
#include <filesystem>
#include <fmt/core.h>
#include <optional>

namespace ascender::bench {
namespace {

namespace fs = std::filesystem;

// The first file below `root` whose name begins with `name`, following no links out of it.
std::string find_library(const fs::path& root, const std::string& name) {
  std::error_code ignored;
  for (const fs::path& below : {root / "lib", root / "lib64"}) {
    for (auto it = fs::recursive_directory_iterator(below, ignored); it != fs::recursive_directory_iterator();
         ++it) {
      if (it->path().filename().string().rfind(name, 0) == 0 && !it->is_directory()) return it->path();
    }
  }
  return "";
}

void* open(const fs::path& root, const std::string& name) {
  const std::string path = find_library(root, name);
  if (path.empty()) return nullptr;
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (library == nullptr) fmt::print(stderr, "note: {}\n", dlerror());
  return library;
}

template <class Function>
Function* symbol(void* library, const char* name) {
  return reinterpret_cast<Function*>(dlsym(library, name));
}

// cblas: row-major 101, no transpose 111, transpose 112.
using CblasSgemm = void(int, int, int, int, int, int, float, const float*, int, const float*, int, float,
                        float*, int);

GemmPeer cblas_peer(const std::string& name, CblasSgemm* sgemm) {
  return {name, [sgemm](const GemmCall& g) {
            const bool ta = g.kind == MatmulKind::kTN, tb = g.kind == MatmulKind::kNT;
            const int M = static_cast<int>(g.M), N = static_cast<int>(g.N), K = static_cast<int>(g.K);
            sgemm(101, ta ? 112 : 111, tb ? 112 : 111, M, N, K, 1.0f, g.a, ta ? M : K, g.b, tb ? K : N, 0.0f,
                  g.c, N);
          }};
}

std::optional<GemmPeer> openblas(const fs::path& root) {
  void* library = open(root, "libscipy_openblas.so");
  if (library == nullptr) return std::nullopt;
  auto* sgemm = symbol<CblasSgemm>(library, "scipy_cblas_sgemm");
  auto* threads = symbol<void(int)>(library, "scipy_openblas_set_num_threads");
  auto* config = symbol<char*()>(library, "scipy_openblas_get_config");
  if (sgemm == nullptr || threads == nullptr) return std::nullopt;
  threads(1);
  const std::string text = config == nullptr ? "OpenBLAS" : config();
  return cblas_peer(text.substr(0, text.find(' ', text.find(' ') + 1)), sgemm);
}

struct DnnlVersion {
  int major, minor, patch;
};

std::optional<GemmPeer> onednn(const fs::path& root) {
  open(root, "libtbb.so");
  void* library = open(root, "libdnnl.so");
  if (library == nullptr) return std::nullopt;
  using Sgemm = int(char, char, int64_t, int64_t, int64_t, float, const float*, int64_t, const float*,
                    int64_t, float, float*, int64_t);
  auto* sgemm = symbol<Sgemm>(library, "dnnl_sgemm");
  auto* version = symbol<const DnnlVersion*()>(library, "dnnl_version");
  if (sgemm == nullptr || version == nullptr) return std::nullopt;
  const DnnlVersion v = *version();
  return GemmPeer{fmt::format("oneDNN {}.{}.{}", v.major, v.minor, v.patch), [sgemm](const GemmCall& g) {
                    const bool ta = g.kind == MatmulKind::kTN, tb = g.kind == MatmulKind::kNT;
                    sgemm(ta ? 'T' : 'N', tb ? 'T' : 'N', g.M, g.N, g.K, 1.0f, g.a, ta ? g.M : g.K, g.b,
                          tb ? g.K : g.N, 0.0f, g.c, g.N);
                  }};
}

std::optional<GemmPeer> mkl(const fs::path& root) {
  setenv("MKL_THREADING_LAYER", "SEQUENTIAL", 1);
  void* library = open(root, "libmkl_rt.so");
  if (library == nullptr) return std::nullopt;
  auto* sgemm = symbol<CblasSgemm>(library, "cblas_sgemm");
  auto* version = symbol<void(char*, int)>(library, "MKL_Get_Version_String");
  if (sgemm == nullptr) return std::nullopt;
  char text[200] = "MKL";
  if (version != nullptr) version(text, sizeof(text) - 1);
  const std::string all = text;
  const size_t at = all.find("Version ");
  return cblas_peer(
      at == std::string::npos ? "MKL" : "MKL " + all.substr(at + 8, all.find(' ', at + 8) - at - 8), sgemm);
}

}  // namespace

std::vector<GemmPeer> gemm_peers(const std::string& environment) {
  const fs::path root = environment;
  std::vector<GemmPeer> peers;
  const auto take = [&](const char* name, std::optional<GemmPeer> peer) {
    if (peer) {
      peers.push_back(*peer);
    } else {
      fmt::print(stderr, "note: no {} in {} (make bench installs it); left out\n", name, environment);
    }
  };
  take("oneDNN", onednn(root));
  take("OpenBLAS", openblas(root));
  take("MKL", mkl(root));
  return peers;
}

}  // namespace ascender::bench
