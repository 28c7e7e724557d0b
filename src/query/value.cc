#include "query/value.h"

#include <algorithm>
#include <utility>

namespace weir::query {

Point::Point(Histogram made) : Point(std::make_shared<const Histogram>(std::move(made))) {}

Point::Point(HistogramPtr shared) : value(shared->sum), histogram(std::move(shared)) {}

Point Series::point(size_t step) const {
  Point point(values[step]);
  if (!histograms.empty()) point.histogram = histograms[step];
  return point;
}

void Series::put(size_t step, Point point) {
  values[step] = point.value;
  if (point.histogram == nullptr && histograms.empty()) return;
  histograms.resize(values.size());
  histograms[step] = std::move(point.histogram);
}

bool has_doubles(const Series& series) {
  for (size_t step = 0; step < series.values.size(); ++step) {
    if (!is_absent(series.values[step]) && series.histogram(step) == nullptr) return true;
  }
  return false;
}

bool drop_histograms(Vector& vector) {
  bool dropped = false;
  for (Series& series : vector) {
    for (size_t step = 0; step < series.histograms.size(); ++step) {
      if (series.histograms[step] == nullptr) continue;
      series.values[step] = absent();
      dropped = true;
    }
    series.histograms.clear();
  }
  return dropped;
}

namespace {

uint64_t size_bytes(const Series& series) {
  uint64_t bytes =
      sizeof(Series) + series.labels.view().bytes().size() + series.values.size() * sizeof(double);
  const HistogramPtr* last = nullptr;
  for (const HistogramPtr& histogram : series.histograms) {
    bytes += sizeof(HistogramPtr);
    if (histogram != nullptr && (last == nullptr || *last != histogram)) bytes += histogram->size_bytes();
    last = &histogram;
  }
  return bytes;
}

}  // namespace

uint64_t size_bytes(const Value& value) {
  if (const Column* column = std::get_if<Column>(&value)) return column->size() * sizeof(double);
  if (const auto* text = std::get_if<std::string>(&value)) return text->size();
  uint64_t bytes = 0;
  for (const Series& series : std::get<Vector>(value)) bytes += size_bytes(series);
  return bytes;
}

}  // namespace weir::query
