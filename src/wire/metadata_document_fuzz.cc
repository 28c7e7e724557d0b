#include <cstdint>

#include "base/check.h"
#include "wire/metadata_document.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weir;
  const MetricDescriptions metrics =
      wire::decode_metadata_document({reinterpret_cast<const char*>(data), size});
  for (const auto& [metric, descriptions] : metrics) {
    CHECK(!metric.empty(), "a metric has a name");
    CHECK(!descriptions.empty() && descriptions.size() <= kDescriptionsPerMetricMax,
          "descriptions are bounded");
    for (const MetricDescription& one : descriptions) CHECK(one.help.size() <= kHelpBytesMax, "help is cut");
  }
  const std::string body = wire::encode_metadata_document(metrics, SIZE_MAX).body;
  CHECK(wire::decode_metadata_document(body) == metrics, "what we write we read");
  return 0;
}
