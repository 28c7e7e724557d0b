#include "query/literals.h"

#include <cmath>

#include <gtest/gtest.h>

namespace weir::query {
namespace {

TEST(Literals, ReadsNumbers) {
  EXPECT_EQ(parse_number("42").value(), 42);
  EXPECT_EQ(parse_number("0X1F").value(), 31);
  EXPECT_EQ(parse_number("017").value(), 15);
  EXPECT_EQ(parse_number("018").value(), 18);  // no octal digit, so decimal
  EXPECT_EQ(parse_number("0.5").value(), 0.5);
  EXPECT_EQ(parse_number("5.").value(), 5);
  EXPECT_EQ(parse_number(".5e-3").value(), 0.0005);
  EXPECT_EQ(parse_number("iNf").value(), HUGE_VAL);
  EXPECT_TRUE(std::isnan(parse_number("NAN").value()));
  EXPECT_EQ(parse_number("1e-999").value(), 0);
  EXPECT_FALSE(parse_number("1e999").ok());
  EXPECT_FALSE(parse_number("0x").ok());
  EXPECT_FALSE(parse_number("").ok());
}

TEST(Literals, ReadsBoundsOfBuckets) {
  EXPECT_EQ(parse_label_float("+Inf"), HUGE_VAL);
  EXPECT_EQ(parse_label_float("-inf"), -HUGE_VAL);
  EXPECT_EQ(parse_label_float("2.5e1"), 25);
  for (const std::string_view text : {"", "+", "--1", "+-1", "1x", "abc", "nan(1)", " 1"}) {
    EXPECT_EQ(parse_label_float(text), std::nullopt) << text;
  }
}

TEST(Literals, PrintsNumbersWithoutExponent) {
  EXPECT_EQ(format_number(1e21), "1000000000000000000000");
  EXPECT_EQ(format_number(1e-7), "0.0000001");
  EXPECT_EQ(format_number(-0.1), "-0.1");
  EXPECT_EQ(format_number(HUGE_VAL), "+Inf");
  EXPECT_EQ(format_number(std::nan("")), "NaN");
  for (const double value : {1.7976931348623157e308, 5e-324, -1.2345678901234567e-300}) {
    EXPECT_EQ(std::strtod(format_number(value).c_str(), nullptr), value);
  }
}

TEST(Literals, ResolvesEscapes) {
  EXPECT_EQ(unquote(R"("a\tb\\\"\n")").value(), "a\tb\\\"\n");
  EXPECT_EQ(unquote(R"('\x41\101\u20ac\U0001F600')").value(), "AA\u20ac\U0001F600");
  EXPECT_EQ(unquote(R"(`a\t"`)").value(), R"(a\t")");
  EXPECT_EQ(unquote(R"("\400")").error().message, "escape sequence is an invalid Unicode code point");
  EXPECT_EQ(unquote(R"("\ud800")").error().message, "escape sequence is an invalid Unicode code point");
  EXPECT_EQ(unquote(R"("\u12")").error().message, "escape sequence not terminated");
  EXPECT_EQ(unquote(R"("\xg0")").error().message, "illegal character 'g' in escape sequence");
  EXPECT_EQ(unquote(R"("\'")").error().message, "unknown escape sequence '\\''");
}

TEST(Literals, QuotesSoThatItReadsBack) {
  std::string text;
  for (int c = 0; c < 256; ++c) text.push_back(static_cast<char>(c));
  text += "\u20ac\U0001F600";
  EXPECT_EQ(unquote(quote(text)).value(), text);
}

TEST(FormatGeneral, HasAnExponentWhereGoHasOne) {
  EXPECT_EQ(format_general(0), "0");
  EXPECT_EQ(format_general(-0.0), "-0");
  EXPECT_EQ(format_general(0.0001), "0.0001");
  EXPECT_EQ(format_general(0.00001), "1e-05");
  EXPECT_EQ(format_general(999999.5), "999999.5");
  EXPECT_EQ(format_general(1'000'000), "1e+06");
  EXPECT_EQ(format_general(-123'456'789), "-1.23456789e+08");
  EXPECT_EQ(format_general(-HUGE_VAL), "-Inf");
}

}  // namespace
}  // namespace weir::query
