#include "store/embedded/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/sim/faulty_files.h"

namespace weir::store::embedded {
namespace {

Manifest example() {
  Manifest manifest;
  manifest.window_ms = 7'200'000;
  manifest.next_block_id = 9;
  manifest.partitions.resize(2);
  manifest.partitions[0] = {Epoch(3), Offset(1'000), {{0, Offset(1'500)}, {7'200'000, Offset(1'200)}}};
  manifest.blocks = {{4, {-5, 10}, 12'345, 0xdeadbeef}, {8, {10, INT64_MAX}, 1, 2}};
  return manifest;
}

TEST(Manifest, RoundTrips) {
  EXPECT_EQ(decode_manifest(encode_manifest(example())).value(), example());
  EXPECT_EQ(decode_manifest(encode_manifest(Manifest())).value(), Manifest());
}

TEST(Manifest, EveryTruncationIsNoticed) {
  const std::string bytes = encode_manifest(example());
  for (size_t size = 0; size < bytes.size(); ++size) {
    const auto decoded = decode_manifest(bytes.substr(0, size));
    ASSERT_FALSE(decoded.ok()) << size;
    EXPECT_EQ(decoded.error().code, Code::kCorruption);
  }
  EXPECT_FALSE(decode_manifest(bytes + '\0').ok());
}

TEST(Manifest, EveryFlippedBitIsNoticed) {
  const std::string bytes = encode_manifest(example());
  for (size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    std::string damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    ASSERT_FALSE(decode_manifest(damaged).ok()) << bit;
  }
}

TEST(Manifest, ErrorNamesTheFile) {
  os::sim::FaultyFiles files;
  ASSERT_TRUE(files.create_directories("/d").ok());
  EXPECT_EQ(load_manifest(files, "/d").error().code, Code::kNotFound);
  ASSERT_TRUE(save_manifest(files, "/d", example()).ok());
  EXPECT_EQ(load_manifest(files, "/d").value(), example());
  files.corrupt("/d/MANIFEST", 20);
  const auto damaged = load_manifest(files, "/d");
  ASSERT_FALSE(damaged.ok());
  EXPECT_EQ(damaged.error().code, Code::kCorruption);
  EXPECT_THAT(damaged.error().message, testing::HasSubstr("/d/MANIFEST"));
}

}  // namespace
}  // namespace weir::store::embedded
