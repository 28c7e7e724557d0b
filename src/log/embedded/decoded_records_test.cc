#include <gtest/gtest.h>

#include "log/embedded/test_log.h"

// What records decode to travels with them in memory, as far as there is room; their bytes always do.
namespace weir::log::embedded {
namespace {

BatchSlicePtr slice() {
  auto batch = std::make_shared<Batch>();
  batch->begin_series(Labels::of({{"__name__", "up"}}).view().bytes());
  batch->add_sample(1, 2);
  return std::make_shared<const BatchSlice>(BatchSlice{batch, {{0}, {7}}});
}

EmbeddedLogOptions options_with(uint64_t decoded_bytes_max) {
  EmbeddedLogOptions options = TestLog::small_options();
  options.tail_cache_bytes = 1 << 20;
  options.decoded_bytes_max = decoded_bytes_max;
  return options;
}

NewRecord record_of(uint32_t partition, const BatchSlicePtr& decoded) {
  return {.tenant = TenantId::from_stored(1),
          .partition = PartitionId(partition),
          .payload = "encoded",
          .decoded = decoded};
}

std::vector<Record> poll(Reader& reader) {
  return reader.poll(1 << 20, Deadline::at(os::system_clock().steady())).value();
}

double decoded_bytes(TestLog& log) {
  const std::string text = log.registry().to_text();
  const std::string name = "\nweir_log_decoded_bytes ";
  return std::stod(text.substr(text.find(name) + name.size()));
}

TEST(DecodedRecords, GoToTheirFirstReader) {
  TestLog log(options_with(1 << 20));
  ASSERT_TRUE(log.open().ok());
  const BatchSlicePtr one = slice();
  const BatchSlicePtr two = slice();
  // In one frame, so that each has to find its own.
  ASSERT_TRUE(log.append_later({record_of(1, one), record_of(0, two), record_of(1, nullptr)}).get().ok());
  EXPECT_GT(decoded_bytes(log), 0);
  {
    auto reader = log.log().open_reader(PartitionId(1)).value();
    const std::vector<Record> records = poll(*reader);
    ASSERT_EQ(records.size(), 2u);
    EXPECT_EQ(records[0].decoded, one);
    EXPECT_EQ(records[1].decoded, nullptr);
    EXPECT_EQ(records[0].payload, "encoded");
    auto late = log.log().open_reader(PartitionId(1)).value();
    EXPECT_EQ(poll(*late)[0].decoded, nullptr) << "the second reader decodes by itself";
  }
  {
    auto reader = log.log().open_reader(PartitionId(0)).value();
    EXPECT_EQ(poll(*reader)[0].decoded, two);
  }
  EXPECT_EQ(decoded_bytes(log), 0) << "nobody holds any";
}

TEST(DecodedRecords, AreLeftOutWhereThereIsNoRoom) {
  const BatchSlicePtr one = slice();
  TestLog log(options_with(one->size_bytes()));
  ASSERT_TRUE(log.open().ok());
  ASSERT_TRUE(log.append_later({record_of(0, one), record_of(0, slice())}).get().ok());
  auto reader = log.log().open_reader(PartitionId(0)).value();
  std::vector<Record> records = poll(*reader);
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].decoded, one);
  EXPECT_EQ(records[1].decoded, nullptr);
  records.clear();
  ASSERT_TRUE(log.append_later({record_of(0, slice())}).get().ok());
  EXPECT_NE(poll(*reader)[0].decoded, nullptr) << "there is room again";
}

TEST(DecodedRecords, AreNotThereAfterARestart) {
  TestLog log(options_with(1 << 20));
  ASSERT_TRUE(log.open().ok());
  ASSERT_TRUE(log.append_later({record_of(0, slice())}).get().ok());
  ASSERT_TRUE(log.open().ok());
  auto reader = log.log().open_reader(PartitionId(0)).value();
  const std::vector<Record> records = poll(*reader);
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].payload, "encoded");
  EXPECT_EQ(records[0].decoded, nullptr);
}

}  // namespace
}  // namespace weir::log::embedded
