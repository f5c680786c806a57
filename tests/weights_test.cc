// Weights and tokenisers of others, as an experiment file names them: `model.load`, `model.size`,
// `data.tokenizer_path`.
#include "ascender/record/summary.h"

#include "tests/small_run.h"

namespace ascender {
namespace {

namespace fs = std::filesystem;

class Weights : public SmallRun {
 protected:
  void SetUp() override {
    ASSERT_EQ(run({"steps=5"}).exit_code, 0);
    expect_says(call({"export", "r", "w.safetensors"}), 0, {"w.safetensors", "tensors of step 5"});
  }
  Finished load(std::vector<std::string> more = {}) const {
    more.insert(more.begin(),
                {"run", "small.ascend", "--run", "loaded", "--quiet", "model.load=w.safetensors", "steps=0"});
    return call(more);
  }
  void refuse(const std::vector<std::string>& more, const std::vector<std::string>& texts) const {
    expect_says(load(more), 2, texts);
    EXPECT_FALSE(exists("loaded"));
  }
};

TEST_F(Weights, AreLoadedAsTheyWereExported) {
  expect_says(load(), 0, {});
  const Summary from = read_summary(at("r/summary.json")), to = read_summary(at("loaded/summary.json"));
  EXPECT_EQ(to.weights_sha256, from.weights_sha256);
  EXPECT_EQ(to.metrics.at("eval.loss"), from.metrics.at("eval.loss"));
  fs::remove(at("w.safetensors"));  // a run has its own copy
  expect_says(call({"generate", "loaded", "line"}), 0, {"line"});
}

// As a kill before the first checkpoint leaves a run.
TEST_F(Weights, AreLoadedAgainWhereARunHasNoCheckpointYet) {
  expect_says(load({"steps=3"}), 0, {});
  const Summary alone = read_summary(at("loaded/summary.json"));
  const auto cut_off = [&] {
    fs::remove(at("loaded/summary.json"));
    fs::remove_all(at("loaded/checkpoints"));
    fs::create_directory(at("loaded/checkpoints"));
  };
  cut_off();
  expect_says(call({"resume", "loaded", "--quiet"}), 0, {});
  EXPECT_EQ(read_summary(at("loaded/summary.json")).weights_sha256, alone.weights_sha256);
  cut_off();
  ASSERT_EQ(call({"run", "small.ascend", "--run", "other", "--quiet", "steps=1"}).exit_code, 0);
  ASSERT_EQ(call({"export", "other", "w.safetensors"}).exit_code, 0);
  expect_says(call({"resume", "loaded"}), 2,
              {"error[E0907]", "w.safetensors is not the file that the run began with"});
}

TEST_F(Weights, AMissingFileIsNamedAtTheSetting) {
  refuse({"model.load=none.safetensors"},
         {"there is no file", "none.safetensors", "model.load=none.safetensors\n", "^^^"});
}

TEST_F(Weights, ATruncatedFileIsRefused) {
  fs::resize_file(at("w.safetensors"), fs::file_size(at("w.safetensors")) - 100);
  refuse({}, {"w.safetensors", "error[E073"});
}

TEST_F(Weights, ABitFlippedInTheHeaderIsRefused) {
  std::string bytes = read_file(at("w.safetensors"));
  bytes[3] = static_cast<char>(bytes[3] ^ 4);  // the header's length
  write("w.safetensors", bytes);
  refuse({}, {"w.safetensors", "error[E0731]"});
}

TEST_F(Weights, AForeignFileIsRefused) {
  write("w.safetensors", read_file(at("text.txt")));
  refuse({}, {"w.safetensors", "error[E0731]"});
}

TEST_F(Weights, OfAnotherModelAreRefusedTensorByTensor) {
  refuse({"model.d=32"}, {"tensor `wte.weight`: expected shape", "got ["});
  refuse({"model.layers=2"}, {"tensors are missing: h.1."});
}

TEST_F(Weights, TokeniserFilesThatAreNoneAreRefused) {
  refuse({"data.tokenizer=bpe"}, {"`data.tokenizer_path`", "^^^"});
  fs::create_directory(at("bpe"));
  refuse({"data.tokenizer=bpe", "data.tokenizer_path=bpe"}, {"encoder.json"});
  write("bpe/encoder.json", "{\"a\": 0}");
  write("bpe/vocab.bpe", "#version: 0.2\n");
  refuse({"data.tokenizer=bpe", "data.tokenizer_path=bpe"}, {"vocab.bpe"});
}

}  // namespace
}  // namespace ascender
