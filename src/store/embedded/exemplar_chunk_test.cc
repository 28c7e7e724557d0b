#include "store/embedded/exemplar_chunk.h"

#include <bit>
#include <limits>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/random.h"

namespace weir::store::embedded {
namespace {

using ::testing::HasSubstr;

std::string encode(const ExemplarColumns& exemplars) {
  std::string out;
  encode_exemplar_chunk(exemplars, 0, exemplars.size(), out);
  return out;
}

std::string error_of(std::string_view bytes) {
  ExemplarColumns out;
  out.add({LabelsView(), 1, 1});
  const Status status = decode_exemplar_chunk(bytes, out);
  EXPECT_EQ(out.size(), 1u) << "what was there stays";
  if (status.ok()) return "no error";
  EXPECT_EQ(status.error().code, Code::kCorruption);
  return status.error().message;
}

ExemplarColumns random_exemplars(os::Random& random, size_t count) {
  ExemplarColumns exemplars;
  TimestampMs at = static_cast<TimestampMs>(random.below(1'000'000));
  for (size_t i = 0; i < count; ++i) {
    at += static_cast<TimestampMs>(random.below(3) * random.below(10'000));
    const std::string trace = fmt::format("{:016x}{:016x}", random.next(), random.next());
    const std::string user = fmt::format("user-{}", random.below(4));
    Labels labels;
    if (random.below(8) > 0) labels = Labels::of({{"trace_id", trace}});
    if (random.below(4) == 0) labels = Labels::of({{"trace_id", trace}, {"user", user}});
    if (random.below(8) == 0) labels = Labels::of({{"user", "\xe2\x82\xac"}, {"x", "ABC"}});
    const bool odd = random.below(10) == 0;
    exemplars.add({labels, odd ? std::bit_cast<double>(random.next()) : 0.25 * static_cast<double>(i), at});
  }
  return exemplars;
}

TEST(ExemplarChunk, KeepsEveryBit) {
  const uint64_t seed = os::random_seed();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  os::Random random(seed);
  for (const size_t count : {1u, 2u, 3u, 100u, 128u, 1'023u, 1'024u}) {
    const ExemplarColumns exemplars = random_exemplars(random, count);
    ExemplarColumns found;
    found.add({LabelsView(), 7, 7});
    ASSERT_TRUE(decode_exemplar_chunk(encode(exemplars), found).ok());
    ASSERT_EQ(found.size(), count + 1);
    for (size_t i = 0; i < count; ++i) ASSERT_EQ(found[i + 1], exemplars[i]) << i;
  }
}

TEST(ExemplarChunk, KeepsTheEndsOfTimeAndSeveralOfOneTime) {
  ExemplarColumns exemplars;
  exemplars.add({LabelsView(), 1, std::numeric_limits<TimestampMs>::min()});
  exemplars.add({LabelsView(), 2, 5});
  exemplars.add({LabelsView(), 3, 5});
  exemplars.add({LabelsView(), 4, std::numeric_limits<TimestampMs>::max()});
  ExemplarColumns found;
  ASSERT_TRUE(decode_exemplar_chunk(encode(exemplars), found).ok());
  EXPECT_EQ(found, exemplars);
}

// The example of docs/formats/chunk.md.
TEST(ExemplarChunk, WritesTheDocumentedBytes) {
  ExemplarColumns exemplars;
  exemplars.add({Labels::of({{"id", "4bf9"}}), 0.5, 1'000});
  exemplars.add({Labels::of({{"id", "x1"}}), 0.5, 2'000});
  exemplars.add({Labels::of({{"id", "4bf9"}}), 0.5, 2'000});
  const std::string bytes = encode(exemplars);
  std::string hex;
  for (const char byte : bytes) hex += fmt::format("{:02x}", static_cast<uint8_t>(byte));
  EXPECT_EQ(hex,
            "1003"
            "04d00fe807000200"
            "050201030a00"
            "0001046964054bf9"
            "00047831"
            "000001");
}

TEST(ExemplarChunk, TakesHalfTheRoomForIds) {
  ExemplarColumns exemplars;
  os::Random random(1);
  for (int i = 0; i < 1'000; ++i) {
    const std::string trace = fmt::format("{:016x}{:016x}", random.next(), random.next());
    exemplars.add({Labels::of({{"trace_id", trace}}), 0.1 * i, 15'000 * i});
  }
  EXPECT_LT(encode(exemplars).size(), 1'000u * 21);
}

TEST(ExemplarChunk, RefusesWhatItDoesNotKnow) {
  ExemplarColumns one;
  one.add({Labels::of({{"id", "x1"}}), 1, 1'000});
  std::string bytes = encode(one);
  EXPECT_THAT(error_of(bytes + "x"), HasSubstr("left over"));
  for (size_t size = 0; size < bytes.size(); ++size) EXPECT_NE(error_of(bytes.substr(0, size)), "no error");
  bytes[0] = 1;
  EXPECT_THAT(error_of(bytes), HasSubstr("version 1"));
  bytes[0] = 16;
  bytes[1] = 0;
  EXPECT_THAT(error_of(bytes), HasSubstr("0 exemplars"));
}

TEST(ExemplarChunk, SurvivesRandomDamage) {
  const uint64_t seed = os::random_seed();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  os::Random random(seed);
  const std::string bytes = encode(random_exemplars(random, 60));
  for (int round = 0; round < 20'000; ++round) {
    std::string damaged = bytes;
    for (uint64_t flips = 1 + random.below(3); flips > 0; --flips)
      damaged[random.below(damaged.size())] = static_cast<char>(random.next());
    ExemplarColumns found;
    if (!decode_exemplar_chunk(damaged, found).ok()) {
      ASSERT_TRUE(found.empty());
      continue;
    }
    for (size_t i = 0; i < found.size(); ++i)
      ASSERT_TRUE(validate_exemplar_labels(found[i].labels.bytes()).ok());
  }
}

}  // namespace
}  // namespace weir::store::embedded
