#include "gateway/prometheus_json.h"

#include <algorithm>

#include "gateway/histogram_json.h"
#include "wire/json_writer.h"

namespace weir::gateway {
namespace {

using wire::JsonWriter;

void write_labels(JsonWriter& json, LabelsView labels) {
  json.begin_object();
  for (const Label& label : labels) {
    json.key(label.name);
    json.text(label.value);
  }
  json.end_object();
}

/// [1700000000.5,"42"], straight into the text: this is where large answers spend their time.
void append_point(std::string& out, TimestampMs timestamp_ms, double value) {
  out += '[';
  wire::append_prometheus_time(out, timestamp_ms);
  out += ",\"";
  wire::append_prometheus_json_value(out, value);
  out += "\"]";
}

void append_points(std::string& out, const SampleColumns& points) {
  out += '[';
  for (size_t i = 0; i < points.size(); ++i) {
    if (!points.histograms.empty() && points.histograms[i] != nullptr) continue;
    if (out.back() == ']') out += ',';
    append_point(out, points.timestamps_ms[i], points.values[i]);
  }
  out += ']';
}

bool has_doubles(const SampleColumns& points) {
  return points.histograms.empty() || std::ranges::count(points.histograms, nullptr) > 0;
}

bool has_histograms(const SampleColumns& points) {
  return std::ranges::any_of(points.histograms,
                             [](const HistogramPtr& histogram) { return histogram != nullptr; });
}

void write_time(JsonWriter& json, TimestampMs timestamp_ms) {
  std::string time;
  wire::append_prometheus_time(time, timestamp_ms);
  json.raw(time);
}

/// [1700000000,"text"]
void write_text_point(JsonWriter& json, TimestampMs timestamp_ms, std::string_view text) {
  json.begin_array();
  write_time(json, timestamp_ms);
  json.text(text);
  json.end_array();
}

/// [1700000000,{"count":"3","sum":"4.5","buckets":[[0,"1","2","3"]]}]
void write_histogram_point(JsonWriter& json, TimestampMs timestamp_ms, const Histogram& histogram) {
  json.begin_array();
  write_time(json, timestamp_ms);
  write_histogram(json, histogram);
  json.end_array();
}

void write_histogram_points(JsonWriter& json, const SampleColumns& points) {
  json.begin_array();
  for (size_t i = 0; i < points.histograms.size(); ++i) {
    if (points.histograms[i] != nullptr)
      write_histogram_point(json, points.timestamps_ms[i], *points.histograms[i]);
  }
  json.end_array();
}

void write_notes(JsonWriter& json, std::string_view key, const std::vector<std::string>& notes) {
  if (notes.empty()) return;
  json.key(key);
  json.begin_array();
  for (const std::string& note : notes) json.text(note);
  json.end_array();
}

std::string point_text(TimestampMs timestamp_ms, double value) {
  std::string text;
  append_point(text, timestamp_ms, value);
  return text;
}

void write_exemplar(JsonWriter& json, const Exemplar& exemplar) {
  std::string text;
  json.begin_object();
  json.key("labels");
  write_labels(json, exemplar.labels);
  json.key("value");
  wire::append_prometheus_json_value(text, exemplar.value);
  json.text(text);
  json.key("timestamp");
  write_time(json, exemplar.timestamp_ms);
  json.end_object();
}

struct WriteValue {
  JsonWriter& json;

  void type(std::string_view name) const {
    json.text("resultType", name);
    json.key("result");
  }

  void operator()(const query::MatrixValue& matrix) const {
    type("matrix");
    json.begin_array();
    for (const query::ResultSeries& series : matrix.series) {
      json.begin_object();
      json.key("metric");
      write_labels(json, series.labels);
      if (has_doubles(series.points)) {
        json.key("values");
        std::string points;
        append_points(points, series.points);
        json.raw(points);
      }
      if (has_histograms(series.points)) {
        json.key("histograms");
        write_histogram_points(json, series.points);
      }
      json.end_object();
    }
    json.end_array();
  }

  void operator()(const query::VectorValue& vector) const {
    type("vector");
    json.begin_array();
    for (const query::ResultSeries& series : vector.series) {
      if (series.points.size() == 0) continue;
      json.begin_object();
      json.key("metric");
      write_labels(json, series.labels);
      const TimestampMs at_ms = series.points.timestamps_ms.back();
      if (const HistogramPtr histogram = series.points.histogram(series.points.size() - 1)) {
        json.key("histogram");
        write_histogram_point(json, at_ms, *histogram);
      } else {
        json.key("value");
        json.raw(point_text(at_ms, series.points.values.back()));
      }
      json.end_object();
    }
    json.end_array();
  }

  void operator()(const query::Scalar& scalar) const {
    type("scalar");
    std::string value;
    wire::append_prometheus_value(value, scalar.value);
    write_text_point(json, scalar.timestamp_ms, value);
  }

  void operator()(const query::StringValue& string) const {
    type("string");
    write_text_point(json, string.timestamp_ms, string.value);
  }
};

double seconds(std::chrono::microseconds time) {
  return std::chrono::duration<double>(time).count();
}

void write_stats(JsonWriter& json, const query::QueryStats& stats) {
  json.key("stats");
  json.begin_object();
  json.key("timings");
  json.begin_object();
  json.number("queryPreparationTime", seconds(stats.parse));
  json.number("evalTotalTime", seconds(stats.evaluate));
  json.number("execQueueTime", seconds(stats.queued));
  json.number("execTotalTime", seconds(stats.queued + stats.parse + stats.evaluate));
  json.end_object();
  json.key("samples");
  json.begin_object();
  json.count("samplesRead", stats.samples_read);
  json.count("seriesTouched", stats.series_read);
  json.end_object();
  json.end_object();
}

void begin_success(JsonWriter& json) {
  json.begin_object();
  json.text("status", "success");
  json.key("data");
}

}  // namespace

std::string success_json(std::string_view data) {
  std::string out;
  JsonWriter json(out);
  begin_success(json);
  json.raw(data);
  json.end_object();
  return out;
}

std::string to_prometheus_json(const query::QueryResult& result, bool with_stats) {
  std::string out;
  JsonWriter json(out);
  begin_success(json);
  json.begin_object();
  std::visit(WriteValue{json}, result.value);
  if (with_stats) write_stats(json, result.stats);
  json.end_object();
  write_notes(json, "warnings", result.warnings);
  write_notes(json, "infos", result.infos);
  json.end_object();
  return out;
}

std::string to_prometheus_json(const std::vector<std::string>& names) {
  std::string out;
  JsonWriter json(out);
  begin_success(json);
  json.begin_array();
  for (const std::string& name : names) json.text(name);
  json.end_array();
  json.end_object();
  return out;
}

std::string to_prometheus_json(const std::vector<Labels>& series) {
  std::string out;
  JsonWriter json(out);
  begin_success(json);
  json.begin_array();
  for (const Labels& labels : series) write_labels(json, labels);
  json.end_array();
  json.end_object();
  return out;
}

std::string to_prometheus_json(const std::vector<SeriesExemplars>& series) {
  std::string out;
  JsonWriter json(out);
  begin_success(json);
  json.begin_array();
  for (const SeriesExemplars& one : series) {
    json.begin_object();
    json.key("seriesLabels");
    write_labels(json, one.labels);
    json.key("exemplars");
    json.begin_array();
    for (size_t i = 0; i < one.exemplars.size(); ++i) write_exemplar(json, one.exemplars[i]);
    json.end_array();
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return out;
}

}  // namespace weir::gateway
