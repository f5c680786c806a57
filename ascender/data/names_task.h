// Documents of one line each, such as names: BOS, the characters, BOS; one document a row (microgpt.py). The
// vocabulary is the sorted characters of all documents and BOS behind them.
//
// Row r of step s is document s * whole_rows + r of an endless sequence of epochs, each in an order of its
// own; or, with data.names.python_seed, of the one order that CPython's random.seed(S), random.shuffle(docs)
// gives. A document with more than `context` - 1 characters is cut. Rows are as long as the longest of their
// batch; behind the end of a shorter one stand BOS tokens with ignored targets.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ascender/base/config.h"
#include "ascender/data/char_tokenizer.h"
#include "ascender/data/corpus.h"
#include "ascender/data/task.h"

namespace ascender {

struct NamesSettings {
  int64_t context = 16;
  double validation = 0;     // share of documents held out, chosen by their hash: equal ones stay together
  int64_t python_seed = -1;  // -1: no order of CPython
};

class NamesTask : public Task {
 public:
  NamesTask(const SourceText& source, NamesSettings settings);

  const TaskShape& shape() const override { return shape_; }
  void sample(uint64_t seed, uint64_t step, Batch& batch) const override;
  int64_t num_train_rows() const override { return std::ssize(train_); }
  const std::vector<EvalSet>& eval_sets() const override { return sets_; }
  void evaluate(size_t set, Batch& batch) const override;
  // A name that begins with `question`.
  void prompt(std::string_view question, Batch& batch) const override;
  Extension extend(Batch& batch, int32_t predicted) const override;
  std::string answer(std::span<const int32_t> predicted) const override;
  std::vector<std::string> examples() const override {
    return std::vector<std::string>(20);  // as microgpt.py shows
  }
  std::optional<std::string> solve(std::string_view) const override { return std::nullopt; }
  std::string data_hash() const override;
  const Tokenizer* tokenizer() const override { return &tokenizer_; }

  std::optional<PythonRandom> reference_random() const override { return python_; }

  int32_t bos() const { return tokenizer_.vocab_size(); }

 private:
  struct Document {
    size_t begin = 0;  // in ids_
    int64_t length = 0;
  };
  int64_t row_length(const Document& document) const;
  const Document& drawn(uint64_t seed, uint64_t step, int64_t row, const Batch& batch) const;
  void write_row(const Document& document, int64_t row, Batch& batch) const;

  NamesSettings settings_;
  CharTokenizer tokenizer_;
  std::string text_hash_;
  std::vector<int32_t> ids_;
  std::vector<Document> train_, held_out_;
  std::optional<PythonRandom> python_;
  TaskShape shape_;
  std::vector<EvalSet> sets_;
};

void describe_names(Schema& schema);
std::unique_ptr<Task> make_names(const Config& config);

}  // namespace ascender
