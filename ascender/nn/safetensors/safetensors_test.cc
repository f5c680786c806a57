#include "ascender/nn/safetensors/safetensors.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <unistd.h>

#include "ascender/base/diagnostic.h"
#include "ascender/base/error.h"
#include "ascender/nn/gpt/gpt.h"
#include "ascender/nn/safetensors/half.h"
#include "ascender/nn/safetensors/weights.h"

namespace ascender {
namespace {

// A folder of its own, removed at the end.
struct Folder {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() /
      fmt::format("ascender_safetensors_{}_{}", ::getpid(), reinterpret_cast<uintptr_t>(this));
  Folder() { std::filesystem::create_directories(path); }
  ~Folder() { std::filesystem::remove_all(path); }
};

std::string file_of(const std::string& header, size_t data_bytes) {
  const uint64_t length = header.size();
  std::string text(sizeof length, '\0');
  std::memcpy(text.data(), &length, sizeof length);
  return text + header + std::string(data_bytes, '\0');
}

SafetensorsContents parse(const std::string& file) {
  return parse_safetensors(std::as_bytes(std::span(file)), "x.safetensors");
}

// What parsing says is wrong; "" when nothing.
std::string refusal(const std::string& file) {
  try {
    parse(file);
    return "";
  } catch (const InputError& error) {
    return error.what();
  }
}

// What safetensors 0.8.0 writes for these five tensors: save(.., metadata={"format": "pt"}).
std::string reference_file() {
  constexpr std::string_view kHeader =
      R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},)"
      R"("b.weight":{"dtype":"F32","shape":[1,3],"data_offsets":[8,20]},)"
      R"("empty":{"dtype":"F32","shape":[0,4],"data_offsets":[20,20]},)"
      R"("z":{"dtype":"I32","shape":[2],"data_offsets":[20,28]},)"
      R"("half":{"dtype":"BF16","shape":[2],"data_offsets":[28,32]}}     )";
  constexpr unsigned char kData[] = {0xfc, 0xa9, 0xf1, 0xd2, 0x4d, 0x62, 0x50, 0x3f, 0x00, 0x00, 0xc0,
                                     0x3f, 0x00, 0x00, 0x00, 0xc0, 0xcd, 0xcc, 0xcc, 0x3d, 0x03, 0x00,
                                     0x00, 0x00, 0xfc, 0xff, 0xff, 0xff, 0x80, 0x3f, 0xaa, 0xbe};
  std::string file = file_of(std::string(kHeader), sizeof kData);
  std::memcpy(file.data() + file.size() - sizeof kData, kData, sizeof kData);
  return file;
}

TEST(Safetensors, WritesTheBytesOfTheReferenceImplementation) {
  const Folder folder;
  double a = 1e-3;
  float b[] = {1.5F, -2.0F, 0.1F};
  int32_t z[] = {3, -4};
  uint16_t half[] = {0x3f80, 0xbeaa};
  write_safetensors(folder.path / "x.safetensors", {{"half", Tensor(half, DType::kBf16, {2})},
                                                    {"z", Tensor(z, DType::kI32, {2})},
                                                    {"empty", Tensor(b, DType::kF32, {0, 4})},
                                                    {"b.weight", Tensor(b, DType::kF32, {1, 3})},
                                                    {"a", Tensor(&a, DType::kF64, {1})}});
  EXPECT_EQ(read_file(folder.path / "x.safetensors"), reference_file());
}

TEST(Safetensors, ReadsTheReferenceFileWithoutACopy) {
  const std::string file = reference_file();
  const SafetensorsContents contents = parse(file);
  ASSERT_EQ(contents.tensors.size(), 5u);
  EXPECT_EQ(contents.metadata.at("format"), "pt");
  const StoredTensor& b = contents.tensors[1];
  EXPECT_EQ(b.name, "b.weight");
  EXPECT_EQ(b.dtype, "F32");
  EXPECT_EQ(b.shape, (std::vector<int64_t>{1, 3}));
  EXPECT_EQ(static_cast<const void*>(b.bytes.data()), file.data() + file.size() - 24);
}

