#include "log/embedded/frame.h"

#include <algorithm>
#include <cstring>

#include "base/bytes.h"
#include "base/check.h"
#include "base/crc32c.h"
#include "log/embedded/segment.h"

namespace weir::log::embedded {
namespace {

constexpr size_t kSectorBytes = 512;
// Neither the last byte of a header (its kind) nor that of a frame is ever zero, so zeros there mean "not yet
// written".
constexpr char kEndMark = '\xa5';
constexpr size_t kHeaderCrcAt = 32;
constexpr size_t kKindAt = 39;
constexpr size_t kEntryOffsetAt = 8;
constexpr size_t kEntryPartitionAt = 16;
constexpr size_t kEntryBytesAt = 20;

size_t padded(uint64_t bytes) {
  return (bytes + kFrameAlignment - 1) / kFrameAlignment * kFrameAlignment;
}

template <typename T>
T load(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof(value));
  return value;
}

template <typename T>
void store(char* to, T value) {
  std::memcpy(to, &value, sizeof(value));
}

uint32_t header_crc(std::string_view header, uint32_t seed) {
  const uint32_t before = crc32c(header.substr(0, kHeaderCrcAt), seed);
  return crc32c(header.substr(kHeaderCrcAt + 4, 4), before);
}

bool all_zero(std::string_view bytes) {
  return bytes.find_first_not_of('\0') == std::string_view::npos;
}

/// True when `bytes`, which begin at `position` of the file, hold nothing in one of the sectors they touch.
bool has_zero_sector(std::string_view bytes, uint64_t position) {
  while (!bytes.empty()) {
    const std::string_view chunk = bytes.substr(0, kSectorBytes - position % kSectorBytes);
    if (all_zero(chunk)) return true;
    bytes.remove_prefix(chunk.size());
    position += chunk.size();
  }
  return false;
}

/// Appends the records that the frame's table lists; false when they do not fill the frame exactly.
bool read_records(std::string_view frame, size_t record_count, uint32_t partition_count,
                  std::vector<FrameRecord>& records) {
  const std::string_view body = frame.substr(kFrameHeaderBytes);
  const size_t table_bytes = record_count * kRecordEntryBytes;
  const bool is_series_record = has_series_records(static_cast<FrameKind>(frame[kKindAt]));
  ByteReader table(body.substr(0, table_bytes));
  ByteReader payloads(body.substr(table_bytes));
  for (size_t i = 0; i < record_count; ++i) {
    const TenantId tenant = TenantId::from_stored(table.u64());
    const uint64_t offset = table.u64();
    const PartitionId partition(table.u32());
    const std::string_view payload = payloads.raw(table.u32());
    if (offset > kNumberMax || partition.value() >= partition_count || payload.empty()) return false;
    records.push_back({tenant, partition, Offset(static_cast<int64_t>(offset)), payload, is_series_record});
  }
  return table.ok() && payloads.ok() && payloads.remaining() <= kFrameAlignment;
}

}  // namespace

uint64_t frame_bytes(std::span<const NewRecord> records) {
  uint64_t sum = kFrameHeaderBytes + records.size() * kRecordEntryBytes + 1;
  for (const NewRecord& record : records) sum += record.payload.size();
  return padded(sum);
}

FrameEncoder::FrameEncoder(std::string& out, size_t record_count) : out_(out), begin_(out.size()) {
  out_.resize(begin_ + kFrameHeaderBytes + record_count * kRecordEntryBytes, '\0');
  payload_begin_ = out_.size();
}

void FrameEncoder::add(TenantId tenant, PartitionId partition) {
  char* entry = &out_[begin_ + kFrameHeaderBytes + record_count_++ * kRecordEntryBytes];
  store<uint64_t>(entry, tenant.value());
  store<uint32_t>(entry + kEntryPartitionAt, partition.value());
  store<uint32_t>(entry + kEntryBytesAt, static_cast<uint32_t>(out_.size() - payload_begin_));
  payload_begin_ = out_.size();
}

void FrameEncoder::finish(FrameKind kind) {
  out_.resize(begin_ + padded(out_.size() - begin_ + 1), '\0');
  out_.back() = kEndMark;
  out_.replace(begin_, kFrameMagic.size(), kFrameMagic);
  store<uint32_t>(&out_[begin_ + 4], static_cast<uint32_t>(out_.size() - begin_));
  store<uint32_t>(&out_[begin_ + 24], static_cast<uint32_t>(record_count_));
  out_[begin_ + kKindAt] = static_cast<char>(kind);
}

