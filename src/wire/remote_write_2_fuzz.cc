#include "wire/remote_write_2.h"
#include "wire/remote_write_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weir;
  wire::fuzz_remote_write(
      data, size, wire::decode_remote_write_2,
      [](const Batch& batch) { return wire::encode_remote_write_2(batch); },
      [](const MetricMetadata& one) {
        CHECK(one.type != MetricType::kUnknown || !one.unit.empty() || !one.help.empty(),
              "it says something");
      });
  return 0;
}
