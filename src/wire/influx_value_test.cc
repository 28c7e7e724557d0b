#include "wire/influx_value.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace weir::wire {
namespace {

TEST(InfluxNumber, ReadsIntegersToTheirBounds) {
  EXPECT_EQ(influx_number("0i"), 0);
  EXPECT_EQ(influx_number("-12i"), -12);
  EXPECT_EQ(influx_number("007i"), 7);
  EXPECT_EQ(influx_number("9223372036854775807i"), 0x1p63);
  EXPECT_EQ(influx_number("-9223372036854775808i"), -0x1p63);
  for (const char* text : {"9223372036854775808i", "-9223372036854775809i", "i", "-i", "+1i", "1.5i", "1e3i",
                           "1ii", "1i2", " 1i", "--1i", "0x1i"}) {
    EXPECT_EQ(influx_number(text), std::nullopt) << text;
  }
}

TEST(InfluxNumber, ReadsUnsignedIntegersToTheirBounds) {
  EXPECT_EQ(influx_number("0u"), 0);
  EXPECT_EQ(influx_number("18446744073709551615u"), 0x1p64);
  for (const char* text : {"18446744073709551616u", "-1u", "-0u", "u", "+1u", "1.0u", "1uu", "1ui"}) {
    EXPECT_EQ(influx_number(text), std::nullopt) << text;
  }
}

TEST(InfluxNumber, RoundsIntegersBeyondADoublesDigits) {
  EXPECT_EQ(influx_number("9007199254740993i"), 9'007'199'254'740'992.0);
}

TEST(InfluxNumber, ReadsFloatsOfAllForms) {
  const std::pair<const char*, double> cases[] = {
      {"1", 1},
      {"-1", -1},
      {"1.", 1},
      {".5", 0.5},
      {"-.5", -0.5},
      {"1.50", 1.5},
      {"1e3", 1'000},
      {"1E3", 1'000},
      {"1e+3", 1'000},
      {"-1.e-3", -1e-3},
      {".5e1", 5},
      {"00.5", 0.5},
      {"1.7976931348623157e308", 1.7976931348623157e308},
      {"5e-324", 5e-324},
  };
  for (const auto& [text, value] : cases) EXPECT_EQ(influx_number(text), value) << text;
  EXPECT_TRUE(std::signbit(*influx_number("-0")));
  EXPECT_EQ(influx_number("1e-400"), 0) << "too small for a double is zero";
  EXPECT_TRUE(std::signbit(*influx_number("-1e-400")));
  EXPECT_EQ(influx_number("0." + std::string(400, '0') + "1e401"), 1);
}

TEST(InfluxNumber, RefusesWhatIsNoFiniteNumber) {
  for (const char* text :
       {"",     "-",        ".",     "-.",     "e5",  "1e",  "1e+",  "1e5.5", "1.2.3", "+1",
        "1 ",   "1_000",    "0x10",  "0x1p-2", "NaN", "nan", "-nan", "Inf",   "inf",   "-Inf",
        "+Inf", "infinity", "1e400", "-1e400", "1f",  "1,5", "one",  "--1"}) {
    EXPECT_EQ(influx_number(text), std::nullopt) << text;
  }
}

TEST(InfluxBoolean, ReadsItsTenForms) {
  for (const char* text : {"t", "T", "true", "True", "TRUE"}) EXPECT_EQ(influx_boolean(text), 1) << text;
  for (const char* text : {"f", "F", "false", "False", "FALSE"}) EXPECT_EQ(influx_boolean(text), 0) << text;
  for (const char* text : {"", "tr", "tRUE", "truE", "yes", "1", "FaLSE", "true "})
    EXPECT_EQ(influx_boolean(text), std::nullopt) << text;
}

TEST(InfluxKind, GoesByTheFirstCharacter) {
  for (const char c : std::string_view("-.0123456789")) EXPECT_EQ(influx_kind(c), InfluxKind::kNumber) << c;
  for (const char c : std::string_view("tTfF")) EXPECT_EQ(influx_kind(c), InfluxKind::kBoolean) << c;
  EXPECT_EQ(influx_kind('"'), InfluxKind::kString);
  for (const char c : std::string_view("+NniIey'")) EXPECT_EQ(influx_kind(c), InfluxKind::kNone) << c;
}

TEST(InfluxPrecision, KnowsEachName) {
  for (const char* text : {"", "n", "ns"}) EXPECT_EQ(influx_precision(text), InfluxPrecision::kNanoseconds);
  for (const char* text : {"u", "us", "µ"}) EXPECT_EQ(influx_precision(text), InfluxPrecision::kMicroseconds);
  EXPECT_EQ(influx_precision("ms"), InfluxPrecision::kMilliseconds);
  EXPECT_EQ(influx_precision("s"), InfluxPrecision::kSeconds);
  EXPECT_EQ(influx_precision("m"), InfluxPrecision::kMinutes);
  EXPECT_EQ(influx_precision("h"), InfluxPrecision::kHours);
  for (const char* text : {"d", "MS", "rfc3339", " ", "1s"})
    EXPECT_EQ(influx_precision(text), std::nullopt) << text;
}

TEST(InfluxTimestamp, KeepsMillisecondsRoundedDown) {
  EXPECT_EQ(influx_timestamp("1700000000123999999", InfluxPrecision::kNanoseconds), 1'700'000'000'123);
  EXPECT_EQ(influx_timestamp("-1", InfluxPrecision::kNanoseconds), -1);
  EXPECT_EQ(influx_timestamp("-1000000", InfluxPrecision::kNanoseconds), -1);
  EXPECT_EQ(influx_timestamp("-1000001", InfluxPrecision::kNanoseconds), -2);
  EXPECT_EQ(influx_timestamp("-9223372036854775808", InfluxPrecision::kNanoseconds), -9'223'372'036'855);
  EXPECT_EQ(influx_timestamp("1999", InfluxPrecision::kMicroseconds), 1);
  EXPECT_EQ(influx_timestamp("-1999", InfluxPrecision::kMicroseconds), -2);
  EXPECT_EQ(influx_timestamp("7", InfluxPrecision::kMilliseconds), 7);
  EXPECT_EQ(influx_timestamp("7", InfluxPrecision::kSeconds), 7'000);
  EXPECT_EQ(influx_timestamp("7", InfluxPrecision::kMinutes), 420'000);
  EXPECT_EQ(influx_timestamp("7", InfluxPrecision::kHours), 25'200'000);
}

TEST(InfluxTimestamp, RefusesWhatIsNoIntegerOrDoesNotFit) {
  for (const char* text : {"", "-", "+1", "1.5", "1e3", "1i", "0x1", "9223372036854775808", "1 "})
    EXPECT_EQ(influx_timestamp(text, InfluxPrecision::kNanoseconds), std::nullopt) << text;
  EXPECT_EQ(influx_timestamp("9223372036854775", InfluxPrecision::kSeconds), 9'223'372'036'854'775'000);
  for (const char* text : {"9223372036854776", "-9223372036854776"})
    EXPECT_EQ(influx_timestamp(text, InfluxPrecision::kSeconds), std::nullopt) << text;
}

}  // namespace
}  // namespace weir::wire
