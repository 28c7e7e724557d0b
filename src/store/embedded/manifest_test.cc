#include "store/embedded/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "os/sim/faulty_files.h"

namespace weir::store::embedded {
namespace {

Manifest example() {
  Manifest manifest;
  manifest.window_ms = 7'200'000;
  manifest.next_block_id = 9;
  manifest.partitions.resize(2);
  manifest.partitions[0] = {Epoch(3), Offset(1'000), {{0, Offset(1'500)}, {7'200'000, Offset(1'200)}}};
  manifest.blocks = {{4, {-5, 10}, 12'345, 0xdeadbeef, 3}, {8, {10, INT64_MAX}, 1, 2, 9}};
  manifest.last_deletion = 9;
  manifest.deletions = {
      {3, TenantId::from_stored(7), {Matcher::equal("__name__", "up")}, {0, 500}, {Offset(1'001), Offset(0)}},
      {9,
       TenantId::from_stored(1),
       {Matcher::create(MatchOp::kRegex, "a", "b|c").value(), Matcher::equal("x", "")},
       TimeRange::all(),
       {Offset(5), Offset(0)}}};
  return manifest;
}

TEST(Manifest, RoundTrips) {
  EXPECT_EQ(decode_manifest(encode_manifest(example())).value(), example());
  EXPECT_EQ(decode_manifest(encode_manifest(Manifest())).value(), Manifest());
}

// With a checksum that is right.
std::string sealed(std::string bytes) {
  bytes.resize(bytes.size() - 4);
  ByteWriter(bytes).u32(crc32c(bytes));
  return bytes;
}

TEST(Manifest, IsOfTheOldVersionUntilTheFirstDeletion) {
  Manifest old = example();
  old.deletions.clear();
  old.last_deletion = 0;
  for (Manifest::Block& block : old.blocks) block.cleaned = 0;
  EXPECT_EQ(encode_manifest(old)[7], 1);
  EXPECT_EQ(decode_manifest(encode_manifest(old)).value(), old);
  EXPECT_EQ(encode_manifest(example())[7], 2);
}

// docs/formats/manifest.md has these bytes.
TEST(Manifest, IsAsDocumented) {
  Manifest manifest;
  manifest.window_ms = 7'200'000;
  manifest.next_block_id = 3;
  manifest.partitions = {{Epoch(2), Offset(100), {{7'200'000, Offset(150)}}}};
  manifest.blocks = {{2, {1'000, 2'000}, 355, 0x01020304}};
  std::string bytes = encode_manifest(manifest);
  EXPECT_EQ(bytes.substr(bytes.size() - 4), "\x6d\x38\xf7\x1f");
  manifest.blocks[0].cleaned = manifest.last_deletion = 1;
  manifest.deletions = {
      {1, TenantId::from_stored(7), {Matcher::equal("job", "x")}, {750, 800}, {Offset(60)}}};
  bytes = encode_manifest(manifest);
  EXPECT_EQ(bytes.substr(bytes.size() - 4), "\x99\x04\xe2\xdc");
}

TEST(Manifest, RefusesVersionsAndDeletionsThatAreNone) {
  std::string later = encode_manifest(example());
  later[7] = 3;
  EXPECT_THAT(decode_manifest(sealed(later)).error().message, testing::HasSubstr("version 3"));
  const auto refused = [](auto change) {
    Manifest manifest = example();
    change(manifest);
    const auto decoded = decode_manifest(encode_manifest(manifest));
    return !decoded.ok() && decoded.error().code == Code::kCorruption;
  };
  EXPECT_TRUE(refused([](Manifest& m) { m.last_deletion = 8; }));
  EXPECT_TRUE(refused([](Manifest& m) { m.blocks[1].cleaned = 10; }));
  EXPECT_TRUE(refused([](Manifest& m) { std::swap(m.deletions[0], m.deletions[1]); }));
  EXPECT_TRUE(refused([](Manifest& m) { m.deletions[0].applied.pop_back(); }));
  std::string bytes = encode_manifest(example());
  const size_t at = bytes.find("b|c");
  bytes.replace(at, 3, "b(c");
  EXPECT_THAT(decode_manifest(sealed(bytes)).error().message, testing::HasSubstr("matcher"));
}

TEST(Manifest, KnowsWhichDeletionsAreDone) {
  Manifest manifest = example();
  const Deletion first = manifest.deletions[0], second = manifest.deletions[1];
  EXPECT_TRUE(manifest.is_clean_of(first));
  EXPECT_FALSE(manifest.is_done(first)) << "records from 1000 on are applied again";
  EXPECT_FALSE(manifest.is_done(second)) << "block 4 knows of the third only";
  manifest.partitions[0].durable = Offset(1'001);
  manifest.blocks[0].cleaned = 9;
  EXPECT_TRUE(manifest.is_done(first));
  EXPECT_TRUE(manifest.is_done(second));
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
