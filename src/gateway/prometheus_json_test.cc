#include "gateway/prometheus_json.h"

#include <limits>

#include <gtest/gtest.h>

namespace weir::gateway {
namespace {

query::ResultSeries series(double value) {
  query::ResultSeries result;
  result.labels = Labels::of({{kMetricName, "up"}, {"job", "a"}});
  result.points.push_back(1'700'000'000'500, value);
  return result;
}

TEST(PrometheusJson, WritesAVector) {
  query::QueryResult result;
  result.value = query::VectorValue{{series(std::numeric_limits<double>::quiet_NaN())}};
  EXPECT_EQ(to_prometheus_json(result),
            R"({"status":"success","data":{"resultType":"vector","result":[{"metric":)"
            R"({"__name__":"up","job":"a"},"value":[1700000000.5,"NaN"]}]}})");
}

TEST(PrometheusJson, WritesAMatrixWithWarnings) {
  query::QueryResult result;
  result.value = query::MatrixValue{{series(1)}};
  std::get<query::MatrixValue>(result.value).series[0].points.push_back(1'700'000'001'000, 2);
  result.warnings = {"w"};
  EXPECT_EQ(to_prometheus_json(result),
            R"({"status":"success","data":{"resultType":"matrix","result":[{"metric":)"
            R"({"__name__":"up","job":"a"},"values":[[1700000000.5,"1"],[1700000001,"2"]]}]},)"
            R"("warnings":["w"]})");
}

TEST(PrometheusJson, WritesScalarsAndStrings) {
  query::QueryResult result;
  result.value = query::Scalar{1'000, 2.5};
  EXPECT_EQ(to_prometheus_json(result),
            R"({"status":"success","data":{"resultType":"scalar","result":[1,"2.5"]}})");
  result.value = query::StringValue{1'000, "a\"b"};
  EXPECT_EQ(to_prometheus_json(result),
            R"({"status":"success","data":{"resultType":"string","result":[1,"a\"b"]}})");
}

TEST(PrometheusJson, WritesExponentsWherePrometheusDoes) {
  const auto value_of = [](double value) {
    query::QueryResult result;
    result.value = query::VectorValue{{series(value)}};
    const std::string json = to_prometheus_json(result);
    const size_t begin = json.find(".5,\"") + 4;
    return json.substr(begin, json.find('"', begin) - begin);
  };
  EXPECT_EQ(value_of(5e-324), "5e-324");
  EXPECT_EQ(value_of(-1.5e-7), "-1.5e-07");
  EXPECT_EQ(value_of(1e-6), "0.000001");
  EXPECT_EQ(value_of(999'999'999'999'999'868'928.0), "999999999999999900000");
  EXPECT_EQ(value_of(1e21), "1e+21");
  EXPECT_EQ(value_of(-0.0), "-0");
  query::QueryResult result;
  result.value = query::Scalar{1'000, 1e21};
  EXPECT_EQ(to_prometheus_json(result),
            R"({"status":"success","data":{"resultType":"scalar","result":[1,"1000000000000000000000"]}})");
}

TEST(PrometheusJson, WritesNamesAndSeries) {
  EXPECT_EQ(to_prometheus_json(std::vector<std::string>{"a", "b"}),
            R"({"status":"success","data":["a","b"]})");
  EXPECT_EQ(to_prometheus_json(std::vector<Labels>{Labels::of({{"a", "b"}})}),
            R"({"status":"success","data":[{"a":"b"}]})");
}

TEST(PrometheusJson, WritesExemplars) {
  SeriesExemplars series{Labels::of({{"__name__", "up"}, {"job", "a"}}), {}};
  series.exemplars.add({Labels::of({{"trace_id", "EpTxMJ40fUus7aGY"}}), 6, 1'600'096'945'479});
  series.exemplars.add({LabelsView(), -0.5, 1'600'096'946'000});
  EXPECT_EQ(to_prometheus_json(std::vector{series}),
            R"({"status":"success","data":[{"seriesLabels":{"__name__":"up","job":"a"},"exemplars":[)"
            R"({"labels":{"trace_id":"EpTxMJ40fUus7aGY"},"value":"6","timestamp":1600096945.479},)"
            R"({"labels":{},"value":"-0.5","timestamp":1600096946}]}]})");
  EXPECT_EQ(to_prometheus_json(std::vector<SeriesExemplars>()), R"({"status":"success","data":[]})");
}

}  // namespace
}  // namespace weir::gateway
