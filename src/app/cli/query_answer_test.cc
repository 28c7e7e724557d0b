#include "app/cli/query_answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::app::cli {
namespace {

std::string success(std::string_view type, std::string_view result) {
  return std::string(R"({"status":"success","data":{"resultType":")") + std::string(type) + R"(","result":)" +
         std::string(result) + "}}";
}

TEST(QueryAnswer, ReadsEveryKind) {
  const auto vector =
      parse_query_answer(success("vector", R"([{"metric":{"__name__":"up","job":"a"},"value":[1.5,"1"]}])"));
  ASSERT_TRUE(vector.ok());
  EXPECT_EQ(series_text(vector->series[0]), "up{job=\"a\"}");
  EXPECT_EQ(vector->series[0].points[0].time_ms, 1'500);
  EXPECT_EQ(vector->series[0].points[0].value, "1");

  const auto matrix =
      parse_query_answer(success("matrix", R"([{"metric":{},"values":[[1,"NaN"],[2,"+Inf"]]}])"));
  ASSERT_TRUE(matrix.ok());
  EXPECT_EQ(matrix->kind, QueryAnswer::Kind::kMatrix);
  EXPECT_EQ(matrix->series[0].points[1].value, "+Inf");

  EXPECT_EQ(parse_query_answer(success("scalar", R"([1,"3"])")).value().series[0].points[0].value, "3");
  EXPECT_EQ(parse_query_answer(success("string", R"([1,"x"])")).value().kind, QueryAnswer::Kind::kString);
  EXPECT_THAT(parse_query_answer(success("vector", "[]")).value().series, testing::IsEmpty());
}

TEST(QueryAnswer, ReadsHistograms) {
  const auto vector = parse_query_answer(success(
      "vector",
      R"([{"metric":{},"histogram":[1.5,{"count":"6","sum":"-2","buckets":[[1,"-2","-1","1"],[3,"-1","1","2"],)"
      R"([0,"1","+Inf","3"]]}]}])"));
  ASSERT_TRUE(vector.ok()) << vector.error().message;
  EXPECT_EQ(vector->series[0].points[0].time_ms, 1'500);
  EXPECT_EQ(vector->series[0].points[0].value, "{count:6, sum:-2, [-2,-1):1, [-1,1]:2, (1,+Inf]:3}");
  EXPECT_EQ(vector->series[0].points[0].observations, "6");

  const auto matrix = parse_query_answer(success(
      "matrix", R"([{"metric":{},"values":[[1,"5"],[3,"6"]],"histograms":[[2,{"count":"0","sum":"0"}]]}])"));
  ASSERT_TRUE(matrix.ok()) << matrix.error().message;
  ASSERT_EQ(matrix->series[0].points.size(), 3u);
  EXPECT_EQ(matrix->series[0].points[1].value, "{count:0, sum:0}");
  EXPECT_EQ(matrix->series[0].points[2].value, "6");
}

TEST(QueryAnswer, ReadsWarningsAndInfos) {
  const auto answer = parse_query_answer(
      R"({"status":"success","data":{"resultType":"vector","result":[]},"warnings":["careful"],)"
      R"("infos":["by the way"]})");
  EXPECT_THAT(answer.value().warnings, testing::ElementsAre("careful"));
  EXPECT_THAT(answer.value().infos, testing::ElementsAre("by the way"));
}

TEST(QueryAnswer, RefusesAnythingElse) {
  for (const std::string& body :
       {std::string(),
        std::string("{}"),
        std::string("[]"),
        std::string("{\"status\":\"error\"}"),
        success("tensor", "[]"),
        success("vector", "{}"),
        success("vector", "[1]"),
        success("vector", "[{\"metric\":{}}]"),
        success("vector", R"([{"value":[1,"1"]}])"),
        success("vector", R"([{"metric":{},"value":[1]}])"),
        success("vector", R"([{"metric":{},"value":[1,2]}])"),
        success("vector", R"([{"metric":{},"value":["1","2"]}])"),
        success("vector", R"([{"metric":{},"value":[1e300,"2"]}])"),
        success("matrix", R"([{"metric":{},"values":[]}])"),
        success("scalar", "[]"),
        success("matrix", R"([{"metric":{},"histograms":[]}])"),
        success("matrix", R"([{"metric":{},"histograms":{}}])"),
        success("vector", R"([{"metric":{},"histogram":[1,"2"]}])"),
        success("vector", R"([{"metric":{},"histogram":[1,{"buckets":[[0,"1","2"]]}]}])"),
        std::string(100'000, '[')}) {
    const auto answer = parse_query_answer(body);
    ASSERT_FALSE(answer.ok()) << body;
    EXPECT_EQ(answer.error().code, Code::kInvalidArgument);
  }
}

TEST(SeriesText, QuotesAsPromQlDoes) {
  const AnswerSeries series{.labels = {{"__name__", "a"}, {"b", "c\"\\\nd"}}, .points = {}};
  EXPECT_EQ(series_text(series), R"(a{b="c\"\\\nd"})");
  EXPECT_EQ(series_text({.labels = {}, .points = {}}), "{}");
  EXPECT_EQ(series_text({.labels = {{"__name__", "up"}}, .points = {}}), "up");
  EXPECT_EQ(series_text({.labels = {{"a", "1"}, {"b", "2"}}, .points = {}}), R"({a="1", b="2"})");
}

}  // namespace
}  // namespace weir::app::cli
