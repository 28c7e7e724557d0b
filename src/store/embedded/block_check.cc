#include "store/embedded/block_check.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/crc32c.h"

namespace weir::store::embedded {
namespace {

constexpr size_t kReadBytes = 1 << 20;
constexpr std::string_view kSectionNames[kBlockSectionCount] = {
    "series", "series index", "tenants", "label pairs", "postings", "symbols", "symbol index"};
constexpr std::string_view kIndexRemedy =
    "`weir repair` sets the block aside as .corrupt, as the server does at its start, and the rest is served";
constexpr std::string_view kChunkRemedy =
    "`weir repair` saves the good chunks in a new block and sets this one aside as .corrupt";

class BlockChecker {
 public:
  BlockChecker(std::string path, DamageList& damage) : path_(std::move(path)), damage_(damage) {}

  BlockReport run(std::unique_ptr<os::Mapping> mapping);

 private:
  void index_damage(uint64_t position, uint64_t bytes, std::string what) {
    damage_.add({path_, position, bytes, std::move(what), std::string(kIndexRemedy)});
  }
  void explain_footer(std::string_view file, const Error& error);
  bool check_sections(std::string_view file, const BlockFooter& footer);
  void check_chunks(uint64_t chunks_end, BlockReport& report);
  void check_chunk(const ChunkRef& chunk, uint64_t& position, BlockReport& report);
  void gap(uint64_t begin, uint64_t end, BlockReport& report);

  const std::string path_;
  DamageList& damage_;
};

BlockReport BlockChecker::run(std::unique_ptr<os::Mapping> mapping) {
  BlockReport report;
  const std::string_view file = mapping->bytes();
  report.file_bytes = file.size();
  const auto footer = decode_footer(file);
  if (!footer.ok()) {
    explain_footer(file, footer.error());
    return report;
  }
  if (!check_sections(file, *footer)) return report;
  auto opened = Block::from(std::move(mapping), path_);
  if (!opened.ok()) {
    const uint64_t begin = footer->sections.front().offset;
    index_damage(begin, report.file_bytes - begin,
                 "the index breaks its own rules: " + opened.error().message);
    return report;
  }
  report.block = std::move(opened).value();
  check_chunks(footer->section(BlockSectionId::kSeries).offset, report);
  return report;
}

/// Says which of the fixed parts is wrong, and where it lies.
void BlockChecker::explain_footer(std::string_view file, const Error& error) {
  const size_t magic_bytes = kBlockMagic.size();
  if (file.size() < magic_bytes + kBlockFooterBytes) return index_damage(0, file.size(), error.message);
  if (!file.starts_with(kBlockMagic))
    return index_damage(0, magic_bytes, "the magic number at the begin is wrong");
  if (!has_block_end(file)) {
    return index_damage(file.size() - magic_bytes, magic_bytes,
                        "the magic number at the end is wrong; the file may be cut short");
  }
  index_damage(file.size() - kBlockFooterBytes, kBlockFooterBytes, error.message);
}

bool BlockChecker::check_sections(std::string_view file, const BlockFooter& footer) {
  bool good = true;
  uint64_t position = footer.sections.front().offset;
  for (size_t i = 0; i < footer.sections.size(); ++i) {
    const BlockSection& section = footer.sections[i];
    if (section.offset != position) {
      index_damage(position, 0, fmt::format("section {} is not where the one before ends", kSectionNames[i]));
      return false;
    }
    position += section.size_bytes;
    if (crc32c(file.substr(section.offset, section.size_bytes)) == section.crc) continue;
    index_damage(section.offset, section.size_bytes,
                 fmt::format("the checksum of section {} is wrong", kSectionNames[i]));
    good = false;
  }
  if (position != file.size() - kBlockFooterBytes) {
    index_damage(position, file.size() - kBlockFooterBytes - position,
                 "bytes between the sections and the footer");
    return false;
  }
  return good;
}

/// Chunks lie in the order of the series and fill their part of the file.
void BlockChecker::check_chunks(uint64_t chunks_end, BlockReport& report) {
  std::vector<ChunkRef> chunks;
  uint64_t position = kBlockMagic.size();
  for (const BlockTenant& tenant : report.block->tenants()) {
    for (uint32_t series = 0; series < tenant.series_count(); ++series) {
      chunks.clear();
      tenant.append_all_chunks(series, chunks);
      for (const ChunkRef& chunk : chunks) check_chunk(chunk, position, report);
    }
  }
  if (position != chunks_end) gap(position, chunks_end, report);
}

void BlockChecker::check_chunk(const ChunkRef& chunk, uint64_t& position, BlockReport& report) {
  if (chunk.offset != position) gap(position, chunk.offset, report);
  position = chunk.offset + chunk.size_bytes + kChunkCrcBytes;
  ++report.chunks;
  const Status read = report.block->verify_chunk(chunk);
  if (read.ok()) return;
  ++report.damaged_chunks;
  std::string what = read.error().message;
  if (what.starts_with(path_ + ": ")) what.erase(0, path_.size() + 2);
  damage_.add({path_, chunk.offset, chunk.size_bytes + kChunkCrcBytes,
               fmt::format("{} ({} samples)", what, chunk.sample_count), std::string(kChunkRemedy)});
}

void BlockChecker::gap(uint64_t begin, uint64_t end, BlockReport& report) {
  report.gaps = true;
  damage_.add({path_, begin, end > begin ? end - begin : 0, "the chunks do not follow each other",
               std::string(kChunkRemedy)});
}

/// Reads the file through once, so that a bad sector is an error here and not a signal in the mapping.
Status read_through(os::FileSystem& files, const std::string& path,
                    absl::FunctionRef<void(uint64_t)> progress) {
  ASSIGN_OR_RETURN(auto file, files.open(path, os::OpenMode::kRead));
  std::string buffer(kReadBytes, '\0');
  for (uint64_t position = 0;;) {
    ASSIGN_OR_RETURN(const size_t got, file->read_at(position, buffer.data(), buffer.size()));
    progress(got);
    if (got < buffer.size()) return {};
    position += got;
  }
}

}  // namespace

Result<BlockReport> check_block(os::FileSystem& files, const std::string& path, DamageList& damage,
                                absl::FunctionRef<void(uint64_t bytes)> progress) {
  const Status read = read_through(files, path, progress);
  if (!read.ok() && read.error().code == Code::kNotFound) return read.error();
  auto mapping = read.ok() ? files.map(path) : Result<std::unique_ptr<os::Mapping>>(read.error());
  if (!mapping.ok()) {
    damage.add({path, 0, 0, "cannot be read: " + mapping.error().message, std::string(kIndexRemedy)});
    return BlockReport();
  }
  return BlockChecker(path, damage).run(std::move(mapping).value());
}

}  // namespace weir::store::embedded
