#include "wire/tsdb/index.h"

#include <algorithm>
#include <array>
#include <limits>

#include <fmt/format.h>

#include "base/crc32c.h"
#include "wire/tsdb/big_endian.h"

namespace weir::wire::tsdb {
namespace {

constexpr uint32_t kMagic = 0xBAAAD700;
constexpr uint8_t kVersion = 2;
constexpr size_t kHeaderBytes = 5;
constexpr size_t kReferences = 6;  // symbols, series, label indices, their offsets, postings, their offsets
constexpr size_t kContentsBytes = kReferences * sizeof(uint64_t) + kChecksumBytes;
constexpr uint64_t kSeriesAlignment = 16;

Error damaged(std::string_view what) {
  return corruption(fmt::format("index: {}", what));
}

bool checksum_holds(std::string_view body, std::string_view checksum) {
  return crc32c(body) == load_big_endian<uint32_t>(checksum);
}

}  // namespace

Result<IndexReader> IndexReader::open(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes || load_big_endian<uint32_t>(bytes) != kMagic)
    return damaged("its first bytes are others");
  const auto version = static_cast<uint8_t>(bytes[sizeof(uint32_t)]);
  if (version != kVersion) return unsupported(fmt::format("index: version {}, this reads 2", version));
  IndexReader reader(bytes);
  RETURN_IF_ERROR(reader.read_contents());
  return reader;
}

Status IndexReader::read_contents() {
  if (bytes_.size() < kHeaderBytes + kContentsBytes) return damaged("cut short");
  const uint64_t contents_at = bytes_.size() - kContentsBytes;
  const std::string_view contents = bytes_.substr(contents_at);
  const size_t body_bytes = kContentsBytes - kChecksumBytes;
  if (!checksum_holds(contents.substr(0, body_bytes), contents.substr(body_bytes)))
    return damaged("wrong checksum of the table of contents");

  std::array<uint64_t, kReferences> references{};
  for (size_t i = 0; i < kReferences; ++i)
    references[i] = load_big_endian<uint64_t>(contents.substr(i * sizeof(uint64_t)));
  for (const uint64_t reference : references) {
    if (reference > contents_at) return damaged("the table of contents points behind itself");
  }
  const auto [symbols, series] = std::pair(references[0], references[1]);
  if (symbols != 0) RETURN_IF_ERROR(read_symbols(symbols));
  if (series == 0) return {};
  // The series end where the next section begins, whichever that is.
  at_ = series;
  end_ = contents_at;
  for (const uint64_t reference : references) {
    if (reference > series) end_ = std::min(end_, reference);
  }
  return {};
}

Status IndexReader::read_symbols(uint64_t at) {
  const std::string_view section = bytes_.substr(at);
  if (section.size() < sizeof(uint32_t)) return damaged("no room for the symbols");
  const uint64_t size = load_big_endian<uint32_t>(section);
  if (size < sizeof(uint32_t) || section.size() < sizeof(uint32_t) + size + kChecksumBytes)
    return damaged("no room for the symbols");
  const std::string_view body = section.substr(sizeof(uint32_t), size);
  if (!checksum_holds(body, section.substr(sizeof(uint32_t) + size)))
    return damaged("wrong checksum of the symbols");

  const auto count = load_big_endian<uint32_t>(body);
  symbols_ = body.substr(sizeof(uint32_t));
  if (count > symbols_.size()) return damaged("fewer symbols than it says");
  symbol_places_.reserve(count);
  ByteReader in(symbols_);
  for (uint32_t i = 0; i < count; ++i) {
    symbol_places_.push_back(static_cast<uint32_t>(in.position()));
    in.text();
  }
  return in.ok() ? ok_status() : damaged("fewer symbols than it says");
}

Result<std::string_view> IndexReader::symbol(uint64_t number) const {
  if (number >= symbol_places_.size())
    return damaged(fmt::format("symbol {} of {}", number, symbol_places_.size()));
  ByteReader in(symbols_.substr(symbol_places_[number]));
  return in.text();
}

Result<bool> IndexReader::next(SeriesEntry& entry) {
  at_ = (at_ + kSeriesAlignment - 1) / kSeriesAlignment * kSeriesAlignment;
  while (at_ < end_ && bytes_[at_] == '\0') at_ += kSeriesAlignment;  // padding: a series has some length
  if (at_ >= end_) return false;
  const auto where = [&] { return fmt::format("series at byte {}", at_); };

  ByteReader in(bytes_.substr(at_, end_ - at_));
  const std::string_view body = in.text();
  const std::string_view checksum = in.raw(kChecksumBytes);
  if (!in.ok()) return damaged(where() + ": cut short");
  if (!checksum_holds(body, checksum)) return damaged(where() + ": wrong checksum");
  entry.reference = at_ / kSeriesAlignment;
  RETURN_IF_ERROR(decode_series(body, entry).context(where()));
  at_ += in.position();
  return true;
}

Status IndexReader::decode_series(std::string_view body, SeriesEntry& entry) {
  ByteReader in(body);
  RETURN_IF_ERROR(decode_labels(in, entry.labels));

  entry.chunks.clear();
  const uint64_t count = in.varint();
  uint64_t time = 0;  // arithmetic wraps: the bytes may be anything
  uint64_t reference = 0;
  for (uint64_t i = 0; i < count && in.ok(); ++i) {
    ChunkPlace place;
    time += i == 0 ? static_cast<uint64_t>(in.svarint()) : in.varint();
    place.mint_ms = static_cast<TimestampMs>(time);
    time += in.varint();
    place.maxt_ms = static_cast<TimestampMs>(time);
    reference += i == 0 ? in.varint() : static_cast<uint64_t>(in.svarint());
    place.segment = static_cast<uint32_t>(reference >> 32);
    place.offset = static_cast<uint32_t>(reference);
    if (place.maxt_ms < place.mint_ms) return damaged("a chunk ends before it begins");
    entry.chunks.push_back(place);
  }
  return in.ok() && in.at_end() ? ok_status() : damaged("its chunks are not told as they should be");
}

Status IndexReader::decode_labels(ByteReader& in, Labels& labels) {
  labels_.clear();
  const uint64_t count = in.varint();
  for (uint64_t i = 0; i < count && in.ok(); ++i) {
    ASSIGN_OR_RETURN(const std::string_view name, symbol(in.varint()));
    ASSIGN_OR_RETURN(const std::string_view value, symbol(in.varint()));
    labels_.push_back({name, value});
  }
  if (!in.ok()) return damaged("its labels are cut short");
  auto sorted = Labels::from(labels_);
  if (!sorted.ok()) return damaged(sorted.error().message);
  labels = std::move(*sorted);
  return {};
}

}  // namespace weir::wire::tsdb
