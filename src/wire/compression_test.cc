#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/random.h"
#include "support/prometheus_bodies.h"
#include "wire/gzip.h"
#include "wire/snappy_block.h"
#include "wire/zstd_frame.h"

namespace weir::wire {
namespace {

using ::testing::HasSubstr;
using tests::from_hex;

constexpr size_t kMax = 1u << 20;

std::string random_bytes(size_t size) {
  os::Random random(size + 1);
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random.next());
  return bytes;
}

/// The formats share their promises; each test runs on all of them.
struct Format {
  std::string_view name;
  std::string (*encode)(std::string_view);
  Result<std::string> (*decode)(std::string_view, size_t);
};

void PrintTo(const Format& format, std::ostream* out) {
  *out << format.name;
}

Result<std::string> decode_snappy(std::string_view body, size_t decoded_bytes_max) {
  std::string scratch;
  ASSIGN_OR_RETURN(const std::string_view view, snappy_decode(body, decoded_bytes_max, 0, scratch));
  return std::string(view);
}

std::string encode_snappy(std::string_view bytes) {
  std::string out;
  snappy_encode(bytes, out);
  return out;
}

class Compression : public ::testing::TestWithParam<Format> {};

INSTANTIATE_TEST_SUITE_P(
    , Compression,
    ::testing::Values(Format{"gzip", [](std::string_view bytes) { return gzip(bytes, 6); }, &gunzip},
                      Format{"zstd", [](std::string_view bytes) { return zstd_encode(bytes, 3); },
                             &zstd_decode},
                      Format{"snappy", &encode_snappy, &decode_snappy}),
    [](const auto& test) { return std::string(test.param.name); });

TEST_P(Compression, RoundTrips) {
  for (const std::string& bytes : {std::string(), std::string("a"), std::string(100'000, 'a'),
                                   random_bytes(1'000), random_bytes(200'000)}) {
    const Result<std::string> decoded = GetParam().decode(GetParam().encode(bytes), kMax);
    ASSERT_TRUE(decoded.ok()) << decoded.error().message;
    EXPECT_EQ(*decoded, bytes);
  }
}

TEST_P(Compression, BoundsTheOutputToTheByte) {
  for (const size_t size : {1u, 1'000u, 100'000u}) {
    const std::string body = GetParam().encode(std::string(size, 'a'));
    EXPECT_TRUE(GetParam().decode(body, size).ok()) << size;
    const Result<std::string> refused = GetParam().decode(body, size - 1);
    ASSERT_FALSE(refused.ok()) << size;
    EXPECT_EQ(refused.error().code, Code::kResourceExhausted);
    EXPECT_THAT(refused.error().message, HasSubstr(std::to_string(size - 1)));
  }
}

TEST_P(Compression, RefusesTruncationAtEveryByte) {
  const std::string body = GetParam().encode(random_bytes(300) + std::string(300, 'a'));
  for (size_t size = 0; size < body.size(); ++size) {
    const Result<std::string> decoded = GetParam().decode(body.substr(0, size), kMax);
    ASSERT_FALSE(decoded.ok()) << size;
    EXPECT_EQ(decoded.error().code, Code::kInvalidArgument) << size;
  }
}

TEST_P(Compression, RefusesWhatItIsNot) {
  EXPECT_EQ(GetParam().decode("\x7fhello, this is plain text", kMax).error().code, Code::kInvalidArgument);
  EXPECT_FALSE(GetParam().decode(random_bytes(1'000), kMax).ok());
}

TEST_P(Compression, SurvivesRandomDamage) {
  os::Random random(1 + static_cast<uint64_t>(GTEST_FLAG_GET(random_seed)));
  const std::string body = GetParam().encode(random_bytes(100) + std::string(1'000, 'a') + random_bytes(100));
  for (int round = 0; round < 5'000; ++round) {
    std::string damaged = body;
    damaged[random.below(damaged.size())] = static_cast<char>(random.next());
    const Result<std::string> decoded = GetParam().decode(damaged, 2'000);
    if (decoded.ok()) {
      ASSERT_LE(decoded->size(), 2'000u);
    }
  }
}

TEST(Gzip, ReadsWhatOthersWrite) {
  // printf hello | gzip -n
  EXPECT_EQ(gunzip(from_hex("1f8b0800000000000003cb48cdc9c9070086a6103605000000"), kMax).value(), "hello");
}

TEST(Gzip, ReadsSeveralMembers) {
  const std::string big(50'000, 'b');
  const std::string body = gzip("a", 1) + gzip("", 6) + gzip(big, 12);
  EXPECT_EQ(gunzip(body, kMax).value(), "a" + big);
  EXPECT_EQ(gunzip(body, 50'000).error().code, Code::kResourceExhausted) << "together they are too large";
}

TEST(Gzip, RefusesTrailingBytesByPosition) {
  const std::string body = gzip("hello", 6);
  const auto error = gunzip(body + "x", kMax).error();
  EXPECT_EQ(error.code, Code::kInvalidArgument);
  EXPECT_THAT(error.message, HasSubstr("at byte " + std::to_string(body.size())));
}

TEST(Gzip, DoesNotBelieveTheTrailer) {
  std::string body = gzip(std::string(100'000, 'a'), 6);
  body.replace(body.size() - 4, 4, std::string(4, '\xff'));
  EXPECT_FALSE(gunzip(body, kMax).ok());
}

TEST(Gzip, ChecksTheChecksum) {
  std::string body = gzip("hello", 6);
  body[body.size() - 5] ^= 1;
  EXPECT_EQ(gunzip(body, kMax).error().code, Code::kInvalidArgument);
}

TEST(Zstd, ReadsFramesOneAfterTheOtherAndSkipsSkippable) {
  const std::string skippable = from_hex("502a4d1803000000") + "abc";
  EXPECT_EQ(zstd_decode(zstd_encode("a", 1) + skippable + zstd_encode("b", 19), kMax).value(), "ab");
}

TEST(Zstd, ReadsFramesThatDoNotDeclareTheirSize) {
  // printf hello | zstd --no-check, written as a stream
  EXPECT_EQ(zstd_decode(from_hex("28b52ffd0058290000"
                                 "68656c6c6f"),
                        kMax)
                .value(),
            "hello");
}

TEST(Zstd, RefusesTrailingBytes) {
  EXPECT_EQ(zstd_decode(zstd_encode("hello", 1) + "garbage", kMax).error().code, Code::kInvalidArgument);
}

TEST(Snappy, NeedsNothingBesideItsResult) {
  std::string scratch(10, 'x');
  const std::string body = encode_snappy("hello");
  EXPECT_EQ(snappy_decode(body, kMax, 16, scratch).value(), "hello");
  EXPECT_GE(scratch.size(), 21u);
}

}  // namespace
}  // namespace weir::wire
