#include "wire/json_write.h"

#include <boost/json.hpp>
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/random.h"

namespace weir::wire {
namespace {

using ::testing::HasSubstr;

constexpr TimestampMs kNow = 1'700'000'000'000;

Status decode(std::string_view body, Batch& batch, size_t elements_max = 100) {
  return decode_json_write(body, kNow, elements_max, batch);
}

std::string message(std::string_view body) {
  Batch batch;
  const Status status = decode(body, batch);
  EXPECT_TRUE(batch.empty());
  if (status.ok()) return "no error";
  EXPECT_EQ(status.error().code, Code::kInvalidArgument);
  return status.error().message;
}

struct One {
  std::string labels;
  TimestampMs timestamp_ms = 0;
  double value = 0;
};

One one(std::string_view body) {
  Batch batch;
  const Status status = decode(body, batch);
  EXPECT_TRUE(status.ok()) << body << ": " << status.error().message;
  if (batch.series_count() != 1 || batch.sample_count() != 1) return {};
  const Batch::Series& series = batch.series()[0];
  return {batch.labels(series).to_string(), batch.timestamps_ms(series)[0], batch.values(series)[0]};
}

TEST(JsonWrite, DecodesTheDocumentedExample) {
  const One found = one(
      R"({"name": "temperature", "labels": {"room": "attic"}, "value": 21.5, "timestamp": 1700000000123})");
  EXPECT_EQ(found.labels, R"(temperature{room="attic"})");
  EXPECT_EQ(found.value, 21.5);
  EXPECT_EQ(found.timestamp_ms, 1'700'000'000'123);
}

TEST(JsonWrite, KeepsOneSeriesForEachElement) {
  Batch batch;
  ASSERT_TRUE(
      decode(R"([{"name":"a","value":1},{"name":"a","value":2},{"value":3,"name":"b"}])", batch).ok());
  ASSERT_EQ(batch.series_count(), 3u);
  EXPECT_EQ(batch.labels(batch.series()[2]).metric(), "b");
  EXPECT_EQ(batch.values(batch.series()[1])[0], 2);
  EXPECT_TRUE(decode(" [] \n", batch).ok());
  EXPECT_EQ(batch.series_count(), 3u);
}

TEST(JsonWrite, DatesWhatHasNoTimestampNow) {
  EXPECT_EQ(one(R"({"name":"a","value":1})").timestamp_ms, kNow);
}

TEST(JsonWrite, ReadsTimestamps) {
  const auto timestamp = [](const std::string& text) {
    return one(R"({"name":"a","value":1,"timestamp":)" + text + "}").timestamp_ms;
  };
  EXPECT_EQ(timestamp("0"), 0);
  EXPECT_EQ(timestamp("-5"), -5);
  EXPECT_EQ(timestamp(R"("2023-11-14T22:13:20.25Z")"), 1'700'000'000'250);
}

TEST(JsonWrite, ReadsValues) {
  const auto value = [](const std::string& text) {
    return one(R"({"name":"a","value":)" + text + "}").value;
  };
  EXPECT_EQ(value("-1.5e3"), -1'500);
  EXPECT_EQ(value("12345678901234567890123"), 12345678901234567890123.0);
  EXPECT_TRUE(std::isnan(value(R"("NaN")")));
  EXPECT_EQ(value(R"("+Inf")"), std::numeric_limits<double>::infinity());
  EXPECT_EQ(value(R"("-Inf")"), -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::signbit(value("-0.0")));
}

TEST(JsonWrite, UnescapesTexts) {
  EXPECT_EQ(one(R"({"na\u006de":"caf\u00e9","labels":{"\ud83d\ude00":"a\"\n"},"value":1})").labels,
            "café{\U0001F600=\"a\\\"\\n\"}");
}

TEST(JsonWrite, DropsEmptyLabelValues) {
  EXPECT_EQ(one(R"({"name":"a","labels":{"x":"","y":"1"},"value":1})").labels, "a{y=\"1\"}");
  EXPECT_EQ(one(R"({"name":"a","labels":{},"value":1})").labels, "a");
}

TEST(JsonWrite, NamesTheElementAndTheField) {
  EXPECT_EQ(message(R"([{"name":"a","value":1},{"name":"","value":1}])"),
            "json: element 1: name: expected a non-empty string");
  EXPECT_THAT(message(R"({"value":1})"), HasSubstr("element 0: name: missing"));
  EXPECT_THAT(message(R"({"name":"a"})"), HasSubstr("element 0: value: missing"));
  EXPECT_THAT(message(R"({"name":5,"value":1})"), HasSubstr("name: expected a non-empty string"));
  EXPECT_THAT(message(R"({"name":"a","value":true})"), HasSubstr("value: expected a finite number"));
  EXPECT_THAT(message(R"({"name":"a","value":"1"})"), HasSubstr("value: expected a finite number"));
  EXPECT_THAT(message(R"({"name":"a","value":1e999})"), HasSubstr("value: expected a finite number"));
  EXPECT_THAT(message(R"({"name":"a","value":null})"), HasSubstr("value: expected a finite number"));
  EXPECT_THAT(message(R"({"name":"a","value":1,"timestamp":1.5})"),
              HasSubstr("timestamp: expected milliseconds"));
  EXPECT_THAT(message(R"({"name":"a","value":1,"timestamp":99999999999999999999})"),
              HasSubstr("timestamp: expected"));
  EXPECT_THAT(message(R"({"name":"a","value":1,"timestamp":"noon"})"),
              HasSubstr("timestamp: \"noon\" is not a time"));
  EXPECT_THAT(message(R"({"name":"a","value":1,"labels":[]})"),
              HasSubstr("labels: expected an object of strings"));
  EXPECT_THAT(message(R"({"name":"a","value":1,"labels":{"x":1}})"),
              HasSubstr("labels: expected a string for \"x\""));
}

TEST(JsonWrite, RefusesWhatIsGivenTwice) {
  EXPECT_THAT(message(R"({"name":"a","name":"b","value":1})"), HasSubstr("name: given twice"));
  EXPECT_THAT(message(R"({"name":"a","value":1,"labels":{"x":"1","x":"2"}})"),
              HasSubstr("\"x\" is given twice"));
  EXPECT_THAT(message(R"({"name":"a","value":1,"labels":{"__name__":"b"}})"),
              HasSubstr("\"__name__\" is given twice"));
  EXPECT_THAT(message(R"({"name":"a","value":1,"labels":{"":"b"}})"), HasSubstr("a name is empty"));
}

TEST(JsonWrite, SuggestsForUnknownKeys) {
  EXPECT_THAT(message(R"({"name":"a","valu":1})"),
              HasSubstr("unknown key \"valu\"; did you mean \"value\"?"));
  EXPECT_THAT(message(R"({"name":"a","value":1,"zzzzzzzz":{"deep":[1,2]}})"),
              HasSubstr("unknown key \"zzzzzzzz\""));
}

TEST(JsonWrite, RefusesWhatIsNotJson) {
  for (const std::string_view body : {"",
                                      " ",
                                      "5",
                                      "null",
                                      "\"a\"",
                                      "[",
                                      "]",
                                      "{",
                                      "[{]",
                                      "[1]",
                                      "[[]]",
                                      "[null]",
                                      R"({"name":"a","value":1)",
                                      R"({"name":"a" "value":1})",
                                      R"({"name":"a","value":1}{})",
                                      R"({"name":"a","value":1}])",
                                      R"([{"name":"a","value":1},])",
                                      R"([{"name":"a","value":1}] x)",
                                      R"({"name":"a","value":01})",
                                      R"({"name":"a","value":1.})",
                                      R"({"name":"a","value":+1})",
                                      R"({"name":"a","value":1,})",
                                      R"({'name':"a","value":1})",
                                      "{\"name\":\"a\xff\",\"value\":1}",
                                      R"({"name":"\ud800","value":1})",
                                      R"({"name":"\x","value":1})",
                                      "{\"name\":\"a\nb\",\"value\":1}",
                                      R"({"name":"a","value":NaN})"}) {
    EXPECT_NE(message(body), "no error") << body;
  }
}

TEST(JsonWrite, BoundsTheElements) {
  const std::string body = R"([{"name":"a","value":1},{"name":"a","value":1}])";
  Batch batch;
  EXPECT_TRUE(decode(body, batch, 2).ok());
  const Status status = decode(body, batch, 1);
  EXPECT_EQ(status.error().code, Code::kResourceExhausted);
  EXPECT_EQ(batch.series_count(), 2u);
}

TEST(JsonWrite, AFailureLeavesTheBatchAsItWas) {
  Batch batch;
  ASSERT_TRUE(decode(R"({"name":"kept","value":1})", batch).ok());
  ASSERT_FALSE(decode(R"([{"name":"a","value":1},{"name":"b"}])", batch).ok());
  ASSERT_EQ(batch.series_count(), 1u);
  EXPECT_EQ(batch.sample_count(), 1u);
}

TEST(JsonWrite, SurvivesDeepNesting) {
  EXPECT_NE(message(std::string(1'000'000, '[')), "no error");
  EXPECT_NE(message("{\"labels\":" + std::string(1'000'000, '{')), "no error");
}

TEST(JsonWrite, RefusesTruncationAtEveryByte) {
  const std::string body =
      R"([{"name":"a","labels":{"x":"\u00e9"},"value":-1.5e3,"timestamp":"2023-11-14T22:13:20Z"}])";
  for (size_t size = 0; size < body.size(); ++size) {
    EXPECT_NE(message(body.substr(0, size)), "no error") << size;
  }
}

// Nothing passes that another parser refuses.
TEST(JsonWrite, AcceptsOnlyJson) {
  os::Random random(1 + static_cast<uint64_t>(GTEST_FLAG_GET(random_seed)));
  const std::string body =
      R"([{"name":"a","labels":{"x":"1"},"value":-1.5e3,"timestamp":17},{"name":"b","value":"NaN"}])";
  const std::string alphabet = R"([]{}":,\ue01-+. aNt)";
  size_t accepted = 0;
  for (int round = 0; round < 50'000; ++round) {
    std::string damaged = body;
    for (uint64_t flips = 1 + random.below(3); flips > 0; --flips) {
      damaged[random.below(damaged.size())] = alphabet[random.below(alphabet.size())];
    }
    Batch batch;
    if (!decode(damaged, batch).ok()) continue;
    ++accepted;
    boost::system::error_code error;
    boost::json::parse(damaged, error);
    ASSERT_FALSE(error) << damaged;
  }
  EXPECT_GT(accepted, 100u);
}

}  // namespace
}  // namespace weir::wire
