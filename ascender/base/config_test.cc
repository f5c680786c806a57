#include "ascender/base/config.h"

#include <gtest/gtest.h>
#include <limits>

#include "ascender/base/check.h"
#include "ascender/base/diagnostic.h"

namespace ascender {
namespace {

Schema schema() {
  Schema s;
  s.add({.path = "steps",
         .type = ValueType::kInt,
         .fallback = int64_t{100},
         .text = "how long",
         .unit = Unit::kSteps,
         .minimum = 1,
         .maximum = 1e6});
  s.add({.path = "optimizer.lr",
         .type = ValueType::kFloat,
         .fallback = 1e-3,
         .text = "step size",
         .minimum = 0});
  s.add({.path = "tied", .type = ValueType::kBool, .fallback = true, .text = "one table"});
  s.add({.path = "activation",
         .type = ValueType::kEnum,
         .fallback = std::string("gelu"),
         .text = "which",
         .choices = {"gelu", "relu"}});
  s.add({.path = "data.path", .type = ValueType::kPath, .fallback = std::string(), .text = "where"});
  s.add({.path = "digits",
         .type = ValueType::kIntList,
         .fallback = std::vector<int64_t>{6, 12},
         .text = "lengths",
         .minimum = 1,
         .maximum = 29});
  s.add({.path = "notes",
         .type = ValueType::kStringList,
         .fallback = std::vector<std::string>{},
         .text = "words"});
  return s;
}

std::vector<std::string> messages(std::string_view json) {
  std::vector<std::string> out;
  try {
    Config::from_json(schema(), json);
  } catch (const InputError& error) {
    for (const Diagnostic& d : error.diagnostics()) out.push_back(d.message);
  }
  return out;
}

TEST(Config, StartsFromTheDefaults) {
  const Config config(schema());
  EXPECT_EQ(config.integer("steps"), 100);
  EXPECT_EQ(config.int32("steps"), 100);
  EXPECT_EQ(config.real("optimizer.lr"), 1e-3);
  EXPECT_EQ(config.real("steps"), 100.0);
  EXPECT_TRUE(config.boolean("tied"));
  EXPECT_EQ(config.text("activation"), "gelu");
  EXPECT_EQ(config.integers("digits"), (std::vector<int64_t>{6, 12}));
  EXPECT_TRUE(config.texts("notes").empty());
  EXPECT_FALSE(config.has("stepz"));
}

TEST(Config, JsonRoundTripKeepsEveryValueExactly) {
  const Schema s = schema();
  Config config(s);
  config.set("steps", int64_t{77});
  config.set("optimizer.lr", 0.1 + 0.2);
  config.set("tied", false);
  config.set("data.path", std::string("a \"b\"\\ü.txt"));
  config.set("digits", std::vector<int64_t>{1, 29});
  config.set("notes", std::vector<std::string>{"x", ""});
  const Config back = Config::from_json(s, config.to_json());
  EXPECT_EQ(back.values(), config.values());
  EXPECT_EQ(back.to_json(), config.to_json());
}

TEST(Config, JsonKeysAreSorted) {
  const std::string json = Config(schema()).to_json();
  EXPECT_LT(json.find("activation"), json.find("data.path"));
  EXPECT_LT(json.find("optimizer.lr"), json.find("steps"));
}

TEST(Config, MissingKeysKeepTheirDefaults) {
  EXPECT_EQ(Config::from_json(schema(), "{\"steps\": 5}").real("optimizer.lr"), 1e-3);
}

TEST(Config, TellsWhichSettingsAStoredFileLacks) {
  Config config(schema());
  EXPECT_TRUE(config.absent_from(config.to_json()).empty());
  EXPECT_EQ(config.absent_from(
                R"({"steps": 5, "activation": "relu", "data.path": "", "digits": [1], "notes": []})"),
            (std::vector<std::string>{"optimizer.lr = 0.001", "tied = true"}));
}

TEST(Config, ReportsEveryFaultOfAStoredFileAtOnce) {
  EXPECT_EQ(
      messages(
          R"({"stepz": 1, "tied": 3, "activation": "tanh", "steps": 0, "digits": [1, 30], "notes": [1]})"),
      (std::vector<std::string>{"`activation` must be one of gelu, relu", "`digits` must be at most 29",
                                "`notes` must be a list of strings", "`steps` must be at least 1",
                                "the stored configuration has an unknown setting `stepz`",
                                "`tied` must be a boolean"}));
}

TEST(Config, RefusesTextThatIsNotAJsonObject) {
  const std::vector<std::string> expected = {"the stored configuration is not a JSON object"};
  EXPECT_EQ(messages(""), expected);
  EXPECT_EQ(messages("{\"steps\": "), expected);
  EXPECT_EQ(messages("[1]"), expected);
}

TEST(Config, AFractionIsNoInteger) {
  EXPECT_EQ(messages(R"({"steps": 1.5})"), (std::vector<std::string>{"`steps` must be a integer"}));
}

TEST(Config, ReadingAWrongPathOrTypeIsABug) {
  Config config(schema());
  EXPECT_THROW(config.at("stepz"), BugError);
  EXPECT_THROW(config.set("stepz", int64_t{1}), BugError);
  EXPECT_THROW(config.integer("optimizer.lr"), BugError);
  EXPECT_THROW(config.text("steps"), BugError);
  config.set("steps", int64_t{1} << 40);
  EXPECT_THROW(config.int32("steps"), BugError);
}

TEST(Schema, RefusesNotANumberAndValuesOutsideTheDomain) {
  const Schema s = schema();
  const Field& lr = *s.find("optimizer.lr");
  EXPECT_EQ(Schema::refuse(lr, std::numeric_limits<double>::quiet_NaN()), "must be a number");
  EXPECT_EQ(Schema::refuse(lr, -1.0), "must be at least 0");
  EXPECT_EQ(Schema::refuse(lr, 0.0), std::nullopt);
  EXPECT_EQ(s.find("stepz"), nullptr);
}

TEST(Schema, DescribingASettingTwiceIsABug) {
  Schema s = schema();
  EXPECT_THROW(s.add({.path = "steps", .fallback = int64_t{1}, .text = "again"}), BugError);
}

TEST(Value, PrintsAsAPersonWritesIt) {
  EXPECT_EQ(to_text(true), "true");
  EXPECT_EQ(to_text(int64_t{-3}), "-3");
  EXPECT_EQ(to_text(0.1), "0.1");
  EXPECT_EQ(to_text(std::vector<int64_t>{1, 2}), "{1, 2}");
  EXPECT_EQ(to_text(std::vector<std::string>{"a", "b"}), "{a, b}");
}

}  // namespace
}  // namespace ascender