TEST(Safetensors, AFileCutAnywhereIsRefused) {
  const std::string file = reference_file();
  for (size_t length = 0; length < file.size(); ++length) {
    EXPECT_NE(refusal(file.substr(0, length)), "") << "cut to " << length;
  }
  EXPECT_NE(refusal(file + '\0').find("expected 32 bytes of data"), std::string::npos);
}

TEST(Safetensors, AFlippedHeaderBitIsRefusedOrHarmless) {
  const std::string file = reference_file();
  const size_t header_end = file.size() - 32;
  int taken = 0;
  for (size_t bit = 0; bit < 8 * header_end; ++bit) {
    std::string bad = file;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    if (!refusal(bad).empty()) continue;
    ++taken;
    // What is taken still covers the data exactly, with tensors of the sizes that they state.
    size_t bytes = 0;
    for (const StoredTensor& t : parse(bad).tensors) bytes += t.bytes.size();
    EXPECT_EQ(bytes, 32u);
  }
  // Letters of names and of metadata may flip, and the space behind the object; nothing else.
  EXPECT_LT(taken, 8 * 45);
}

struct Misuse {
  const char* header;
  size_t data_bytes;
  const char* message;
};

TEST(Safetensors, EveryFaultIsNamedWithWhatWasExpectedAndWhatIsThere) {
  const Misuse gallery[] = {
      {"[1]", 0, "expected the header to begin with {"},
      {"{\"a\":}", 0, "its header is no JSON"},
      {"{\"a\":\"\xff\"}", 0, "its header is no JSON"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
       4, "the header has `a` twice"},
      {R"({"a":{"dtype":"F32","dtype":"F64","shape":[1],"data_offsets":[0,4]}})", 4,
       "the header has `dtype` twice"},
      {R"({"a":[[[[[1]]]]]})", 0, "nested too deeply"},
      {R"({"__metadata__":{"n":1}})", 0, "expected __metadata__ to hold strings, `n` is none"},
      {R"({"__metadata__":3})", 0, "expected __metadata__ to be an object"},
      {R"({"a":3})", 0, "tensor `a`: expected an object with dtype, shape and data_offsets"},
      {R"({"a":{"shape":[1],"data_offsets":[0,4]}})", 4, "tensor `a`: expected `dtype` to be a string"},
      {R"({"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}})", 4,
       "tensor `a`: dtype `F31` is not known"},
      {R"({"a":{"dtype":"F32","data_offsets":[0,4]}})", 4, "tensor `a`: expected `shape` to be a list"},
      {R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4,
       "expected `shape` to hold whole numbers from 0 to 2^63 - 1, got -1"},
      {R"({"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}})", 4, "got 1.0"},
      {R"({"a":{"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,4]}})", 4,
       "got 9223372036854775808"},
      {R"({"a":{"dtype":"F32","shape":[4294967296,4294967296,4],"data_offsets":[0,4]}})", 4,
       "its shape [4294967296,4294967296,4] overflows"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}})", 4, "expected 2 data_offsets, got 1"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", 4,
       "within the 4 bytes of data, got [4, 0]"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 4,
       "within the 4 bytes of data, got [4, 8]"},
      {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4,
       "tensor `a`: expected 8 bytes for [2] of F32, got 4"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}})",
       6, "tensor `b`: expected its data to begin at 4, where the one before ends, got 2: it overlaps"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[6,10]}})",
       10, "tensor `b`: expected its data to begin at 4, where the one before ends, got 6: it leaves a hole"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 8,
       "expected 4 bytes of data, as the tensors say, got 8"},
  };
  for (const Misuse& m : gallery) {
    const std::string message = refusal(file_of(m.header, m.data_bytes));
    EXPECT_NE(message.find(m.message), std::string::npos) << m.header << "\n gave: " << message;
    EXPECT_NE(message.find("x.safetensors"), std::string::npos) << message;
  }
}

