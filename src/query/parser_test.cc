#include "query/parser.h"

#include <gtest/gtest.h>

#include "query/engine.h"
#include "query/printer.h"

namespace weir::query {
namespace {

std::string printed(std::string_view text) {
  const auto expr = parse(text, {});
  return expr.ok() ? print(**expr) : expr.error().message;
}

std::string error_of(std::string_view text) {
  const auto expr = parse(text, {});
  return expr.ok() ? "no error: " + print(**expr) : expr.error().message;
}

// Parses `text`, expects `canonical`, and that the canonical text prints as itself.
void expect_print(std::string_view text, std::string_view canonical) {
  EXPECT_EQ(printed(text), canonical) << text;
  EXPECT_EQ(printed(canonical), canonical) << text;
}

TEST(Parser, PrintsOneCanonicalForm) {
  expect_print("1", "1");
  expect_print("0x1f", "31");
  expect_print("010", "8");
  expect_print("1e3", "1000");
  expect_print("+Inf", "Inf");
  expect_print("2 ^ inf ^ 3", "2 ^ Inf ^ 3");
  expect_print("-nan", "NaN");
  expect_print("- 5m", "-5m");
  expect_print("'a' ", "\"a\"");
  expect_print("`a\\n`", "\"a\\\\n\"");
  expect_print("'\\x41\\101\\u00e9\\''", "\"AA\u00e9'\"");
  expect_print("sum(x)by(a,b)", "sum by (a, b) (x)");
  expect_print("sum by () (x)", "sum(x)");
  expect_print("sum without () (x)", "sum without () (x)");
  expect_print("SUM(x)", "sum(x)");
  expect_print("topk(3,x)", "topk(3, x)");
  expect_print("a+on(x)group_left(y)b", "a + on (x) group_left (y) b");
  expect_print("a == bool ignoring(x) b", "a == bool ignoring (x) b");
  expect_print("a{c='d',b!~\"e\"}[1h30m]@100 offset -5m", "a{b!~\"e\",c=\"d\"}[1h30m] @ 100.000 offset -5m");
  expect_print("a offset 5m @ end()", "a @ end() offset 5m");
  expect_print("rate(a[5m])[1h:]", "rate(a[5m])[1h:]");
  expect_print("{\"my.metric\", \"a.b\"=\"x\"}", "{\"a.b\"=\"x\",__name__=\"my.metric\"}");
  expect_print("sum by (\"a.b\", c) (x)", "sum by (\"a.b\", c) (x)");
  expect_print("a # comment\n + b", "a + b");
  expect_print("a[300]", "a[5m]");
  expect_print("a[+300]", "a[5m]");
  expect_print("a[2*(1m+90s)-0x10^-1]offset-(1m)", "a[2 * (1m + 1m30s) - 16 ^ -1] offset -(1m)");
  expect_print("a[Min_Of(step(),1h):RANGE()] offset-Step()", "a[min_of(step(), 1h):range()] offset -step()");
  expect_print("a[5m] Smoothed @ 1", "a[5m] smoothed @ 1.000");
  expect_print("a offset 1m anchored", "a anchored offset 1m");
  expect_print("a+fill(0)b", "a + fill (0) b");
  expect_print("a-on(x)group_left fill_right(-1)fill_left(2)b",
               "a - on (x) group_left () fill_left (2) fill_right (-1) b");
  expect_print("fill + fill", "fill + fill");
  expect_print("a.b{c.d=\"x\"}", "a.b{\"c.d\"=\"x\"}");
}

TEST(Parser, KeywordsNameMetricsAndLabels) {
  expect_print("sum", "sum");
  expect_print("sum + by", "sum + by");
  expect_print("offset{by=\"on\"}", "offset{by=\"on\"}");
  expect_print("sum by (on, by, bool, sum, and) (or)", "sum by (on, by, bool, sum, and) (or)");
  expect_print("start + end", "start + end");
}

// The operands of the operator that binds least.
TEST(Parser, BindsAsPrometheusDoes) {
  const auto top = [](std::string_view text) {
    const auto expr = parse(text, {});
    EXPECT_TRUE(expr.ok()) << text;
    const auto* binary = (*expr)->as<Binary>();
    return binary == nullptr ? std::string("none") : print(*binary->lhs) + " | " + print(*binary->rhs);
  };
  EXPECT_EQ(top("1 + 2 * 3"), "1 | 2 * 3");
  EXPECT_EQ(top("1 - 2 - 3"), "1 - 2 | 3");
  EXPECT_EQ(top("2 ^ 3 ^ 4"), "2 | 3 ^ 4");
  EXPECT_EQ(top("a or b and c"), "a | b and c");
  EXPECT_EQ(top("a and b or c"), "a and b | c");
  EXPECT_EQ(top("a unless b and c"), "a unless b | c");
  EXPECT_EQ(top("a > b + c"), "a | b + c");
  EXPECT_EQ(top("a > b > c"), "a > b | c");
  EXPECT_EQ(top("a * b atan2 c"), "a * b | c");
  EXPECT_EQ(top("-a * b"), "-a | b");
  EXPECT_EQ(top("-a ^ b"), "none");
  EXPECT_EQ(top("2 ^ -1 * 3"), "2 ^ -1 | 3");
  EXPECT_EQ(top("a + b offset 5m"), "a | b offset 5m");
}

TEST(Parser, SaysWhereAndWhat) {
  EXPECT_EQ(error_of(""), "1:1: parse error: no expression found in input");
  EXPECT_EQ(error_of("1 +"), "1:4: parse error: unexpected end of input");
  EXPECT_EQ(error_of("a\n  + * b"), "2:5: parse error: unexpected <op:*>");
  EXPECT_EQ(error_of("foo{bar"), "1:8: parse error: unexpected end of input inside braces");
  EXPECT_EQ(error_of("(a"), "1:3: parse error: unclosed left parenthesis");
  EXPECT_EQ(error_of("sum some by (x)"), "1:5: parse error: unexpected identifier \"some\"");
  EXPECT_EQ(error_of("sum(a) by b"),
            "1:11: parse error: unexpected identifier \"b\" in grouping opts, expected \"(\"");
  EXPECT_EQ(error_of("rat(a[5m])"),
            "1:1: parse error: unknown function with name \"rat\"; did you mean \"rad\"?");
  EXPECT_EQ(error_of("rate(a)"),
            "1:6: parse error: expected type range vector in call to function \"rate\", got instant vector");
  EXPECT_EQ(error_of("1 == 1"), "1:3: parse error: comparisons between scalars must use BOOL modifier");
  EXPECT_EQ(error_of("a[5m] offset 1m offset 2m"), "1:1: parse error: offset may not be set multiple times");
  EXPECT_EQ(error_of("\"\xff\""), "1:1: parse error: invalid UTF-8 rune");
  EXPECT_EQ(error_of("a{b=~\"*\"}").substr(0, 17), "1:3: parse error:");
}

TEST(Parser, PutsTheTimesOfTheQueryIn) {
  const QueryTimes times{10'000, 70'000, 15'000};
  const auto printed = [&](std::string_view text) {
    const auto expr = parse(text, {}, times);
    return expr.ok() ? print(**expr) : expr.error().message;
  };
  EXPECT_EQ(printed("start() + end() - range() * step()"), "10 + 70 - 60 * 15");
  EXPECT_EQ(printed("-start()"), "-10");
  EXPECT_EQ(printed("m[range():step()] offset -step()"), "m[range():step()] offset -step()");
  const auto parsed = parse("m[range() + 1m:step() * 2] offset -step()", {}, times).value();
  const auto* subquery = parsed->as<Subquery>();
  EXPECT_EQ(subquery->range_ms, 120'000);
  EXPECT_EQ(subquery->step_ms, 30'000);
  EXPECT_EQ(subquery->shift.offset_ms, -15'000);
  EXPECT_EQ(printed("m @ start()"), "m @ start()");
}

TEST(Parser, LimitsTextDepthAndNodes) {
  ParseLimits limits;
  limits.text_bytes_max = 10;
  EXPECT_TRUE(parse("aaaaaaaaaa", limits).ok());
  EXPECT_EQ(parse("aaaaaaaaaaa", limits).error().code, Code::kResourceExhausted);

  limits = {};
  limits.depth_max = 5;
  EXPECT_TRUE(parse("(((((1)))))", limits).ok());
  EXPECT_EQ(parse("((((((1))))))", limits).error().code, Code::kResourceExhausted);
  EXPECT_EQ(parse("------a", limits).error().code, Code::kResourceExhausted);
  EXPECT_EQ(parse("1^1^1^1^1^1^1", limits).error().code, Code::kResourceExhausted);
  EXPECT_EQ(parse("a[((((((1))))))]", limits).error().code, Code::kResourceExhausted);
  EXPECT_EQ(parse("a[1^1^1^1^1^1^1]", limits).error().code, Code::kResourceExhausted);
  EXPECT_EQ(parse("a[------1]", limits).error().code, Code::kResourceExhausted);
  EXPECT_EQ(parse("abs(abs(abs(abs(abs(abs(a))))))", limits).error().code, Code::kResourceExhausted);

  limits = {};
  limits.nodes_max = 5;
  EXPECT_TRUE(parse("1+1+1", limits).ok());
  EXPECT_EQ(parse("1+1+1+1", limits).error().code, Code::kResourceExhausted);
}

TEST(Parser, MayRefuseWhatIsExperimental) {
  const ParseLimits stable{.experimental = false};
  for (const std::string_view text : {"info(m)", "sort_by_label(m, 'a')", "mad_over_time(m[5m])",
                                      "limitk(1, m)", "limit_ratio(0.5, m)", "m + start()"}) {
    EXPECT_TRUE(parse(text, {}, QueryTimes{}).ok()) << text;
    const auto refused = parse(text, stable, QueryTimes{});
    ASSERT_FALSE(refused.ok()) << text;
    EXPECT_NE(refused.error().message.find("query.experimental"), std::string::npos)
        << refused.error().message;
  }
  EXPECT_TRUE(parse("sum(rate(m[5m])) + time()", stable).ok());
  EXPECT_TRUE(parse("m @ start()", stable, QueryTimes{}).ok());
}

TEST(Parser, TakesLongChains) {
  std::string text = "a";
  for (int i = 0; i < 450; ++i) text += "+a";
  EXPECT_TRUE(parse(text, {}).ok());
}

TEST(ParseSelector, ReturnsTheMatchers) {
  const auto matchers = parse_selector("up{job=~\"a|b\",x!=\"\"}");
  ASSERT_TRUE(matchers.ok()) << matchers.error().message;
  ASSERT_EQ(matchers->size(), 3U);
  EXPECT_EQ((*matchers)[0].to_string(), "job=~\"a|b\"");
  EXPECT_EQ((*matchers)[1].to_string(), "x!=\"\"");
  EXPECT_EQ((*matchers)[2].to_string(), "__name__=\"up\"");
  EXPECT_TRUE(parse_selector("{__name__=~\".+\"}").ok());
  EXPECT_TRUE(parse_selector("rate").ok());
}

TEST(ParseSelector, RefusesAnythingElse) {
  for (const std::string_view text :
       {"", "up[5m]", "up offset 5m", "up + up", "1", "\"up\"", "{}", "up{", "sum(up)", "{a=\"\"}"}) {
    const auto matchers = parse_selector(text);
    ASSERT_FALSE(matchers.ok()) << text;
    EXPECT_EQ(matchers.error().code, Code::kInvalidArgument);
    EXPECT_NE(matchers.error().message.find("parse error"), std::string::npos) << matchers.error().message;
  }
}

}  // namespace
}  // namespace weir::query
