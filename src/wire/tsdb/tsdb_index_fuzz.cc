#include <cstdint>
#include <string>

#include "base/check.h"
#include "wire/tsdb/index.h"
#include "wire/tsdb/tombstones.h"
#include "wire/tsdb/tsdb_bytes_test.h"

// The input becomes the symbols and the body of one series, in a file whose checksums hold: bytes that a
// checksum stops would never reach the decoders. The first byte says where the two part.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weir;
  using namespace weir::wire::tsdb;
  if (size == 0) return 0;
  const std::string input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string symbols = input.substr(0, data[0]);
  const std::string series = input.size() > data[0] ? input.substr(data[0]) : "";

  std::string file = test::from_hex("ba aa d7 00 02");
  const uint64_t symbols_at = file.size();
  file += test::big_endian(static_cast<uint32_t>(symbols.size())) + test::with_checksum(symbols);
  file.resize((file.size() + 15) / 16 * 16, '\0');
  const uint64_t series_at = file.size();
  file += test::varint(series.size()) + test::with_checksum(series);
  std::string contents = test::big_endian(symbols_at) + test::big_endian(series_at) + std::string(32, '\0');
  file += test::with_checksum(contents);

  auto index = IndexReader::open(file);
  if (!index.ok()) return 0;
  SeriesEntry entry;
  for (auto more = index->next(entry); more.ok() && *more; more = index->next(entry)) {
    CHECK(LabelsView::validate(entry.labels.view().bytes()).ok(), "labels are canonical");
    for (const ChunkPlace& place : entry.chunks) CHECK(place.mint_ms <= place.maxt_ms, "chunks have times");
  }
  (void)IndexReader::open(input);
  (void)Tombstones::parse(test::from_hex("01 30 ba 30 01") + test::with_checksum(input));
  return 0;
}
