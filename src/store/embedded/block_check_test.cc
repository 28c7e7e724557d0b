#include "store/embedded/block_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/sim/faulty_files.h"
#include "store/embedded/block_writer.h"

namespace weir::store::embedded {
namespace {

using testing::HasSubstr;

const std::string kPath = "/data/0000000000000001.block";

class BlockCheck : public testing::Test {
 protected:
  BlockCheck() {
    CHECK(files_.create_directories("/data").ok(), "a directory");
    auto writer = BlockWriter::create(files_, kPath, 24 * kHourMs).value();
    for (const uint64_t tenant : {1u, 2u}) {
      for (const char* name : {"a", "b"}) {
        CHECK(
            writer->begin_series(TenantId::from_stored(tenant), Labels::of({{"__name__", name}, {"x", "y"}}))
                .ok(),
            "a series");
        for (TimestampMs at = 1'000; at < 6'000; at += 1'000) {
          const double value = static_cast<double>(at) * 1.7;
          CHECK(writer->add_samples(std::span(&at, 1), std::span(&value, 1)).ok(), "a sample");
        }
      }
    }
    CHECK(writer->finish().ok(), "a block");
    good_ = os::read_file(files_, kPath, 1 << 20).value();
  }

  BlockReport check_with(std::string_view bytes, DamageList& damage) {
    auto file = files_.open(kPath, os::OpenMode::kReadWrite).value();
    file->truncate(0).value();
    file->write_at(0, bytes).value();
    return check_block(files_, kPath, damage, [](uint64_t) {}).value();
  }

  os::sim::FaultyFiles files_;
  std::string good_;
};

TEST_F(BlockCheck, FindsAGoodBlockGood) {
  DamageList damage;
  const BlockReport report = check_with(good_, damage);
  EXPECT_TRUE(report.good());
  EXPECT_TRUE(damage.empty());
  EXPECT_EQ(report.chunks, 4u);
  EXPECT_EQ(report.file_bytes, good_.size());
}

TEST_F(BlockCheck, FindsEveryFlippedBitAndSaysWhere) {
  DamageList none;
  const BlockReport whole = check_with(good_, none);
  const uint64_t chunks_end = decode_footer(good_)->section(BlockSectionId::kSeries).offset;
  for (size_t at = 0; at < good_.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string bytes = good_;
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << bit));
      DamageList damage;
      const BlockReport report = check_with(bytes, damage);
      ASSERT_EQ(damage.count(), 1u) << "byte " << at << " bit " << bit;
      EXPECT_FALSE(report.good());
      const Damage& found = damage.kept()[0];
      EXPECT_LE(found.position, at) << found.what;
      EXPECT_LT(at, found.position + found.bytes) << found.what;
      const bool in_chunk = at >= kBlockMagic.size() && at < chunks_end;
      EXPECT_EQ(report.block != nullptr, in_chunk) << "the index is good when only a chunk is not";
      EXPECT_EQ(report.damaged_chunks, in_chunk ? 1u : 0u);
    }
  }
}

TEST_F(BlockCheck, FindsEachLengthTooShort) {
  for (size_t size = 0; size < good_.size(); ++size) {
    DamageList damage;
    EXPECT_EQ(check_with(good_.substr(0, size), damage).block, nullptr);
    EXPECT_EQ(damage.count(), 1u) << size;
  }
}

TEST_F(BlockCheck, FindsBytesBetweenSections) {
  // A chunk too many, with the sections and the footer moved: all checksums are good.
  DamageList none;
  const BlockFooter footer = decode_footer(good_).value();
  const uint64_t chunks_end = footer.section(BlockSectionId::kSeries).offset;
  BlockFooter moved = footer;
  for (BlockSection& section : moved.sections) section.offset += 4;
  const std::string bytes = good_.substr(0, chunks_end) + "gap!" +
                            good_.substr(chunks_end, good_.size() - kBlockFooterBytes - chunks_end) +
                            encode_footer(moved);
  DamageList damage;
  const BlockReport report = check_with(bytes, damage);
  EXPECT_TRUE(report.gaps);
  ASSERT_EQ(damage.count(), 1u);
  EXPECT_EQ(damage.kept()[0].position, chunks_end);
  EXPECT_EQ(damage.kept()[0].bytes, 4u);
}

TEST_F(BlockCheck, TakesAFileThatCannotBeReadForDamage) {
  files_.inject({.call = os::sim::Call::kRead});
  DamageList damage;
  EXPECT_EQ(check_block(files_, kPath, damage, [](uint64_t) {})->block, nullptr);
  ASSERT_EQ(damage.count(), 1u);
  EXPECT_THAT(damage.kept()[0].what, HasSubstr("cannot be read"));
  EXPECT_EQ(check_block(files_, "/data/none", damage, [](uint64_t) {}).error().code, Code::kNotFound);
}

}  // namespace
}  // namespace weir::store::embedded