std::string encode_frame(std::span<const NewRecord> records) {
  std::string frame;
  frame.reserve(frame_bytes(records));
  FrameEncoder encoder(frame, records.size());
  for (const NewRecord& record : records) {
    frame += record.payload;
    encoder.add(record.tenant, record.partition);
  }
  encoder.finish(FrameKind::kRecords);
  return frame;
}

std::string encode_marker() {
  std::string frame;
  FrameEncoder(frame, 0).finish(FrameKind::kMarker);
  return frame;
}

void place_frame(std::span<char> frame, const FramePlace& place, std::vector<Offset>& next_offsets) {
  const auto record_count = load<uint32_t>(&frame[24]);
  for (size_t i = 0; i < record_count; ++i) {
    char* entry = &frame[kFrameHeaderBytes + i * kRecordEntryBytes];
    const PartitionId partition(load<uint32_t>(entry + kEntryPartitionAt));
    Offset& next = next_offsets[partition.value()];
    store<int64_t>(entry + kEntryOffsetAt, next.value());
    next = Offset(next.value() + 1);
  }
  const std::string_view bytes(frame.data(), frame.size());
  const uint32_t seed = frame_seed(place.segment_seed, place.position);
  store<uint64_t>(&frame[8], place.sequence);
  store<uint64_t>(&frame[16], place.durable_sequence);
  store<uint32_t>(&frame[28], crc32c(bytes.substr(kFrameHeaderBytes), seed));
  store<uint32_t>(&frame[kHeaderCrcAt], header_crc(bytes, seed));
}

bool begins_group(std::string_view frame) {
  return static_cast<FrameKind>(frame[kKindAt]) == FrameKind::kSeriesKey;
}

void list_records(std::string_view frame, std::vector<FrameRecord>& records) {
  const auto record_count = load<uint32_t>(&frame[24]);
  CHECK(read_records(frame, record_count, kPartitionCountMax, records), "a frame of ours is well formed");
}

uint32_t frame_seed(uint32_t segment_seed, uint64_t position) {
  return crc32c({reinterpret_cast<const char*>(&position), sizeof(position)}, segment_seed);
}

std::optional<FrameHeader> decode_frame_header(std::string_view bytes, uint32_t seed) {
  if (bytes.size() < kFrameHeaderBytes || !bytes.starts_with(kFrameMagic)) return std::nullopt;
  if (load<uint32_t>(&bytes[kHeaderCrcAt]) != header_crc(bytes, seed)) return std::nullopt;
  FrameHeader header;
  header.frame_bytes = load<uint32_t>(&bytes[4]);
  header.sequence = load<uint64_t>(&bytes[8]);
  header.durable_sequence = load<uint64_t>(&bytes[16]);
  header.record_count = load<uint32_t>(&bytes[24]);
  header.body_crc = load<uint32_t>(&bytes[28]);
  header.kind = static_cast<FrameKind>(bytes[kKindAt]);

  const uint64_t bytes_min =
      padded(kFrameHeaderBytes + uint64_t{header.record_count} * kRecordEntryBytes + 1);
  if (header.frame_bytes < bytes_min || header.frame_bytes > kFrameBytesMax) return std::nullopt;
  if (header.frame_bytes % kFrameAlignment != 0) return std::nullopt;
  if (header.sequence > kNumberMax || header.durable_sequence >= header.sequence) return std::nullopt;
  if (header.kind < FrameKind::kRecords || header.kind > FrameKind::kSeriesKey) return std::nullopt;
  if ((header.kind == FrameKind::kMarker) != (header.record_count == 0)) return std::nullopt;
  return header;
}

bool decode_frame_body(std::string_view frame, const FrameHeader& header, uint32_t seed,
                       uint32_t partition_count, std::vector<FrameRecord>& records) {
  records.clear();
  if (frame.size() != header.frame_bytes || frame.back() != kEndMark) return false;
  const std::string_view body = frame.substr(kFrameHeaderBytes);
  if (crc32c(body, seed) != header.body_crc) return false;

  return read_records(frame, header.record_count, partition_count, records);
}

bool looks_torn(std::string_view bytes, uint64_t position, uint32_t seed) {
  if (bytes.size() < kFrameHeaderBytes) return true;
  const std::optional<FrameHeader> header = decode_frame_header(bytes, seed);
  if (!header) {
    const bool not_begun = all_zero(bytes.substr(0, kFrameMagic.size()));
    return not_begun || bytes[kKindAt] == 0 || has_zero_sector(bytes.substr(0, kFrameHeaderBytes), position);
  }
  if (bytes.size() < header->frame_bytes) return true;
  return bytes[header->frame_bytes - 1] == 0 ||
         has_zero_sector(bytes.substr(0, header->frame_bytes), position);
}

}  // namespace weir::log::embedded
