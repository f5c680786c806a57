// GPT-2 by name: 124 million parameters, its own context and tokeniser.
#include "tests/small_run.h"

namespace ascender {
namespace {

class Gpt2 : public SmallRun {};

TEST_F(Gpt2, ANamedSizeHasItsOwnWidthsAndContext) {
  const std::string files = std::string(ASCENDER_SOURCE_DIR) + "/../shared/data/gpt2-bpe";
  if (!std::filesystem::exists(files)) GTEST_SKIP() << "no " << files;
  ASSERT_EQ(run({"steps=1"}).exit_code, 0);
  ASSERT_EQ(call({"export", "r", "w.safetensors"}).exit_code, 0);
  expect_says(call({"run", "small.ascend", "--run", "g", "model.size=gpt2", "model.load=w.safetensors",
                    "data.tokenizer=bpe", "data.tokenizer_path=" + files}),
              2,
              {"tensor `wte.weight`: expected shape [50257,768]",
               "tensor `wpe.weight`: expected shape [1024,768]", "missing"});
  EXPECT_FALSE(exists("g"));
}

}  // namespace
}  // namespace ascender
