#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "store/embedded/borrowed_chunk.h"
#include "store/embedded/chunk.h"

namespace weir::store::embedded {
namespace {

ChunkRef append_chunk(std::string_view bytes, std::string& file) {
  ChunkRef ref;
  ref.offset = file.size();
  ref.size_bytes = static_cast<uint32_t>(bytes.size());
  file.append(bytes);
  ByteWriter(file).u32(crc32c(bytes));
  return ref;
}

}  // namespace
}  // namespace weir::store::embedded

/// Any bytes as a chunk of a block, behind a chunk of which the first byte tells the size: they are put
/// together or refused without a look outside the file, and then decode or not.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weir;
  using namespace weir::store::embedded;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (bytes.empty()) return 0;
  const size_t lender_bytes = std::min<size_t>(data[0], bytes.size() - 1);
  std::string file(kBlockMagic);
  append_chunk(bytes.substr(1, lender_bytes), file);
  const ChunkRef chunk = append_chunk(bytes.substr(1 + lender_bytes), file);
  std::string buffer;
  const auto loaded = load_chunk(file, chunk, buffer);
  if (!loaded.ok()) return 0;
  SampleColumns samples;
  static_cast<void>(decode_chunk(*loaded, samples).ok());
  const auto begin = chunk_begin_bytes(*loaded);
  CHECK(samples.size() == 0 || (begin.ok() && *begin <= loaded->size()), "what decodes has a begin");
  return 0;
}
