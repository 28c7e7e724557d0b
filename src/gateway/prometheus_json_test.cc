#include "gateway/prometheus_json.h"

#include <limits>

#include <gtest/gtest.h>

#include "model/histogram.h"

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

HistogramPtr histogram() {
  Histogram histogram;
  histogram.layout = {0, 0.25, {{0, 3}}, {{1, 1}}, {}};
  histogram.count = 10;
  histogram.sum = 4.5;
  histogram.zero_count = 3;
  histogram.positive_buckets = {1, 0, 2};
  histogram.negative_buckets = {4};
  return std::make_shared<const Histogram>(std::move(histogram));
}

constexpr std::string_view kHistogramJson =
    R"({"count":"10","sum":"4.5","buckets":[[1,"-2","-1","4"],[3,"-0.25","0.25","3"],[0,"0.5","1","1"],)"
    R"([0,"2","4","2"]]})";

TEST(PrometheusJson, WritesHistogramsOfAVector) {
  query::QueryResult result;
  query::ResultSeries one = series(1);
  one.points.clear();
  one.points.push_back(1'700'000'000'000, histogram());
  result.value = query::VectorValue{{one}};
  result.infos = {"i"};
  EXPECT_EQ(to_prometheus_json(result),
            R"({"status":"success","data":{"resultType":"vector","result":[{"metric":)"
            R"({"__name__":"up","job":"a"},"histogram":[1700000000,)" +
                std::string(kHistogramJson) + R"(]}]},"infos":["i"]})");
}

TEST(PrometheusJson, WritesHistogramsOfAMatrixBesideItsDoubles) {
  query::QueryResult result;
  query::ResultSeries both = series(1);
  both.points.push_back(1'700'000'001'000, histogram());
  both.points.push_back(1'700'000'002'000, 2);
  both.points.align_histograms();
  query::ResultSeries alone = series(1);
  alone.points.clear();
  alone.points.push_back(1'700'000'001'000, histogram());
  result.value = query::MatrixValue{{both, alone}};
  const std::string point = "[1700000001," + std::string(kHistogramJson) + "]";
  EXPECT_EQ(to_prometheus_json(result),
            R"({"status":"success","data":{"resultType":"matrix","result":[{"metric":)"
            R"({"__name__":"up","job":"a"},"values":[[1700000000.5,"1"],[1700000002,"2"]],"histograms":[)" +
                point + R"(]},{"metric":{"__name__":"up","job":"a"},"histograms":[)" + point + "]}]}}");
}

TEST(PrometheusJson, AHistogramWithoutObservationsHasNoBuckets) {
  query::QueryResult result;
  query::ResultSeries one;
  one.points.push_back(0, std::make_shared<const Histogram>());
  result.value = query::VectorValue{{one}};
  EXPECT_NE(to_prometheus_json(result).find(R"("histogram":[0,{"count":"0","sum":"0"}])"), std::string::npos);
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
