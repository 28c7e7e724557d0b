#include "wire/remote_write_fuzz.h"

#include "wire/remote_write.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weir;
  wire::fuzz_remote_write(data, size, wire::decode_remote_write, wire::encode_remote_write,
                          [](const MetricMetadata&) {});
  return 0;
}
