#include <boost/json.hpp>
#include <cstdint>

#include "wire/json_write.h"

// Whatever passes must be JSON in another parser's eyes too, and leave canonical labels.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weir;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  Batch batch;
  if (!wire::decode_json_write(body, 1'700'000'000'000, 1'000, batch).ok()) {
    CHECK(batch.empty(), "a body that fails leaves nothing");
    return 0;
  }
  boost::system::error_code error;
  boost::json::parse(body, error);
  CHECK(!error, "only JSON is accepted");
  CHECK(batch.series_count() == batch.sample_count(), "an element is a series with one sample");
  for (const Batch::Series& series : batch.series()) {
    CHECK(LabelsView::validate(batch.labels(series).bytes()).ok(), "labels are canonical");
  }
  return 0;
}
