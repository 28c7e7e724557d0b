#include <cstdint>

#include "base/check.h"
#include "base/crc32c.h"
#include "wire/archive.h"

// The input is the record of a page whose checksum holds, and then a whole archive.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weir;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  std::string bytes = wire::ArchiveWriter().begin("t");
  ByteWriter out(bytes);
  out.u8(1);
  out.u32(static_cast<uint32_t>(size));
  out.u32(crc32c(input));
  out.raw(input);
  Batch batch;
  for (const std::string_view archive : {std::string_view(bytes), input}) {
    auto reader = wire::ArchiveReader::open(archive);
    while (reader.ok()) {
      const auto more = reader->next(batch);
      if (!more.ok() || !*more) break;
      CHECK(reader->position() <= archive.size(), "reads no further than the bytes go");
    }
  }
  return 0;
}
