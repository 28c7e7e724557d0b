#include "rules/unit_test/input_loader.h"

#include <fmt/format.h>

namespace weir::rules::unit_test {

InputLoader::InputLoader(const UnitTest& test) : interval_ms_(test.interval_ms) {
  for (const InputSeries& series : test.input)
    sources_.push_back({&series, ValueCursor(series.values), test.start_ms});
}

Result<Batch> InputLoader::take(TimestampMs until_ms) {
  Batch out;
  for (Source& source : sources_) {
    if (!source.values.done() && source.next_ms <= until_ms) RETURN_IF_ERROR(take(source, until_ms, out));
  }
  std::erase_if(sources_, [](const Source& source) { return source.values.done(); });
  return out;
}

Status InputLoader::take(Source& source, TimestampMs until_ms, Batch& out) const {
  out.begin_series(source.series->labels.view().bytes());
  for (; !source.values.done() && source.next_ms <= until_ms; source.next_ms += interval_ms_) {
    const auto& value = source.values.value();
    if (value && std::holds_alternative<double>(*value)) {
      out.add_sample(source.next_ms, std::get<double>(*value));
    } else if (value) {
      const Histogram& histogram = *std::get<HistogramPtr>(*value);
      RETURN_IF_ERROR(validate(histogram).context(
          fmt::format("input series {}", source.series->labels.view().to_string())));
      out.add_histogram(source.next_ms, histogram);
    }
    source.values.advance();
  }
  return {};
}

}  // namespace weir::rules::unit_test
