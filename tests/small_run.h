// A run small enough that a test can afford dozens: a GPT of one block on a page of text.
#pragma once

#include <gtest/gtest.h>

#include "tests/program.h"

namespace ascender {

inline const char* const kSmallExperiment = R"(ascender 1

objective Small {
  minimize eval.loss
}

design_space Gpt {
  model.kind = gpt
  model.d = 16
  model.heads = 2
  model.context = 16 tok
}

dynamics {
  steps = 30 steps
  batch = 4 ex
  optimizer = adamw(weight_decay = 0)
  optimizer.lr = 1e-2
}

infrastructure ExperimentFramework {
  orchestrator {
    checkpoint every 10 steps keep 3
  }
  data_generation Text {
    kind = text
    path = "text.txt"
    context = 16 tok
    validation = 10 %
  }
}
)";

// A folder with small.ascend and text.txt, in which the program is called.
class SmallRun : public testing::Test {
 protected:
  SmallRun() {
    write("small.ascend", kSmallExperiment);
    std::string text;
    for (int i = 0; i < 100; ++i) text += "line " + std::to_string(i * i) + " of a text to learn\n";
    write("text.txt", text);
  }

  std::filesystem::path at(const std::string& name) const { return folder_.path() / name; }
  bool exists(const std::string& name) const { return std::filesystem::exists(at(name)); }
  void write(const std::string& name, std::string_view text) const { write_file(at(name), text); }

  Finished call(const std::vector<std::string>& arguments) const {
    return run_program(arguments, folder_.path());
  }
  // `ascender run small.ascend --run r --quiet` and `more`.
  Finished run(std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"run", "small.ascend", "--run", "r", "--quiet"});
    return call(more);
  }

  TestFolder folder_;
};

inline void expect_says(const Finished& f, int exit_code, const std::vector<std::string>& texts) {
  EXPECT_EQ(f.exit_code, exit_code) << f.output;
  for (const std::string& text : texts) {
    EXPECT_NE(f.output.find(text), std::string::npos) << "expected `" << text << "` in:\n" << f.output;
  }
}

}  // namespace ascender
