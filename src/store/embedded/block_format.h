#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "model/time_range.h"

/// The fixed parts of a block file. docs/formats/block.md has the layout.
namespace weir::store::embedded {

/// Begins every block, and ends those whose series have samples alone.
inline constexpr std::string_view kBlockMagic{"WEIRBLK\x01", 8};
/// Ends those of version 2, whose series have a number of further lists of chunks, none perhaps.
inline constexpr std::string_view kBlockMagicLists{"WEIRBLK\x02", 8};
inline constexpr size_t kChunkCrcBytes = 4;
inline constexpr size_t kTenantEntryBytes = 24;
inline constexpr size_t kPairEntryBytes = 12;

enum class BlockSectionId : uint32_t {
  kSeries,       ///< Per series: label pairs and chunk references, varints.
  kSeriesIndex,  ///< u32 a series: where its entry begins in kSeries.
  kTenants,      ///< kTenantEntryBytes a tenant, ascending.
  kPairs,        ///< kPairEntryBytes a label pair, by tenant, name, value.
  kPostings,     ///< Per pair: the tenant's series that have it, varint deltas.
  kSymbols,      ///< The bytes of all names and values, ascending and unique.
  kSymbolIndex,  ///< u32 a symbol and one more: where it begins in kSymbols.
};
inline constexpr size_t kBlockSectionCount = 7;

/// What the chunks of one list of a series hold. Every series has the first, with no chunk if it has
/// exemplars alone; the others are in the file where there is something to put there.
enum class ChunkList : uint8_t {
  kSamples = 0,
  kExemplars = 1,     ///< exemplar_chunk.h
  kMinuteRollup = 2,  ///< rollup_chunk.h, buckets of a minute.
  kHourRollup = 3,    ///< Likewise, of an hour.
};

struct BlockSection {
  uint64_t offset = 0;
  uint64_t size_bytes = 0;
  uint32_t crc = 0;
};

/// The last bytes of a block file: where everything is.
struct BlockFooter {
  std::array<BlockSection, kBlockSectionCount> sections;
  TimeRange range;  ///< Of samples and exemplars, exactly.
  uint64_t sample_count = 0;
  uint32_t series_count = 0;
  bool has_lists = false;  ///< Version 2: what the magic at the end says.

  BlockSection& section(BlockSectionId id) { return sections[static_cast<size_t>(id)]; }
  const BlockSection& section(BlockSectionId id) const { return sections[static_cast<size_t>(id)]; }
};

/// Sections, range (16), samples (8), series (4), CRC (4), magic (8).
inline constexpr size_t kBlockFooterBytes = kBlockSectionCount * 20 + 40;

std::string encode_footer(const BlockFooter& footer);
/// Whether the file ends as blocks do, of either version.
bool has_block_end(std::string_view file);
/// The footer of a whole file. kCorruption when the magic numbers or the checksum are wrong or a section lies
/// outside.
Result<BlockFooter> decode_footer(std::string_view file);

/// The checksum that the footer of a whole, checked file carries.
uint32_t footer_crc(std::string_view file);

/// Where a chunk lies in a block file, and what it holds.
struct ChunkRef {
  uint64_t offset = 0;
  uint32_t size_bytes = 0;  ///< Without its CRC, which follows.
  uint32_t sample_count = 0;
  TimeRange range;
  ChunkList list = ChunkList::kSamples;
};

}  // namespace weir::store::embedded
