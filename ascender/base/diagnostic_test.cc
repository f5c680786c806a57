#include "ascender/base/diagnostic.h"

#include <gtest/gtest.h>

namespace ascender {
namespace {

std::shared_ptr<const Source> source(std::string text) {
  return std::make_shared<Source>(Source{.name = "a.ascend", .text = std::move(text)});
}

Diagnostic fault(std::shared_ptr<const Source> where, size_t begin, size_t end) {
  Diagnostic d;
  d.code = "E0203";
  d.message = "unknown setting";
  d.span = {std::move(where), begin, end};
  return d;
}

TEST(Diagnostic, PointsACaretAtItsSpan) {
  const auto text = source("train {\n  stepz = 10\n}\n");
  Diagnostic d = fault(text, 10, 15);
  d.help = "did you mean `steps`?";
  EXPECT_EQ(render(d),
            "error[E0203]: unknown setting\n"
            "  --> a.ascend:2:3\n"
            "  |\n"
            "2 |   stepz = 10\n"
            "  |   ^^^^^\n"
            "   = help: did you mean `steps`?\n");
}

TEST(Diagnostic, CountsCodePointsNotBytes) {
  const std::string line = "naïve = 좋아 x";
  const size_t at = line.find("좋아");
  EXPECT_EQ(render(fault(source(line), at, at + 6)),
            "error[E0203]: unknown setting\n"
            "  --> a.ascend:1:9\n"
            "  |\n"
            "1 | naïve = 좋아 x\n"
            "  |         ^^\n");
}

TEST(Diagnostic, TabsAndControlBytesKeepTheCaretBelowItsText) {
  EXPECT_EQ(render(fault(source("\ta\x01 = bad"), 6, 9)),
            "error[E0203]: unknown setting\n"
            "  --> a.ascend:1:7\n"
            "  |\n"
            "1 |  a. = bad\n"
            "  |       ^^^\n");
}

TEST(Diagnostic, SpanAcrossLinesIsMarkedOnItsFirstLine) {
  EXPECT_EQ(render(fault(source("ab\ncd\n"), 1, 5)),
            "error[E0203]: unknown setting\n"
            "  --> a.ascend:1:2\n"
            "  |\n"
            "1 | ab\n"
            "  |  ^\n");
}

TEST(Diagnostic, SpanAtTheEndOfTheTextStillHasACaret) {
  EXPECT_EQ(render(fault(source("abc"), 3, 3)),
            "error[E0203]: unknown setting\n"
            "  --> a.ascend:1:4\n"
            "  |\n"
            "1 | abc\n"
            "  |    ^\n");
  EXPECT_NE(render(fault(source(""), 0, 0)).find("a.ascend:1:1"), std::string::npos);
}

TEST(Diagnostic, LabelsShowASecondPlace) {
  const auto text = source("a = 1\na = 2\n");
  Diagnostic d = fault(text, 6, 7);
  d.labels.push_back({.span = {text, 0, 1}, .text = "first given here"});
  EXPECT_EQ(render(d),
            "error[E0203]: unknown setting\n"
            "  --> a.ascend:2:1\n"
            "  |\n"
            "2 | a = 2\n"
            "  | ^\n"
            "  --> a.ascend:1:1\n"
            "  |\n"
            "1 | a = 1\n"
            "  | - first given here\n");
}

TEST(Diagnostic, WideLineNumbersWidenTheMargin) {
  const auto text = source(std::string(11, '\n') + "x");
  EXPECT_EQ(render(fault(text, 11, 12)),
            "error[E0203]: unknown setting\n"
            "  --> a.ascend:12:1\n"
            "   |\n"
            "12 | x\n"
            "   | ^\n");
}

TEST(Diagnostic, ColorIsOnlyThereWhenAsked) {
  Diagnostic d = fault(nullptr, 0, 0);
  EXPECT_EQ(render(d), "error[E0203]: unknown setting\n");
  EXPECT_EQ(render(d, true), "\033[1;31merror[E0203]\033[0m\033[1m: unknown setting\033[0m\n");
}

TEST(Diagnostic, InputErrorCarriesEveryFault) {
  const InputError error(std::vector<Diagnostic>{fault(nullptr, 0, 0), fault(nullptr, 0, 0)});
  EXPECT_EQ(error.diagnostics().size(), 2u);
  EXPECT_STREQ(error.what(), "error[E0203]: unknown setting\nerror[E0203]: unknown setting\n");
  EXPECT_STREQ(InputError("E0001", "no file", "give DATA=").what(),
               "error[E0001]: no file\n   = help: give DATA=\n");
}

TEST(Position, CountsLinesAndColumnsFromOne) {
  const Source text{.name = "x", .text = "ab\nüc\n"};
  const auto at = [&](size_t offset) {
    const Position p = position_of(text, offset);
    return std::pair(p.line, p.column);
  };
  EXPECT_EQ(at(0), std::pair(1, 1));
  EXPECT_EQ(at(2), std::pair(1, 3));
  EXPECT_EQ(at(3), std::pair(2, 1));
  EXPECT_EQ(at(5), std::pair(2, 2));
  EXPECT_EQ(at(99), std::pair(3, 1));
}

TEST(Nearest, FindsAMisspeltWordAndNothingForAForeignOne) {
  const std::vector<std::string> words = {"steps", "seed", "batch", "optimizer.lr"};
  EXPECT_EQ(nearest("stepz", words), "steps");
  EXPECT_EQ(nearest("sed", words), "seed");
  EXPECT_EQ(nearest("optimiser.lr", words), "optimizer.lr");
  EXPECT_EQ(nearest("banana", words), "");
  EXPECT_EQ(nearest("", {}), "");
}

TEST(Nearest, PrefersTheFirstOfEquallyNearWords) {
  EXPECT_EQ(nearest("cat", {"bat", "rat"}), "bat");
  EXPECT_EQ(nearest("rat", {"bat", "rat"}), "rat");
}

}  // namespace
}  // namespace ascender
