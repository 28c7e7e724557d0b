#include "log/embedded/segment.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "log/embedded/frame.h"

namespace weir::log::embedded {
namespace {

constexpr std::string_view kMagic = "WEIRJRNL";
constexpr uint32_t kOldestVersion = 1;
constexpr size_t kVersionAt = 8;
// The copies of the header lie in different sectors even where sectors have 4 KiB.
constexpr size_t kCopyAlignment = 4'096;
constexpr std::string_view kSuffix = ".journal";
constexpr size_t kNameDigits = 20;

size_t copy_bytes(size_t partition_count) {
  const size_t bytes = kMagic.size() + 4 + 4 + kUuidBytes + 8 + 8 + 8 * partition_count + 4;
  return (bytes + kCopyAlignment - 1) / kCopyAlignment * kCopyAlignment;
}

bool is_known(uint32_t version) {
  return version >= kOldestVersion && version <= SegmentHeader::kVersion;
}

std::optional<SegmentHeader> decode_copy(std::string_view bytes) {
  ByteReader reader(bytes);
  if (reader.raw(kMagic.size()) != kMagic) return std::nullopt;
  SegmentHeader header;
  header.version = reader.u32();
  if (!is_known(header.version)) return std::nullopt;
  const uint32_t partition_count = reader.u32();
  if (partition_count == 0 || partition_count > kPartitionCountMax) return std::nullopt;
  header.uuid = reader.raw(kUuidBytes);
  header.first_sequence = reader.u64();
  header.created_ms = static_cast<TimestampMs>(reader.u64());
  bool sane = header.first_sequence <= kNumberMax;
  for (uint32_t i = 0; i < partition_count && reader.ok(); ++i) {
    const uint64_t offset = reader.u64();
    sane = sane && offset <= kNumberMax;
    header.next_offsets.emplace_back(static_cast<int64_t>(offset));
  }
  const size_t covered = reader.position();
  const uint32_t crc = reader.u32();
  if (!reader.ok() || !sane || crc != crc32c(bytes.substr(0, covered))) return std::nullopt;
  return header;
}

/// The version that both copies claim, when it is one that we do not know.
std::optional<uint32_t> foreign_version(std::string_view head) {
  ByteReader first(head);
  if (first.raw(kMagic.size()) != kMagic) return std::nullopt;
  const uint32_t version = first.u32();
  if (!first.ok() || is_known(version)) return std::nullopt;
  const std::string_view start = head.substr(0, kVersionAt + 4);
  return head.find(start, start.size()) == std::string_view::npos ? std::nullopt : std::optional(version);
}

Status write_new_file(os::FileSystem& files, const std::string& path, const SegmentHeader& header,
                      uint64_t file_bytes) {
  Status removed = files.remove(path);
  if (!removed.ok() && removed.error().code != Code::kNotFound) return removed;
  ASSIGN_OR_RETURN(auto file, files.open(path, os::OpenMode::kCreate));
  RETURN_IF_ERROR(file->allocate(file_bytes));
  RETURN_IF_ERROR(file->write_at(0, encode_segment_header(header)));
  return file->sync();
}

}  // namespace

uint64_t frames_begin(size_t partition_count) {
  return 2 * copy_bytes(partition_count);
}

std::string encode_segment_header(const SegmentHeader& header) {
  std::string copy;
  ByteWriter writer(copy);
  writer.raw(kMagic);
  writer.u32(header.version);
  writer.u32(static_cast<uint32_t>(header.next_offsets.size()));
  writer.raw(header.uuid);
  writer.u64(header.first_sequence);
  writer.u64(static_cast<uint64_t>(header.created_ms));
  for (Offset offset : header.next_offsets) writer.u64(static_cast<uint64_t>(offset.value()));
  writer.u32(crc32c(copy));
  copy.resize(copy_bytes(header.next_offsets.size()), '\0');
  return copy + copy;
}

Result<SegmentHeader> decode_segment_header(std::string_view head) {
  for (size_t at = 0; at < head.size() && at < kSegmentHeadBytesMax; at += kCopyAlignment) {
    std::optional<SegmentHeader> header = decode_copy(head.substr(at));
    const bool in_place = header && (at == 0 || at == copy_bytes(header->next_offsets.size()));
    if (in_place) return std::move(*header);
  }
  if (const std::optional<uint32_t> version = foreign_version(head)) {
    return unsupported(fmt::format("journal version {}, this build reads {} to {}", *version, kOldestVersion,
                                   SegmentHeader::kVersion));
  }
  return corruption("both copies of the segment header are damaged");
}

std::string segment_name(uint64_t first_sequence) {
  return fmt::format("{:0{}}{}", first_sequence, kNameDigits, kSuffix);
}

std::optional<uint64_t> parse_segment_name(std::string_view name) {
  if (name.size() != kNameDigits + kSuffix.size() || !name.ends_with(kSuffix)) return std::nullopt;
  uint64_t sequence = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + kNameDigits, sequence);
  if (error != std::errc() || end != name.data() + kNameDigits || sequence > kNumberMax) return std::nullopt;
  return sequence;
}

Segment::Segment(SegmentHeader header, std::string path, std::unique_ptr<os::File> file, uint64_t durable_end)
    : header_(std::move(header)),
      seed_(crc32c(header_.uuid)),
      path_(std::move(path)),
      file_(std::move(file)),
      durable_end_(durable_end) {}

Result<std::shared_ptr<Segment>> create_segment(os::FileSystem& files, const std::string& directory,
                                                SegmentHeader header, uint64_t file_bytes) {
  const std::string path = os::join_path(directory, segment_name(header.first_sequence));
  const std::string unfinished = path + std::string(kUnfinishedSuffix);
  Status created = write_new_file(files, unfinished, header, file_bytes);
  if (created.ok()) created = files.rename(unfinished, path);
  if (!created.ok()) {
    // Best effort: the next attempt, or the next start, removes it too.
    (void)files.remove(unfinished).ok();
    return std::move(created).error();
  }
  RETURN_IF_ERROR(files.sync_directory(directory));
  ASSIGN_OR_RETURN(auto file, files.open(path, os::OpenMode::kReadWrite));
  const uint64_t begin = frames_begin(header.next_offsets.size());
  return std::make_shared<Segment>(std::move(header), path, std::move(file), begin);
}

}  // namespace weir::log::embedded
