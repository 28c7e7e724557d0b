#include "wire/archive.h"

#include <numeric>
#include <vector>

#include <fmt/format.h>

#include "base/crc32c.h"
#include "wire/batch_record.h"

namespace weir::wire {
namespace {

constexpr std::string_view kMagic = "WEIRARCH";
constexpr uint8_t kVersion = 1;
constexpr uint8_t kPage = 1;
constexpr uint8_t kEnd = 2;
constexpr size_t kTenantBytesMax = 1'024;
constexpr size_t kPageDecodedBytesMax = 256u << 20;

}  // namespace

std::string ArchiveWriter::counted(std::string piece) {
  checksum_ = crc32c(piece, checksum_);
  return piece;
}

std::string ArchiveWriter::begin(std::string_view tenant) {
  std::string piece(kMagic);
  ByteWriter out(piece);
  out.u8(kVersion);
  out.text(tenant.substr(0, kTenantBytesMax));
  out.u32(crc32c(piece));
  return counted(std::move(piece));
}

std::string ArchiveWriter::page(const Batch& batch) {
  std::vector<uint32_t> all(batch.series_count());
  std::iota(all.begin(), all.end(), 0u);
  std::string record;
  encode_batch_record(batch, all, record);
  ++counts_.pages;
  counts_.samples += batch.sample_count();
  std::string piece;
  ByteWriter out(piece);
  out.u8(kPage);
  out.u32(static_cast<uint32_t>(record.size()));
  out.u32(crc32c(record));
  out.raw(record);
  return counted(std::move(piece));
}

std::string ArchiveWriter::end() {
  std::string piece;
  ByteWriter out(piece);
  out.u8(kEnd);
  out.u64(counts_.pages);
  out.u64(counts_.samples);
  out.u32(crc32c(piece, checksum_));
  return piece;
}

Error ArchiveReader::damaged(std::string_view what) const {
  return corruption(fmt::format("archive: {}", what));
}

Result<ArchiveReader> ArchiveReader::open(std::string_view bytes) {
  ArchiveReader reader(bytes);
  ByteReader& in = reader.in_;
  if (in.raw(kMagic.size()) != kMagic) return reader.damaged("its first bytes are others");
  const uint8_t version = in.u8();
  if (in.ok() && version != kVersion)
    return unsupported(fmt::format("archive: version {}, this reads {}", version, kVersion));
  reader.tenant_ = in.text();
  const size_t size = in.position();
  const uint32_t checksum = in.u32();
  if (!in.ok() || crc32c(bytes.substr(0, size)) != checksum || reader.tenant_.size() > kTenantBytesMax)
    return reader.damaged("its head is damaged");
  return reader;
}

Result<bool> ArchiveReader::next(Batch& batch) {
  batch.clear();
  const size_t begin = in_.position();
  const uint8_t kind = in_.u8();
  if (!in_.ok()) return damaged(fmt::format("cut short at byte {}, after a whole page", bytes_.size()));
  if (kind == kEnd) {
    RETURN_IF_ERROR(check_end(begin));
    return false;
  }
  const uint32_t size = in_.u32();
  const uint32_t checksum = in_.u32();
  const std::string_view record = in_.raw(size);
  const std::string where = fmt::format("the page at byte {}", begin);
  if (kind != kPage || !in_.ok()) return damaged(where + " is cut short or of no known kind");
  if (crc32c(record) != checksum) return damaged(where + " has a wrong checksum");
  RETURN_IF_ERROR(decode_batch_record(record, kPageDecodedBytesMax, batch).context("archive: " + where));
  ++counts_.pages;
  counts_.samples += batch.sample_count();
  return true;
}

Status ArchiveReader::check_end(size_t begin) {
  const uint64_t pages = in_.u64();
  const uint64_t samples = in_.u64();
  const size_t size = in_.position();
  const uint32_t checksum = in_.u32();
  if (!in_.ok() || !in_.at_end()) return damaged(fmt::format("its end at byte {} is no end", begin));
  if (crc32c(bytes_.substr(0, size)) != checksum) return damaged("wrong checksum of the whole");
  if (pages != counts_.pages || samples != counts_.samples) {
    return damaged(fmt::format("{} pages and {} samples, its end says {} and {}", counts_.pages,
                               counts_.samples, pages, samples));
  }
  return {};
}

}  // namespace weir::wire
