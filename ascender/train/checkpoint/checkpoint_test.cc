#include "ascender/train/checkpoint/checkpoint.h"

#include <algorithm>
#include <cstring>
#include <fmt/core.h>
#include <fstream>
#include <gtest/gtest.h>

#include "ascender/base/check.h"
#include "ascender/base/diagnostic.h"
#include "ascender/base/error.h"
#include "ascender/base/file.h"
#include "ascender/base/hash.h"
#include "ascender/base/random.h"
#include "ascender/record/test_folder.h"
#include "ascender/train/checkpoint/planes.h"

namespace ascender {
namespace {

// A state that owns its memory.
class State {
 public:
  void add(const std::string& name, DType dtype, const Shape& shape) {
    memory_.push_back(
        std::make_unique<std::vector<std::byte>>(static_cast<size_t>(shape.count() * size_of(dtype))));
    blobs_.push_back({name, dtype, shape, *memory_.back()});
  }
  void fill(uint64_t seed) {
    Random random({seed, Stream::kTest});
    for (const Blob& blob : blobs_) {
      for (std::byte& byte : blob.bytes) byte = static_cast<std::byte>(random.bits());
    }
  }
  std::vector<Blob>& blobs() { return blobs_; }
  bool operator==(const State& other) const {
    for (size_t i = 0; i < memory_.size(); ++i) {
      if (*memory_[i] != *other.memory_[i]) return false;
    }
    return memory_.size() == other.memory_.size();
  }

