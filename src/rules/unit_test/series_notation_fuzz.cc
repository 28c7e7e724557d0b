#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "rules/unit_test/histogram_notation.h"
#include "rules/unit_test/series_notation.h"

// Any bytes are labels or values, or an error; and a histogram that is written can be read, but for what is
// written in several parts, and for the empty list of bounds, which Prometheus writes likewise.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weir;
  using namespace weir::rules::unit_test;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  constexpr uint64_t kValuesMax = 100;
  static_cast<void>(parse_metric(text).ok());
  const auto runs = parse_values(text, kValuesMax);
  if (!runs.ok()) return 0;
  uint64_t values = 0;
  for (ValueCursor cursor(*runs); !cursor.done(); cursor.advance()) {
    ++values;
    if (!cursor.value()) continue;
    const auto* histogram = std::get_if<HistogramPtr>(&*cursor.value());
    if (histogram == nullptr) continue;
    const std::string written = histogram_notation(**histogram);
    NotationCursor again(written);
    const bool is_readable = written.find("offset:", written.find("buckets:")) == std::string::npos &&
                             written.find("[]") == std::string::npos;
    CHECK(!is_readable || parse_histogram(again).ok(), written);
  }
  CHECK(values <= kValuesMax, "no more values than are allowed");
  return 0;
}
