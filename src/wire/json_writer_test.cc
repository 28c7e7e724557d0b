#include "wire/json_writer.h"

#include <bit>
#include <boost/json.hpp>
#include <limits>

#include <gtest/gtest.h>

#include "base/utf8.h"
#include "os/random.h"

namespace weir::wire {
namespace {

std::string written(std::string_view value) {
  std::string out;
  JsonWriter(out).text(value);
  return out;
}

std::string number(double value) {
  std::string out;
  JsonWriter(out).number(value);
  return out;
}

std::string prometheus(double value) {
  std::string out;
  append_prometheus_value(out, value);
  return out;
}

std::string time(int64_t timestamp_ms) {
  std::string out;
  append_prometheus_time(out, timestamp_ms);
  return out;
}

TEST(JsonWriter, PlacesCommas) {
  std::string out;
  JsonWriter w(out);
  w.begin_object();
  w.key("status");
  w.text("success");
  w.key("data");
  w.begin_array();
  w.integer(-1);
  w.begin_array();
  w.end_array();
  w.begin_object();
  w.end_object();
  w.boolean(true);
  w.null();
  w.raw("[1]");
  w.end_array();
  w.key("last");
  w.boolean(false);
  w.end_object();
  EXPECT_EQ(out, R"({"status":"success","data":[-1,[],{},true,null,[1]],"last":false})");
}

TEST(JsonWriter, AppendsToWhatIsThere) {
  std::string out = "before";
  JsonWriter(out).integer(std::numeric_limits<int64_t>::min());
  EXPECT_EQ(out, "before-9223372036854775808");
}

TEST(JsonWriter, Escapes) {
  EXPECT_EQ(written("plain é 日本 \U0001F600"), "\"plain é 日本 \U0001F600\"");
  EXPECT_EQ(written("\"\\/\n\r\t"), R"("\"\\/\n\r\t")");
  EXPECT_EQ(written(std::string_view("\0\x01\x1f\x7f", 4)), "\"\\u0000\\u0001\\u001f\x7f\"");
  EXPECT_EQ(written(""), "\"\"");
}

TEST(JsonWriter, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(written("a\xff"), "\"a\uFFFD\"");
  EXPECT_EQ(written("\xc3(\xe2\x82"), "\"\uFFFD(\uFFFD\uFFFD\"");
  EXPECT_EQ(written("\xff\"é\n"), "\"\uFFFD\\\"é\\n\"");
  EXPECT_EQ(written("\xed\xa0\x80"), "\"\uFFFD\uFFFD\uFFFD\"") << "a surrogate";
  EXPECT_EQ(written("\xc0\xaf"), "\"\uFFFD\uFFFD\"") << "an overlong form";
}

TEST(JsonWriter, AnyBytesGiveTextThatParsersRead) {
  os::Random random(1 + static_cast<uint64_t>(GTEST_FLAG_GET(random_seed)));
  for (int round = 0; round < 5'000; ++round) {
    std::string bytes(random.below(20), '\0');
    for (char& c : bytes) c = static_cast<char>(random.next());
    boost::system::error_code error;
    const boost::json::value parsed = boost::json::parse(written(bytes), error);
    ASSERT_FALSE(error) << error.message();
    if (is_utf8(bytes)) {
      ASSERT_EQ(std::string_view(parsed.as_string()), bytes);
    }
  }
}

TEST(JsonWriter, WritesNumbersShortest) {
  EXPECT_EQ(number(0.1), "0.1");
  EXPECT_EQ(number(-2), "-2");
  EXPECT_EQ(number(1e300), "1e+300");
  EXPECT_EQ(number(std::numeric_limits<double>::infinity()), "null");
  EXPECT_EQ(number(std::numeric_limits<double>::quiet_NaN()), "null");
}

// Each expectation was printed by Go's strconv.FormatFloat(value, 'f', -1, 64).
TEST(PrometheusValue, EqualsGo) {
  EXPECT_EQ(prometheus(0), "0");
  EXPECT_EQ(prometheus(-0.0), "-0");
  EXPECT_EQ(prometheus(1), "1");
  EXPECT_EQ(prometheus(-1), "-1");
  EXPECT_EQ(prometheus(1e6), "1000000");
  EXPECT_EQ(prometheus(0.0001), "0.0001");
  EXPECT_EQ(prometheus(1e-7), "0.0000001");
  EXPECT_EQ(prometheus(4.35), "4.35");
  EXPECT_EQ(prometheus(-123.456), "-123.456");
  EXPECT_EQ(prometheus(1.0 / 3), "0.3333333333333333");
  EXPECT_EQ(prometheus(1e21), "1000000000000000000000");
  EXPECT_EQ(prometheus(1e23), "100000000000000000000000");
  EXPECT_EQ(prometheus(1.5e20), "150000000000000000000");
  EXPECT_EQ(prometheus(123456789012345678.0), "123456789012345680");
  EXPECT_EQ(prometheus(9007199254740991.0), "9007199254740991");
  EXPECT_EQ(prometheus(9007199254740992.0), "9007199254740992");
  EXPECT_EQ(prometheus(9007199254740994.0), "9007199254740994");
  EXPECT_EQ(prometheus(9223372036854775808.0), "9223372036854776000");
  EXPECT_EQ(prometheus(std::numeric_limits<double>::max()), "17976931348623157" + std::string(292, '0'));
  EXPECT_EQ(prometheus(5e-324), "0." + std::string(323, '0') + "5");
  EXPECT_EQ(prometheus(-2.2250738585072014e-308), "-0." + std::string(307, '0') + "22250738585072014");
}

TEST(PrometheusValue, NamesWhatIsNotFinite) {
  EXPECT_EQ(prometheus(std::numeric_limits<double>::quiet_NaN()), "NaN");
  EXPECT_EQ(prometheus(-std::numeric_limits<double>::quiet_NaN()), "NaN");
  EXPECT_EQ(prometheus(std::numeric_limits<double>::infinity()), "+Inf");
  EXPECT_EQ(prometheus(-std::numeric_limits<double>::infinity()), "-Inf");
}

TEST(PrometheusValue, ReadsBackTheSame) {
  os::Random random(1 + static_cast<uint64_t>(GTEST_FLAG_GET(random_seed)));
  for (int round = 0; round < 100'000; ++round) {
    const double value = std::bit_cast<double>(random.next());
    if (value != value) continue;
    const std::string text = prometheus(value);
    ASSERT_EQ(std::strtod(text.c_str(), nullptr), value) << text;
    ASSERT_EQ(text.find('e'), std::string::npos) << text;
    ASSERT_LE(text.size(), 343u) << text;
  }
}

TEST(PrometheusTime, LeavesOutTrailingZeros) {
  EXPECT_EQ(time(1'700'000'000'500), "1700000000.5");
  EXPECT_EQ(time(1'700'000'000'000), "1700000000");
  EXPECT_EQ(time(1'700'000'000'120), "1700000000.12");
  EXPECT_EQ(time(1'700'000'000'001), "1700000000.001");
  EXPECT_EQ(time(10), "0.01");
  EXPECT_EQ(time(0), "0");
  EXPECT_EQ(time(-500), "-0.5");
  EXPECT_EQ(time(-1'001), "-1.001");
  EXPECT_EQ(time(std::numeric_limits<int64_t>::min()), "-9223372036854775.808");
  EXPECT_EQ(time(std::numeric_limits<int64_t>::max()), "9223372036854775.807");
}

}  // namespace
}  // namespace weir::wire
