#include "store/embedded/manifest.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/crc32c.h"

namespace weir::store::embedded {
namespace {

constexpr std::string_view kMagic{"WEIRMAN\x01", 8};
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

void write_block(ByteWriter& writer, const Manifest::Block& block) {
  writer.varint(block.id);
  writer.svarint(block.range.mint_ms);
  writer.svarint(block.range.maxt_ms);
  writer.varint(block.size_bytes);
  writer.u32(block.fingerprint);
}

Manifest::Block read_block(ByteReader& reader) {
  Manifest::Block block{};
  block.id = reader.varint();
  block.range.mint_ms = reader.svarint();
  block.range.maxt_ms = reader.svarint();
  block.size_bytes = reader.varint();
  block.fingerprint = reader.u32();
  return block;
}

}  // namespace

std::string encode_manifest(const Manifest& manifest) {
  std::string bytes;
  ByteWriter writer(bytes);
  writer.raw(kMagic);
  writer.varint(manifest.window_ms);
  writer.varint(manifest.next_block_id);
  writer.varint(manifest.partitions.size());
  for (const Manifest::Partition& partition : manifest.partitions) write_partition(writer, partition);
  writer.varint(manifest.blocks.size());
  for (const Manifest::Block& block : manifest.blocks) write_block(writer, block);
  writer.u32(crc32c(bytes));
  return bytes;
}

Result<Manifest> decode_manifest(std::string_view bytes) {
  if (!bytes.starts_with(kMagic) || bytes.size() < kMagic.size() + kCrcBytes)
    return corruption("not a manifest of version 1");
  const std::string_view body = bytes.substr(0, bytes.size() - kCrcBytes);
  if (ByteReader(bytes.substr(body.size())).u32() != crc32c(body)) return corruption("the checksum is wrong");
  ByteReader reader(body.substr(kMagic.size()));
  Manifest manifest;
  manifest.window_ms = reader.varint();
  manifest.next_block_id = reader.varint();
  for (uint64_t left = reader.varint(); left > 0 && reader.ok(); --left)
    manifest.partitions.push_back(read_partition(reader));
  for (uint64_t left = reader.varint(); left > 0 && reader.ok(); --left)
    manifest.blocks.push_back(read_block(reader));
  if (!reader.ok() || !reader.at_end()) return corruption("the content does not fill the file");
  return manifest;
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