TEST(Safetensors, SeveralTensorsAreReportedAtOnce) {
  const std::string message = refusal(file_of(
      R"({"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[3],"data_offsets":[0,4]}})",
      4));
  EXPECT_NE(message.find("`a`"), std::string::npos);
  EXPECT_NE(message.find("`b`"), std::string::npos);
}

TEST(Safetensors, ForeignFilesAndTooLargeHeadersAreRefused) {
  EXPECT_NE(refusal("PK\3\4 and the rest of an archive").find("ZIP archive"), std::string::npos);
  std::string large = file_of("{}", 0);
  large[4] = 1;
  EXPECT_NE(refusal(large).find("expected a header of at most 100000000 bytes, got 4294967298"),
            std::string::npos);
  EXPECT_THROW(SafetensorsFile("/nonexistent/x.safetensors"), EnvironmentError);
}

TEST(Half, EveryBinary16IsItsValue) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const int exponent = static_cast<int>(bits >> 10 & 0x1f), fraction = static_cast<int>(bits & 0x3ff);
    const double sign = bits & 0x8000 ? -1 : 1;
    const float got = float_of_f16(static_cast<uint16_t>(bits));
    if (exponent == 31) {
      EXPECT_EQ(std::isnan(got), fraction != 0);
      if (fraction == 0) {
        EXPECT_EQ(got, sign * INFINITY);
      }
      continue;
    }
    const double value =
        exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
    ASSERT_EQ(got, sign * value) << bits;
    ASSERT_EQ(std::signbit(got), (bits & 0x8000) != 0) << bits;
  }
}

GptConfig small() {
  return {.d = 16, .heads = 2, .key_heads = 2, .ffn = 64, .layers = 2, .vocab = 11, .context = 8};
}

TEST(Weights, ComeBackAsTheyWereSaved) {
  const Folder folder;
  Gpt saved(small()), loaded(small());
  saved.initialise(3);
  loaded.initialise(4);
  save_weights(saved.parameters(), folder.path / "w.safetensors");
  load_weights(SafetensorsFile(folder.path / "w.safetensors"), loaded.parameters());
  EXPECT_EQ(loaded.parameters().sha256(), saved.parameters().sha256());
}

// The weights of a small GPT as a list that a test may spoil before it is written.
struct Stored {
  Folder folder;
  Gpt model{small()};
  std::vector<TensorToStore> tensors;
  Stored() {
    model.initialise(3);
    const Parameters& p = model.parameters();
    for (int i = 0; i < p.size(); ++i) tensors.push_back({p[i].name, p.value(i)});
  }
  TensorToStore& at(const std::string& name) {
    return *std::ranges::find(tensors, name, &TensorToStore::name);
  }
  std::string load(Parameters& into) {
    write_safetensors(folder.path / "w.safetensors", tensors);
    try {
      load_weights(SafetensorsFile(folder.path / "w.safetensors"), into);
      return "";
    } catch (const InputError& error) {
      return error.what();
    }
  }
};

TEST(Weights, TakeThePrefixTheMaskBuffersAndTheTiedHeadOfHuggingFace) {
  Stored stored;
  const Tensor wte = stored.at("wte.weight").tensor;
  for (TensorToStore& t : stored.tensors) t.name = "transformer." + t.name;
  std::vector<float> mask(64, 1), fill(1, -1e4F);
  stored.tensors.push_back({"transformer.h.0.attn.bias", Tensor(mask.data(), DType::kF32, {1, 1, 8, 8})});
  stored.tensors.push_back({"h.1.attn.masked_bias", Tensor(fill.data(), DType::kF32, {1})});
  stored.tensors.push_back({"lm_head.weight", wte});
  Gpt loaded(small());
  EXPECT_EQ(stored.load(loaded.parameters()), "");
  EXPECT_EQ(loaded.parameters().sha256(), stored.model.parameters().sha256());
}

