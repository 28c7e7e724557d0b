#include "app/cli/sample_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::app::cli {
namespace {

using testing::HasSubstr;

std::string element(std::string_view line) {
  const auto sample = parse_sample_line(line);
  return sample.ok() ? to_json_element(*sample) : "error: " + sample.error().message;
}

std::string error_of(std::string_view line) {
  const auto sample = parse_sample_line(line);
  return sample.ok() ? "" : sample.error().message;
}

TEST(SampleLine, ReadsTheTextFormat) {
  EXPECT_EQ(element("up 1"), R"({"name":"up","value":1})");
  EXPECT_EQ(element("a:b_c9{} -2.5e3"), R"({"name":"a:b_c9","value":-2500})");
  EXPECT_EQ(element("t{room=\"attic\",floor=\"2\"} 21.5 1700000000000"),
            R"({"name":"t","labels":{"room":"attic","floor":"2"},"value":21.5,"timestamp":1700000000000})");
  EXPECT_EQ(element("  t { room = \"attic\" , } \t 1  -5 "),
            R"({"name":"t","labels":{"room":"attic"},"value":1,"timestamp":-5})");
  EXPECT_EQ(element("t 1 2023-11-14T22:13:20Z"), R"({"name":"t","value":1,"timestamp":1700000000000})");
  EXPECT_EQ(element("t{a=\"b\"}1"), R"({"name":"t","labels":{"a":"b"},"value":1})");
}

TEST(SampleLine, ReadsEscapesAndAnyText) {
  EXPECT_EQ(element(R"(t{a="\\\"\n{},=#"} 1)"), R"({"name":"t","labels":{"a":"\\\"\n{},=#"},"value":1})");
  EXPECT_EQ(element("t{a=\"\xc3\xa4\"} 1"), "{\"name\":\"t\",\"labels\":{\"a\":\"\xc3\xa4\"},\"value\":1}");
  EXPECT_EQ(element("t{a=\"\"} 1"), R"({"name":"t","labels":{"a":""},"value":1})");
}

TEST(SampleLine, ReadsNumbersThatJsonHasNot) {
  EXPECT_EQ(element("t NaN"), R"({"name":"t","value":"NaN"})");
  EXPECT_EQ(element("t +Inf"), R"({"name":"t","value":"+Inf"})");
  EXPECT_EQ(element("t Inf"), R"({"name":"t","value":"+Inf"})");
  EXPECT_EQ(element("t -Inf"), R"({"name":"t","value":"-Inf"})");
  EXPECT_EQ(element("t +1"), R"({"name":"t","value":1})");
}

TEST(SampleLine, SaysWhereItStopsAndWhatItExpects) {
  EXPECT_EQ(error_of(""), "column 1: expected a metric's name");
  EXPECT_EQ(error_of("9a 1"), "column 1: expected a metric's name");
  EXPECT_THAT(error_of("up"), HasSubstr("column 3: expected a number"));
  EXPECT_THAT(error_of("up one"), HasSubstr("column 4: expected a number"));
  EXPECT_THAT(error_of("up +-1"), HasSubstr("column 4: expected a number"));
  EXPECT_THAT(error_of("up 1x"), HasSubstr("column 4: expected a number"));
  EXPECT_THAT(error_of("up 1e999"), HasSubstr("column 4: expected a number"));
  EXPECT_THAT(error_of("up{"), HasSubstr("column 4: expected a label's name"));
  EXPECT_THAT(error_of("up{a 1"), HasSubstr("column 6: expected \"=\""));
  EXPECT_THAT(error_of("up{a=b} 1"), HasSubstr("column 6: expected a value in double quotes"));
  EXPECT_THAT(error_of("up{a=\"b"), HasSubstr("column 8: expected the closing quote"));
  EXPECT_THAT(error_of("up{a=\"\\x\"} 1"), HasSubstr("column 8: expected \\\\"));
  EXPECT_THAT(error_of("up{a=\"b\" c=\"d\"} 1"), HasSubstr("column 10: expected \",\" or \"}\""));
  EXPECT_THAT(error_of("up{a=\"b\",a=\"c\"} 1"), HasSubstr("column 10: expected another label than a"));
  EXPECT_THAT(error_of("up{:a=\"b\"} 1"), HasSubstr("column 4: expected a label's name"));
  EXPECT_THAT(error_of("up 1 soon"), HasSubstr("column 6: expected milliseconds"));
  EXPECT_THAT(error_of("up 1 2 3"), HasSubstr("expected the end of the line"));
  EXPECT_THAT(error_of(std::string_view("up{a=\"\\", 7)), HasSubstr("expected"));
}

}  // namespace
}  // namespace weir::app::cli
