#include <algorithm>
#include <cstdint>

#include "base/utf8.h"
#include "wire/influx_line.h"

// Whatever passes leaves canonical labels in UTF-8, within the limits; and what is refused is told of.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weir;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  wire::InfluxOptions options;
  options.now_ms = 1'700'000'000'000;
  options.extra = {"db", "d"};
  options.samples_max = 100;
  options.label_bytes_max = 4'096;
  Batch batch;
  const auto report = wire::decode_influx_lines(text, options, batch);
  if (!report.ok()) {
    CHECK(batch.empty(), "a text beyond the limits leaves nothing");
    return 0;
  }
  const auto line_feeds = static_cast<uint64_t>(std::count(text.begin(), text.end(), '\n'));
  CHECK(batch.series_count() == batch.sample_count() && batch.sample_count() <= options.samples_max,
        "a field is a series with one sample, within the limit");
  CHECK(report->lines.size() == batch.series_count(), "each series has its line");
  CHECK(std::is_sorted(report->lines.begin(), report->lines.end()), "lines ascend");
  CHECK(report->lines.empty() || report->lines.back() <= line_feeds + 1, "lines are lines of the text");
  CHECK(report->bad_lines <= line_feeds + 1, "a line is refused once");
  CHECK(report->faults.size() == std::min<uint64_t>(report->bad_lines, wire::kInfluxFaultsKept),
        "the first refusals are told of");
  for (const wire::InfluxFault& fault : report->faults)
    CHECK(0 < fault.line && fault.line <= line_feeds + 1 && 0 < fault.column && fault.column <= size + 1,
          "a fault is in the text");
  for (const Batch::Series& series : batch.series()) {
    const LabelsView labels = batch.labels(series);
    CHECK(LabelsView::validate(labels.bytes()).ok(), "labels are canonical");
    CHECK(!labels.metric().empty() && !labels.get("db").empty(), "each has a name and the extra label");
    for (const Label& label : labels) CHECK(is_utf8(label.name) && is_utf8(label.value), "labels are UTF-8");
  }
  return 0;
}