TEST(Weights, AHeadThatIsNotTheTokenTableIsRefusedByATiedModelAndTakenByAnother) {
  Stored stored;
  const Tensor wte = stored.at("wte.weight").tensor;
  std::vector<float> head(wte.as<float>(), wte.as<float>() + wte.count());
  head[7] += 1;
  stored.tensors.push_back({"lm_head.weight", Tensor(head.data(), DType::kF32, wte.shape())});
  Gpt tied(small());
  EXPECT_NE(stored.load(tied.parameters()).find("`lm_head.weight` differs from `wte.weight`"),
            std::string::npos);
  GptConfig config = small();
  config.tied = false;
  Gpt untied(config);
  EXPECT_EQ(stored.load(untied.parameters()), "");
  EXPECT_EQ(untied.parameters().value(untied.parameters().find("lm_head.weight")).as<float>()[7], head[7]);
}

TEST(Weights, EverythingThatIsWrongIsSaidAtOnceAndNothingIsChanged) {
  Stored stored;
  int32_t whole[16] = {};
  stored.at("h.0.ln_1.weight").tensor = Tensor(whole, DType::kI32, {16});
  stored.at("wpe.weight").tensor = stored.at("wpe.weight").tensor.reshape({16, 8});
  stored.at("h.1.mlp.c_fc.bias").name = "h.1.mlp.c_fc.bios";
  Gpt loaded(small());
  loaded.initialise(9);
  const std::string before = loaded.parameters().sha256(), message = stored.load(loaded.parameters());
  for (const char* part : {"tensor `h.0.ln_1.weight`: expected F32, F64, F16 or BF16, got I32",
                           "tensor `wpe.weight`: expected shape [8,16], got [16,8]",
                           "1 of the model's 28 tensors are missing: h.1.mlp.c_fc.bias",
                           "1 tensors are not of this model: h.1.mlp.c_fc.bios", "w.safetensors"}) {
    EXPECT_NE(message.find(part), std::string::npos) << part << "\n in: " << message;
  }
  EXPECT_EQ(loaded.parameters().sha256(), before);
}

TEST(Weights, OfEveryRealTypeAreConverted) {
  // 1.5, -2 and 2^-24 are exact in all but bf16's and f16's ranges, where they are too.
  const std::string header =
      R"({"w64":{"dtype":"F64","shape":[3],"data_offsets":[0,24]},"w32":{"dtype":"F32","shape":[3],"data_offsets":[24,36]},)"
      R"("w16":{"dtype":"F16","shape":[3],"data_offsets":[36,42]},"wb":{"dtype":"BF16","shape":[3],"data_offsets":[42,48]}}  )";
  std::string file = file_of(header, 48);
  char* data = file.data() + file.size() - 48;
  const double w64[] = {1.5, -2, 0x1p-24};
  const float w32[] = {1.5F, -2, 0x1p-24F};
  const uint16_t w16[] = {0x3e00, 0xc000, 0x0001}, wb[] = {0x3fc0, 0xc000, 0x3380};
  std::memcpy(data, w64, 24);
  std::memcpy(data + 24, w32, 12);
  std::memcpy(data + 36, w16, 6);
  std::memcpy(data + 42, wb, 6);
  const Folder folder;
  write_file(folder.path / "w.safetensors", file);
  for (const DType dtype : {DType::kF32, DType::kF64}) {
    Parameters p(dtype);
    for (const char* name : {"w64", "w32", "w16", "wb"}) p.add(name, {3}, Init::zeros(), Role::kVector);
    p.allocate();
    load_weights(SafetensorsFile(folder.path / "w.safetensors"), p);
    for (int i = 0; i < 4; ++i) {
      for (int64_t j = 0; j < 3; ++j) {
        const double got = dtype == DType::kF64 ? p.value(i).as<double>()[j]
                                                : static_cast<double>(p.value(i).as<float>()[j]);
        EXPECT_EQ(got, w64[j]) << p[i].name;
      }
    }
  }
}

}  // namespace
}  // namespace ascender