 private:
  std::vector<std::unique_ptr<std::vector<std::byte>>> memory_;
  std::vector<Blob> blobs_;
};

State every_dtype(uint64_t seed) {
  State state;
  state.add("weight", DType::kF32, {7, 5});
  state.add("moment", DType::kF64, {11});
  state.add("half", DType::kBf16, {3, 2, 2});
  state.add("ids", DType::kI32, {2, 2, 2, 2});
  state.add("scalar", DType::kF32, Shape{});
  state.add("nothing", DType::kF32, {0, 4});
  state.fill(seed);
  return state;
}

const CheckpointMeta kMeta{123, R"({"config": "d3b0", "stream": [1, 2], "text": "h\u00e9, \"quoted\""})"};

// What InputError says, or "" when nothing was thrown.
template <class Call>
std::string refusal(const Call& call) {
  try {
    call();
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(Planes, JoinUndoesSplitForEveryDtypeAndLength) {
  Random random({3, Stream::kTest});
  for (DType dtype : {DType::kF32, DType::kF64, DType::kBf16, DType::kI32}) {
    for (size_t count : {0, 1, 2, 3, 7, 16, 17, 1000, 4099}) {
      std::vector<std::byte> elements(count * static_cast<size_t>(size_of(dtype)));
      for (std::byte& byte : elements) byte = static_cast<std::byte>(random.bits());
      std::vector<std::byte> planes(elements.size());
      std::vector<std::byte> back(elements.size());
      split_planes(dtype, elements, planes);
      join_planes(dtype, planes, back);
      EXPECT_EQ(back, elements) << name_of(dtype) << " " << count;
    }
  }
}

TEST(Planes, HoldOneByteOfEveryElementWithTheExponentTogether) {
  const std::vector<float> elements{1.0F, -1.0F};  // 3f800000 and bf800000: rotated 7f000000 and 7f000001
  std::vector<std::byte> planes(8);
  split_planes(DType::kF32, std::as_bytes(std::span(elements)), planes);
  const std::vector<int> expected{0, 1, 0, 0, 0, 0, 0x7f, 0x7f};
  for (size_t i = 0; i < 8; ++i) EXPECT_EQ(std::to_integer<int>(planes[i]), expected[i]) << i;
}

TEST(Checkpoint, GivesBackEveryBitOfEveryDtype) {
  const TempFolder folder;
  State written = every_dtype(1);
  const size_t bytes = write_checkpoint(folder / "cp.ptz", kMeta, written.blobs());
  EXPECT_EQ(bytes, std::filesystem::file_size(folder / "cp.ptz"));
  State read = every_dtype(2);
  EXPECT_FALSE(read == written);
  EXPECT_EQ(read_checkpoint(folder / "cp.ptz", read.blobs()), kMeta);
  EXPECT_TRUE(read == written);
  EXPECT_EQ(read_meta(folder / "cp.ptz"), kMeta);
}

TEST(Checkpoint, GivesBackTensorsOfManyChunks) {
  const TempFolder folder;
  State written;
  written.add("large", DType::kF32, {3, 300'001});
  written.add("even", DType::kF64, {(2 << 20) / 8});
  written.fill(5);
  write_checkpoint(folder / "cp.ptz", kMeta, written.blobs());
  State read;
  read.add("even", DType::kF64, {(2 << 20) / 8});  // another order
  read.add("large", DType::kF32, {3, 300'001});
  read_checkpoint(folder / "cp.ptz", read.blobs());
  EXPECT_TRUE(std::ranges::equal(read.blobs()[1].bytes, written.blobs()[0].bytes));
  EXPECT_TRUE(std::ranges::equal(read.blobs()[0].bytes, written.blobs()[1].bytes));
}

TEST(Checkpoint, WritesTheSameBytesForTheSameStateWithReusedBuffers) {
  const TempFolder folder;
  State a = every_dtype(1);
  State b = every_dtype(2);
  CheckpointWriter writer;
  writer.write(folder / "1.ptz", kMeta, a.blobs());
  writer.write(folder / "2.ptz", kMeta, b.blobs());
  writer.write(folder / "3.ptz", kMeta, a.blobs());
  EXPECT_EQ(read_file(folder / "1.ptz"), read_file(folder / "3.ptz"));
  EXPECT_NE(read_file(folder / "1.ptz"), read_file(folder / "2.ptz"));
}

TEST(Checkpoint, TellsWhatItHoldsWithoutTheTensors) {
  const TempFolder folder;
  State state = every_dtype(1);
  write_checkpoint(folder / "cp.ptz", kMeta, state.blobs());
  const CheckpointInfo info = read_info(folder / "cp.ptz");
  ASSERT_EQ(info.blobs.size(), state.blobs().size());
  for (size_t i = 0; i < info.blobs.size(); ++i) {
    EXPECT_EQ(info.blobs[i].name, state.blobs()[i].name);
    EXPECT_EQ(info.blobs[i].dtype, state.blobs()[i].dtype);
    EXPECT_EQ(info.blobs[i].shape, state.blobs()[i].shape);
  }
  EXPECT_EQ(info.raw_bytes, 35U * 4 + 11 * 8 + 12 * 2 + 16 * 4 + 4);
}

TEST(Checkpoint, ReadsAPartWhenAsked) {
  const TempFolder folder;
  State written = every_dtype(1);
  write_checkpoint(folder / "cp.ptz", kMeta, written.blobs());
  State part;
  part.add("moment", DType::kF64, {11});
  read_part(folder / "cp.ptz", part.blobs());
  EXPECT_TRUE(std::ranges::equal(part.blobs()[0].bytes, written.blobs()[1].bytes));
  EXPECT_NE(refusal([&] { read_checkpoint(folder / "cp.ptz", part.blobs()); }).find("`weight`"),
            std::string::npos);
}

TEST(Checkpoint, OfAnotherModelListsTheDifferencesAndTouchesNothing) {
  const TempFolder folder;
  State written;
  written.add("wte", DType::kF32, {65, 8});
  written.add("head", DType::kF32, {8, 65});
  written.add("ln", DType::kF32, {8});
  written.fill(1);
  write_checkpoint(folder / "cp_9.ptz", kMeta, written.blobs());
  State other;
  other.add("wte", DType::kF32, {50257, 8});
  other.add("ln", DType::kF64, {8});
  other.add("extra", DType::kF32, {1});
  const std::string said = refusal([&] { read_checkpoint(folder / "cp_9.ptz", other.blobs()); });
  for (const char* part : {"cp_9.ptz", "tensor `wte` is f32 [65,8] there and f32 [50257,8] here",
                           "tensor `ln` is f32 [8] there and f64 [8] here", "it has no tensor `extra`",
                           "it has a tensor `head` that is unknown here", "vocabulary"}) {
    EXPECT_NE(said.find(part), std::string::npos) << part << "\n" << said;
  }
  for (const Blob& blob : other.blobs()) {
    EXPECT_TRUE(std::ranges::all_of(blob.bytes, [](std::byte b) { return b == std::byte{}; }));
  }
}

TEST(Checkpoint, IsWhatTheDocumentShowsByteByByte) {
  const TempFolder folder;
  std::vector<float> w{1, -1};
  const std::vector<Blob> blobs{{"w", DType::kF32, {2}, std::as_writable_bytes(std::span(w))}};
  write_checkpoint(folder / "cp.ptz", {7, "{}"}, blobs);
  const std::string document = read_file(ASCENDER_SOURCE_DIR "/docs/formats.md");
  const size_t begin = document.find("```hex\n") + 7;
  std::string shown = document.substr(begin, document.find("```", begin) - begin);
  std::erase_if(shown, [](char c) { return c == ' ' || c == '\n'; });
  std::string written;
  for (char c : read_file(folder / "cp.ptz")) written += fmt::format("{:02x}", static_cast<unsigned char>(c));
  EXPECT_EQ(written, shown);
}

TEST(Checkpoint, OfANewerVersionSaysSo) {
  const TempFolder folder;
  State state = every_dtype(1);
  write_checkpoint(folder / "cp.ptz", kMeta, state.blobs());
  std::string bytes = read_file(folder / "cp.ptz");
  bytes[8] = 2;
  const uint64_t sum = xxh64(std::as_bytes(std::span(bytes.data(), 56)));
  std::memcpy(bytes.data() + 56, &sum, 8);
  write_file(folder / "cp.ptz", bytes);
  const std::string said = refusal([&] { read_meta(folder / "cp.ptz"); });
  EXPECT_NE(said.find("format 2; this program knows 1"), std::string::npos) << said;
}

TEST(Checkpoint, ForeignAndAbsentFilesAreNamed) {
  const TempFolder folder;
  for (const char* text : {"", "x", "{\"status\": \"done\"}", "\x28\xb5\x2f\xfd zstd"}) {
    write_file(folder / "foreign.ptz", text);
    const std::string said = refusal([&] { read_meta(folder / "foreign.ptz"); });
    EXPECT_NE(said.find("foreign.ptz is not a checkpoint"), std::string::npos) << said;
  }
  EXPECT_THROW(read_meta(folder / "absent.ptz"), EnvironmentError);
  EXPECT_THROW(read_meta(folder.path()), EnvironmentError);
}

// Small, yet with several chunks, so that every part of the format is hit.
State faulted_state() {
  State state = every_dtype(4);
  state.add("zeros", DType::kF32, {600'000});
  return state;
}

bool is_found(const std::filesystem::path& file, const std::string& bytes) {
  std::filesystem::remove(file);  // truncating a file would wait for the disk
  std::ofstream(file, std::ios::binary) << bytes;
  static State into = faulted_state();
  const std::string by_reader = refusal([&] { read_checkpoint(file, into.blobs()); });
  const std::string by_verify = refusal([&] { verify_checkpoint(file); });
  return by_reader.find(file.native()) != std::string::npos && by_verify == by_reader;
}

TEST(Checkpoint, FlippedBitsAllOverTheFileAreFound) {
  const TempFolder folder;
  State state = faulted_state();
  write_checkpoint(folder / "good.ptz", kMeta, state.blobs());
  const std::string good = read_file(folder / "good.ptz");
  ASSERT_LT(good.size(), 4000U);
  for (size_t bit = 0; bit < good.size() * 8; bit += 3) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    ASSERT_TRUE(is_found(folder / "bad.ptz", bad)) << bit;
  }
}

TEST(Checkpoint, EveryTruncationAndEveryAddedTailIsFound) {
  const TempFolder folder;
  State state = faulted_state();
  write_checkpoint(folder / "good.ptz", kMeta, state.blobs());
  const std::string good = read_file(folder / "good.ptz");
  for (size_t size = 0; size < good.size(); ++size) {
    ASSERT_TRUE(is_found(folder / "bad.ptz", good.substr(0, size))) << size;
  }
  for (size_t extra : {1, 8, 40, 4096})
    ASSERT_TRUE(is_found(folder / "bad.ptz", good + std::string(extra, '\0')));
  ASSERT_TRUE(is_found(folder / "bad.ptz", good + good));
}

TEST(Checkpoint, RandomDamageOfManyBytesIsFound) {
  const TempFolder folder;
  State state = faulted_state();
  write_checkpoint(folder / "good.ptz", kMeta, state.blobs());
  const std::string good = read_file(folder / "good.ptz");
  Random random({9, Stream::kTest});
  for (int i = 0; i < 2000; ++i) {
    std::string bad = good;
    const size_t begin = random.below(good.size());
    const size_t length = std::min<size_t>(1 + random.below(600), good.size() - begin);
    const uint64_t how = random.below(3);
    for (size_t at = begin; at < begin + length; ++at)
      bad[at] = how == 0 ? '\0' : static_cast<char>(random.bits());
    if (how == 2) bad = good.substr(0, begin) + good.substr(begin + length);  // a hole
    if (bad == good) continue;
    ASSERT_TRUE(is_found(folder / "bad.ptz", bad)) << i;
  }
}

TEST(Checkpoint, ABlobWhoseBytesDoNotFitItsShapeIsABug) {
  const TempFolder folder;
  std::vector<std::byte> memory(12);
  const std::vector<Blob> blobs{{"w", DType::kF32, {4}, memory}};
  EXPECT_THROW(write_checkpoint(folder / "cp.ptz", kMeta, blobs), BugError);
  EXPECT_FALSE(std::filesystem::exists(folder / "cp.ptz"));
}

}  // namespace
}  // namespace ascender
