#include "store/embedded/manifest.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/crc32c.h"

namespace weir::store::embedded {
namespace {

constexpr std::string_view kMagic{"WEIRMAN", 7};
// Before the first deletion a manifest is one that older programs read.
constexpr uint8_t kVersionWithoutDeletions = 1;
constexpr uint8_t kVersion = 2;
constexpr size_t kCrcBytes = 4;
constexpr uint64_t kManifestBytesMax = 256 << 20;

void write_partition(ByteWriter& writer, const Manifest::Partition& partition) {
  writer.varint(partition.epoch.value());
  writer.svarint(partition.durable.value());
  writer.varint(partition.covered.size());
  for (const auto& [start_ms, offset] : partition.covered) {
    writer.svarint(start_ms);
    writer.svarint(offset.value());
  }
}

Manifest::Partition read_partition(ByteReader& reader) {
  Manifest::Partition partition;
  partition.epoch = Epoch(reader.varint());
  partition.durable = Offset(reader.svarint());
  for (uint64_t left = reader.varint(); left > 0 && reader.ok(); --left) {
    const TimestampMs start_ms = reader.svarint();
    partition.covered[start_ms] = Offset(reader.svarint());
  }
  return partition;
}

void write_block(ByteWriter& writer, uint8_t version, const Manifest::Block& block) {
  writer.varint(block.id);
  writer.svarint(block.range.mint_ms);
  writer.svarint(block.range.maxt_ms);
  writer.varint(block.size_bytes);
  writer.u32(block.fingerprint);
  if (version > kVersionWithoutDeletions) writer.varint(block.cleaned);
}

Manifest::Block read_block(ByteReader& reader, uint8_t version) {
  Manifest::Block block{};
  block.id = reader.varint();
  block.range.mint_ms = reader.svarint();
  block.range.maxt_ms = reader.svarint();
  block.size_bytes = reader.varint();
  block.fingerprint = reader.u32();
  if (version > kVersionWithoutDeletions) block.cleaned = reader.varint();
  return block;
}

void write_deletion(ByteWriter& writer, const Deletion& deletion) {
  writer.varint(deletion.number);
  writer.varint(deletion.tenant.value());
  writer.svarint(deletion.range.mint_ms);
  writer.svarint(deletion.range.maxt_ms);
  for (const Offset offset : deletion.applied) writer.svarint(offset.value());
  writer.varint(deletion.matchers.size());
  for (const Matcher& matcher : deletion.matchers) {
    writer.u8(static_cast<uint8_t>(matcher.op()));
    writer.text(matcher.name());
    writer.text(matcher.value());
  }
}

void write_deletions(ByteWriter& writer, const Manifest& manifest) {
  writer.varint(manifest.last_deletion);
  writer.varint(manifest.deletions.size());
  for (const Deletion& deletion : manifest.deletions) write_deletion(writer, deletion);
}

Result<Matcher> read_matcher(ByteReader& reader) {
  const uint8_t op = reader.u8();
  std::string name(reader.text());
  std::string value(reader.text());
  if (op > static_cast<uint8_t>(MatchOp::kNotRegex)) return corruption("a matcher of an unknown kind");
  auto matcher = Matcher::create(static_cast<MatchOp>(op), std::move(name), std::move(value));
  if (!matcher.ok()) return corruption("a matcher that is none: " + matcher.error().message);
  return matcher;
}

Result<Deletion> read_deletion(ByteReader& reader, size_t partition_count) {
  Deletion deletion;
  deletion.number = reader.varint();
  deletion.tenant = TenantId::from_stored(reader.varint());
  deletion.range.mint_ms = reader.svarint();
  deletion.range.maxt_ms = reader.svarint();
  for (size_t i = 0; i < partition_count; ++i) deletion.applied.push_back(Offset(reader.svarint()));
  for (uint64_t left = reader.varint(); left > 0 && reader.ok(); --left) {
    ASSIGN_OR_RETURN(Matcher matcher, read_matcher(reader));
    deletion.matchers.push_back(std::move(matcher));
  }
  return deletion;
}

// Numbers ascend up to the last one, or a later deletion could be taken for one that a block knows of.
Status read_deletions(ByteReader& reader, Manifest& manifest) {
  manifest.last_deletion = reader.varint();
  uint64_t number = 0;
  for (uint64_t left = reader.varint(); left > 0 && reader.ok(); --left) {
    ASSIGN_OR_RETURN(Deletion deletion, read_deletion(reader, manifest.partitions.size()));
    if (deletion.number <= std::exchange(number, deletion.number))
      return corruption("the deletions are not in order");
    manifest.deletions.push_back(std::move(deletion));
  }
  for (const Manifest::Block& block : manifest.blocks) number = std::max(number, block.cleaned);
  if (number > manifest.last_deletion) return corruption("a deletion is later than the last one");
  return {};
}

}  // namespace

std::string encode_manifest(const Manifest& manifest) {
  std::string bytes;
  ByteWriter writer(bytes);
  writer.raw(kMagic);
  const uint8_t version = manifest.last_deletion == 0 ? kVersionWithoutDeletions : kVersion;
  writer.u8(version);
  writer.varint(manifest.window_ms);
  writer.varint(manifest.next_block_id);
  writer.varint(manifest.partitions.size());
  for (const Manifest::Partition& partition : manifest.partitions) write_partition(writer, partition);
  writer.varint(manifest.blocks.size());
  for (const Manifest::Block& block : manifest.blocks) write_block(writer, version, block);
  if (version > kVersionWithoutDeletions) write_deletions(writer, manifest);
  writer.u32(crc32c(bytes));
  return bytes;
}

Result<Manifest> decode_manifest(std::string_view bytes) {
  if (!bytes.starts_with(kMagic) || bytes.size() < kMagic.size() + 1 + kCrcBytes)
    return corruption("not a manifest");
  const auto version = static_cast<uint8_t>(bytes[kMagic.size()]);
  if (version < kVersionWithoutDeletions || version > kVersion)
    return corruption(fmt::format("a manifest of version {}, known are 1 to {}", version, kVersion));
  const std::string_view body = bytes.substr(0, bytes.size() - kCrcBytes);
  if (ByteReader(bytes.substr(body.size())).u32() != crc32c(body)) return corruption("the checksum is wrong");
  ByteReader reader(body.substr(kMagic.size() + 1));
  Manifest manifest;
  manifest.window_ms = reader.varint();
  manifest.next_block_id = reader.varint();
  for (uint64_t left = reader.varint(); left > 0 && reader.ok(); --left)
    manifest.partitions.push_back(read_partition(reader));
  for (uint64_t left = reader.varint(); left > 0 && reader.ok(); --left)
    manifest.blocks.push_back(read_block(reader, version));
  if (version > kVersionWithoutDeletions) RETURN_IF_ERROR(read_deletions(reader, manifest));
  if (!reader.ok() || !reader.at_end()) return corruption("the content does not fill the file");
  return manifest;
}

bool Manifest::is_clean_of(const Deletion& deletion) const {
  return std::all_of(blocks.begin(), blocks.end(),
                     [&](const Block& block) { return block.cleaned >= deletion.number; });
}

bool Manifest::is_done(const Deletion& deletion) const {
  for (size_t i = 0; i < partitions.size(); ++i) {
    if (deletion.applied[i] > partitions[i].durable) return false;
  }
  return is_clean_of(deletion);
}

std::string manifest_path(const std::string& directory) {
  return os::join_path(directory, "MANIFEST");
}

Result<Manifest> load_manifest(os::FileSystem& files, const std::string& directory) {
  const std::string path = manifest_path(directory);
  ASSIGN_OR_RETURN(const std::string bytes, os::read_file(files, path, kManifestBytesMax));
  return decode_manifest(bytes).context(path);
}

Status save_manifest(os::FileSystem& files, const std::string& directory, const Manifest& manifest) {
  return os::write_file_atomically(files, manifest_path(directory), encode_manifest(manifest));
}

std::string block_path(const std::string& directory, uint64_t id) {
  return os::join_path(directory, fmt::format("{:016}.block", id));
}

}  // namespace weir::store::embedded
