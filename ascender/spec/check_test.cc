#include "ascender/spec/check.h"

#include <filesystem>
#include <gtest/gtest.h>
#include <map>
#include <rapidcheck.h>

#include "ascender/base/error.h"
#include "ascender/base/file.h"
#include "ascender/spec/convert.h"
#include "ascender/spec/schema_for_test.h"
#include "ascender/spec/std_files.h"

namespace ascender::spec {
namespace {

namespace fs = std::filesystem;

using Files = std::map<std::string, std::string>;

CheckResult check_files(const Files& files, std::vector<std::string> overrides = {}) {
  static const Schema schema = schema_for_test();
  return check("main.ascend", overrides, schema, [&](const fs::path& path) {
    const auto it = files.find(path.generic_string());
    if (it == files.end()) throw EnvironmentError("there is no such file");
    return it->second;
  });
}

CheckResult check_text(const std::string& body, std::vector<std::string> overrides = {}) {
  return check_files({{"main.ascend", "ascender 1\n" + body}}, std::move(overrides));
}

const Assignment* find(const Resolved& resolved, std::string_view path) {
  for (const Assignment& a : resolved.assignments) {
    if (a.path == path) return &a;
  }
  return nullptr;
}

std::string text_at(const Span& span) { return span.source->text.substr(span.begin, span.end - span.begin); }

TEST(Check, GivesValuesInTheTypesOfTheirFields) {
  const CheckResult result = check_text(
      "dynamics { steps = 2e3 steps; optimizer.lr = 1; loss.per_loop = on; limit.memory = 1.5 GiB; "
      "limit.wall = 2 min\n"
      "schedule.decay = 20 %; data.digits = 1 .. 3; data.splits = {a, \"b\"}; data.path = \"x\"; model.kind "
      "= gpt }");
  ASSERT_TRUE(result.ok()) << render(result.errors);
  const auto value = [&](const char* path) { return find(result.resolved, path)->value; };
  EXPECT_EQ(value("steps"), Value(int64_t{2000}));
  EXPECT_EQ(value("optimizer.lr"), Value(1.0));
  EXPECT_EQ(value("loss.per_loop"), Value(true));
  EXPECT_EQ(value("limit.memory"), Value(int64_t{3} << 29));
  EXPECT_EQ(value("limit.wall"), Value(120.0));
  EXPECT_EQ(value("schedule.decay"), Value(0.2));
  EXPECT_EQ(value("data.digits"), Value(std::vector<int64_t>{1, 2, 3}));
  EXPECT_EQ(value("data.splits"), Value(std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(value("data.path"), Value(std::string("x")));
  EXPECT_EQ(value("model.kind"), Value(std::string("gpt")));
}

TEST(Check, EveryAssignmentSaysWhereItsValueWasWritten) {
  const CheckResult result =
      check_text("dynamics { steps = 20 steps; optimizer = sgd(lr = 1e-2) }", {"batch=3"});
  ASSERT_TRUE(result.ok()) << render(result.errors);
  EXPECT_EQ(text_at(find(result.resolved, "steps")->span), "20 steps");
  EXPECT_EQ(text_at(find(result.resolved, "optimizer.kind")->span), "sgd");
  EXPECT_EQ(text_at(find(result.resolved, "optimizer.lr")->span), "1e-2");
  EXPECT_EQ(find(result.resolved, "batch")->span.source->name, "<cli:1>");
}

TEST(Check, WithoutAGridThereIsOneArmWithEverything) {
  const CheckResult result = check_text("dynamics { steps = 5; batch = 2 }");
  ASSERT_EQ(result.resolved.arms.size(), 1u);
  EXPECT_EQ(result.resolved.arms[0].label, "");
  EXPECT_EQ(result.resolved.arms[0].assignments.size(), 2u);
  EXPECT_EQ(result.resolved.assignments.size(), 2u);
}

TEST(Check, TheFirstAxisVariesSlowest) {
  const CheckResult result = check_text("tuning_space { model.d in {1, 2}; batch in choice(3, 4, 5) }");
  std::vector<std::string> labels;
  for (const Arm& arm : result.resolved.arms) labels.push_back(arm.label);
  EXPECT_EQ(labels, (std::vector<std::string>{"d=1,batch=3", "d=1,batch=4", "d=1,batch=5", "d=2,batch=3",
                                              "d=2,batch=4", "d=2,batch=5"}));
}

TEST(Check, LabelsAreSafeAndDistinctFolderNames) {
  const CheckResult result =
      check_text("tuning_space { data.path in choice(\"../a b/c\", \"../a_b/c\", \"../a%b/c\") }");
  ASSERT_TRUE(result.ok()) << render(result.errors);
  ASSERT_EQ(result.resolved.arms.size(), 3u);
  std::set<std::string> labels;
  for (const Arm& arm : result.resolved.arms) {
    EXPECT_EQ(arm.label.find('/'), std::string::npos);
    labels.insert(arm.label);
  }
  EXPECT_EQ(labels.size(), 3u);
}

TEST(Check, LaterLayersAreStrongerWhateverTheirForm) {
  const Files files = {
      {"main.ascend", "ascender 1\nextends \"base.ascend\"\ndynamics { optimizer = sgd(lr = 2) }"},
      {"base.ascend", "ascender 1\ndynamics { optimizer.kind = muon; lr = 1; batch = 1 }"}};
  const CheckResult result = check_files(files, {"lr=3", "optimizer.lr = 4"});
  ASSERT_TRUE(result.ok()) << render(result.errors);
  EXPECT_EQ(find(result.resolved, "optimizer.lr")->value, Value(4.0));
  EXPECT_EQ(find(result.resolved, "optimizer.kind")->value, Value(std::string("sgd")));
  EXPECT_EQ(find(result.resolved, "batch")->value, Value(int64_t{1}));
}

TEST(Check, AFileExtendedTwiceIsReadOnce) {
  const Files files = {{"main.ascend", "ascender 1\nextends \"a.ascend\"\nextends \"b.ascend\""},
                       {"a.ascend", "ascender 1\nextends \"root.ascend\"\ndynamics { batch = 2 }"},
                       {"b.ascend", "ascender 1\nextends \"root.ascend\""},
                       {"root.ascend", "ascender 1\ndynamics { batch = 1 }"}};
  const CheckResult result = check_files(files);
  ASSERT_TRUE(result.ok()) << render(result.errors);
  EXPECT_EQ(find(result.resolved, "batch")->value, Value(int64_t{2}));
}

TEST(Check, ManyFilesAreRefused) {
  Files files = {{"main.ascend", "ascender 1\nextends \"0.ascend\""}};
  for (int i = 0; i < 100; ++i) {
    files[std::to_string(i) + ".ascend"] = "ascender 1\nextends \"" + std::to_string(i + 1) + ".ascend\"";
  }
  const CheckResult result = check_files(files);
  ASSERT_EQ(result.errors.size(), 1u) << render(result.errors);
  EXPECT_EQ(result.errors[0].code, "E0607");
}

TEST(Check, LongChainsOfValuesAreRefusedOrSolvedNeverOverflow) {
  for (const int length : {50, 20'000}) {
    std::string body = "design_space {\n derive a0 = 1\n";
    for (int i = 1; i < length; ++i)
      body += " derive a" + std::to_string(i) + " = a" + std::to_string(i - 1) + " + 1\n";
    const CheckResult result = check_text(body + " model.d = a" + std::to_string(length - 1) + "\n}");
    if (length == 50) {
      ASSERT_TRUE(result.ok()) << render(result.errors);
      EXPECT_EQ(find(result.resolved, "model.d")->value, Value(int64_t{50}));
    } else {
      ASSERT_FALSE(result.ok());
      EXPECT_EQ(result.errors[0].code, "E0508");
    }
  }
}

TEST(Check, ReadsFromDiskAndRelativeToTheImportingFile) {
  const fs::path folder = fs::path(testing::TempDir()) / "ascender_spec_check";
  fs::create_directories(folder / "base");
  write_file(folder / "main.ascend", std::string_view("ascender 1\nextends \"base/a.ascend\"\n"));
  write_file(folder / "base" / "a.ascend", std::string_view("ascender 1\nextends \"b.ascend\"\n"));
  write_file(folder / "base" / "b.ascend", std::string_view("ascender 1\ndynamics { batch = 7 }\n"));
  const Schema schema = schema_for_test();
  const CheckResult result = check(folder / "main.ascend", {}, schema);
  ASSERT_TRUE(result.ok()) << render(result.errors);
  EXPECT_EQ(find(result.resolved, "batch")->value, Value(int64_t{7}));

  const CheckResult missing = check(folder / "none.ascend", {}, schema);
  ASSERT_EQ(missing.errors.size(), 1u);
  EXPECT_EQ(missing.errors[0].code, "E0601");
  fs::create_directories(folder / "dir.ascend");
  EXPECT_EQ(check(folder / "dir.ascend", {}, schema).errors.at(0).code, "E0601");
  write_file(folder / "binary.ascend", std::string_view("ascender 1\n\xFF\xFE"));
  EXPECT_EQ(check(folder / "binary.ascend", {}, schema).errors.at(0).code, "E0101");
  write_file(folder / "large.ascend", std::string(5 << 20, '#'));
  EXPECT_EQ(check(folder / "large.ascend", {}, schema).errors.at(0).code, "E0601");
  fs::remove_all(folder);
}

TEST(Check, TheStandardFilesAreSound) {
  for (const std::string& name : std_file_names()) {
    const CheckResult extended = check_text("extends \"" + name + "\"");
    EXPECT_TRUE(extended.ok()) << name << "\n" << render(extended.errors);
  }
}

TEST(Check, ManyFaultsInABigGridAreSaidOnce) {
  const CheckResult result = check_text(
      "design_space { model.ffn = 1 / (model.d - model.d) }\n"
      "tuning_space { model.d in range(1, 60); model.heads in range(1, 60) }");
  ASSERT_EQ(result.errors.size(), 1u) << render(result.errors);
  EXPECT_EQ(result.errors[0].code, "E0511");
}

// A legal value of the field, anything that its type allows.
Value any_value(const Field& field) {
  const auto whole = [&] {
    const auto low = static_cast<int64_t>(std::max(field.minimum, -1e15));
    return *rc::gen::inRange(low, static_cast<int64_t>(std::min(field.maximum, 1e15)) + 1);
  };
  const auto text = [] {
    return *rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab \"\\#{};=%\n\t'/.")));
  };
  switch (field.type) {
    case ValueType::kBool:
      return *rc::gen::arbitrary<bool>();
    case ValueType::kInt:
      return whole();
    case ValueType::kFloat: {
      const double share = *rc::gen::inRange(0, 1'000'000'007) / 1'000'000'007.0;
      return field.minimum + share * (field.maximum - field.minimum);
    }
    case ValueType::kEnum:
      return *rc::gen::elementOf(field.choices);
    case ValueType::kString:
    case ValueType::kPath:
      return text();
    case ValueType::kIntList:
      return std::vector<int64_t>{whole(), whole()};
    case ValueType::kStringList:
      return std::vector<std::string>{text(), text()};
  }
  return false;
}

TEST(Check, ReadsBackEveryValueThatItWrites) {
  const Schema schema = schema_for_test();
  EXPECT_TRUE(rc::check([&] {
    std::string body = "dynamics {\n";
    std::map<std::string, Value> written;
    for (const auto& [path, field] : schema.fields()) {
      if (!field.readers.empty() || !field.presets.empty()) continue;  // they do not stand alone
      const Value value = any_value(field);
      written[path] = value;
      body += path + " = " + to_source(value, field) + "\n";
    }
    const CheckResult result = check_text(body + "}");
    RC_ASSERT(result.ok());
    for (const Assignment& a : result.resolved.assignments) RC_ASSERT(a.value == written.at(a.path));
    RC_ASSERT(result.resolved.assignments.size() == written.size());
  }));
}

// Whatever is varied, `when` and `require` leave as arms exactly the points that a plain loop finds.
TEST(Check, ArmsAreThePointsThatAPlainLoopFinds) {
  EXPECT_TRUE(rc::check([] {
    const int loops = *rc::gen::inRange(1, 6);
    const int heads = *rc::gen::inRange(1, 6);
    const int threshold = *rc::gen::inRange(0, 7);
    const int limit = *rc::gen::inRange(1, 31);
    const std::string body = "design_space { model.loops in range(1, " + std::to_string(loops) +
                             ") default 1\n" + "when model.loops > " + std::to_string(threshold) +
                             " { model.heads in range(1, " + std::to_string(heads) +
                             ") default 1 }\nderive cost = model.loops * 5\n" +
                             "require cost <= " + std::to_string(limit) + " }\n" +
                             "tuning_space { vary model.loops, model.heads }";
    size_t expected = 0;
    for (int l = 1; l <= loops; ++l) {
      if (l * 5 <= limit) expected += l > threshold ? static_cast<size_t>(heads) : 1;
    }
    const CheckResult result = check_text(body);
    RC_ASSERT(result.ok() == (expected > 0));
    if (result.ok()) RC_ASSERT(result.resolved.arms.size() == expected);
  }));
}

}  // namespace
}  // namespace ascender::spec
