#include "log/embedded/frame.h"

#include <cstring>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/crc32c.h"

namespace weir::log::embedded {
namespace {

constexpr FramePlace kPlace{.segment_seed = 77, .position = 8'192, .sequence = 5, .durable_sequence = 3};

NewRecord record(uint64_t tenant, uint32_t partition, std::string_view payload) {
  return {TenantId::from_stored(tenant), PartitionId(partition), payload};
}

std::string placed(std::string frame, const FramePlace& place = kPlace) {
  std::vector<Offset> next = {Offset(100), Offset(200), Offset(300)};
  place_frame(frame, place, next);
  return frame;
}

std::string sample_frame() {
  const std::vector<NewRecord> records = {record(1, 0, "alpha"), record(2, 2, "beta"), record(3, 0, "gamma")};
  return placed(encode_frame(records));
}

bool decodes(std::string_view frame, const FramePlace& place = kPlace, uint32_t partition_count = 3) {
  const uint32_t seed = frame_seed(place.segment_seed, place.position);
  const auto header = decode_frame_header(frame, seed);
  std::vector<FrameRecord> records;
  return header && header->frame_bytes == frame.size() &&
         decode_frame_body(frame, *header, seed, partition_count, records);
}

/// Seals a frame again after a change, as only somebody who knows the seed could.
void reseal(std::string& frame) {
  const uint32_t seed = frame_seed(kPlace.segment_seed, kPlace.position);
  const uint32_t body = crc32c(std::string_view(frame).substr(kFrameHeaderBytes), seed);
  std::memcpy(&frame[28], &body, 4);
  const uint32_t head =
      crc32c(std::string_view(frame).substr(36, 4), crc32c(std::string_view(frame).substr(0, 32), seed));
  std::memcpy(&frame[32], &head, 4);
}

TEST(Frame, RoundTrips) {
  const std::string frame = sample_frame();
  const uint32_t seed = frame_seed(kPlace.segment_seed, kPlace.position);
  const auto header = decode_frame_header(frame, seed);
  ASSERT_TRUE(header.has_value());
  EXPECT_EQ(header->frame_bytes, frame.size());
  EXPECT_EQ(header->frame_bytes % kFrameAlignment, 0u);
  EXPECT_EQ(header->sequence, 5u);
  EXPECT_EQ(header->durable_sequence, 3u);
  std::vector<FrameRecord> records;
  ASSERT_TRUE(decode_frame_body(frame, *header, seed, 3, records));
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[0].payload, "alpha");
  EXPECT_EQ(records[0].offset, Offset(100));
  EXPECT_EQ(records[1].tenant, TenantId::from_stored(2));
  EXPECT_EQ(records[1].offset, Offset(300));
  EXPECT_EQ(records[2].offset, Offset(101));
}

// The worked example of docs/formats/journal.md: a change here is a change of the format.
TEST(Frame, IsAsDocumented) {
  const std::string uuid("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f", 16);
  std::string frame = encode_frame(std::vector<NewRecord>{record(7, 1, "hello")});
  std::vector<Offset> next = {Offset(0), Offset(0)};
  place_frame(frame, {.segment_seed = crc32c(uuid), .position = 8'192, .sequence = 1, .durable_sequence = 0},
              next);
  std::string hex;
  for (const char byte : frame) hex += fmt::format("{:02x}", static_cast<uint8_t>(byte));
  EXPECT_EQ(hex,
            "5746524d48000000"
            "0100000000000000"
            "0000000000000000"
            "010000008d4150fc"
            "6af0a3fd00000001"
            "0700000000000000"
            "0000000000000000"
            "0100000005000000"
            "68656c6c6f0000a5");
}

TEST(Frame, SizeIsKnownBeforehand) {
  for (size_t bytes = 1; bytes < 40; ++bytes) {
    const std::string payload(bytes, 'x');
    const std::vector<NewRecord> records = {record(1, 0, payload), record(1, 1, "y")};
    EXPECT_EQ(encode_frame(records).size(), frame_bytes(records));
  }
}

TEST(Frame, AMarkerHasNoRecords) {
  const std::string marker = placed(encode_marker());
  EXPECT_EQ(marker.size(), kMarkerBytes);
  EXPECT_TRUE(decodes(marker));
}

TEST(Frame, EveryFlippedBitIsSeen) {
  const std::string frame = sample_frame();
  ASSERT_TRUE(decodes(frame));
  for (size_t bit = 0; bit < frame.size() * 8; ++bit) {
    std::string damaged = frame;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(decodes(damaged)) << "bit " << bit;
  }
}

TEST(Frame, CountsOnlyWhereItWasWritten) {
  const std::string frame = sample_frame();
  FramePlace moved = kPlace;
  moved.position += 8;
  EXPECT_FALSE(decodes(frame, moved));
  FramePlace other_segment = kPlace;
  other_segment.segment_seed += 1;
  EXPECT_FALSE(decodes(frame, other_segment));
}

TEST(Frame, RefusesNonsenseUnderAGoodChecksum) {
  const struct {
    size_t at;
    uint32_t value;
  } changes[] = {
      {4, 41},                // length: not aligned
      {4, 8},                 // length: shorter than a header
      {4, 0xfffffff8},        // length: over the limit
      {8, 2},                 // sequence: at or before what it calls durable
      {12, 0xf0000000},       // sequence: absurd
      {24, 0},                // records: none
      {24, 0xffffffff},       // records: more than fit
      {40 + 12, 0xf0000000},  // offset: absurd
      {40 + 16, 3},           // partition: there are three
      {40 + 20, 0},           // payload: empty
      {40 + 20, 0xffffff00},  // payload: beyond the frame
      {40 + 20, 1},           // payload: less than the frame holds, by more than padding
  };
  for (const auto& change : changes) {
    const std::string text(64, 'p');
    std::string frame = placed(encode_frame(std::vector<NewRecord>{record(1, 0, text)}));
    std::memcpy(&frame[change.at], &change.value, 4);
    reseal(frame);
    EXPECT_FALSE(decodes(frame)) << change.at << " = " << change.value;
  }
  std::string kind = sample_frame();
  kind[39] = 7;
  reseal(kind);
  EXPECT_FALSE(decodes(kind));
}

TEST(Frame, ShortBytesAreNoFrame) {
  const std::string frame = sample_frame();
  for (size_t size = 0; size < frame.size(); ++size) EXPECT_FALSE(decodes(frame.substr(0, size)));
}

TEST(LooksTorn, WhereSectorsAreMissing) {
  const std::string payload(3'000, 'x');
  const std::string frame = placed(encode_frame(std::vector<NewRecord>{record(1, 0, payload)}));
  const uint32_t seed = frame_seed(kPlace.segment_seed, kPlace.position);
  const std::string after(2'000, '\0');
  EXPECT_FALSE(
      looks_torn(frame + after, kPlace.position, seed));  // whole, so no frame of ours is torn like this
  for (size_t sector = 0; sector + 512 <= frame.size(); sector += 512) {
    std::string torn = frame;
    torn.replace(sector, 512, 512, '\0');
    EXPECT_TRUE(looks_torn(torn + after, kPlace.position, seed)) << "sector at " << sector;
  }
  std::string decayed = frame;
  decayed[1'000] = 'y';
  EXPECT_FALSE(looks_torn(decayed + after, kPlace.position, seed));
}

}  // namespace
}  // namespace weir::log::embedded
