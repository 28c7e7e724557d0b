#include "wire/histogram_columns.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/histograms.h"

namespace weir::wire {
namespace {

using ::testing::HasSubstr;

struct Item {
  bool new_series;
  TimestampMs timestamp_ms;
  Histogram histogram;
};

std::string write(const std::vector<Item>& items) {
  HistogramColumnsWriter writer;
  for (const Item& item : items) {
    if (item.new_series) writer.begin_series();
    writer.add(item.timestamp_ms, item.histogram);
  }
  std::string out;
  writer.append_to(out);
  return out;
}

// Reads as many as `items` has, series changing where they do; an error, or what was read.
Result<std::vector<Item>> read(std::string_view section, const std::vector<Item>& items) {
  ASSIGN_OR_RETURN(HistogramColumnsReader reader, HistogramColumnsReader::open(section));
  std::vector<Item> found;
  for (const Item& item : items) {
    if (item.new_series) reader.begin_series();
    RETURN_IF_ERROR(reader.next());
    found.push_back({item.new_series, reader.timestamp_ms(), reader.histogram()});
  }
  if (!reader.at_end()) return corruption("left over");
  return found;
}

std::vector<Item> random_items(os::Random& random, size_t count) {
  std::vector<Item> items;
  for (size_t i = 0; i < count; ++i) {
    Histogram next = items.empty() ? tests::random_histogram(random)
                                   : tests::next_histogram(items.back().histogram, random);
    items.push_back(
        {i == 0 || random.below(4) == 0, static_cast<TimestampMs>(random.next()), std::move(next)});
  }
  return items;
}

TEST(HistogramColumns, KeepEveryBit) {
  const uint64_t seed = 1 + static_cast<uint64_t>(GTEST_FLAG_GET(random_seed));
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  os::Random random(seed);
  for (int round = 0; round < 500; ++round) {
    const std::vector<Item> items = random_items(random, 1 + random.below(20));
    const auto found = read(write(items), items);
    ASSERT_TRUE(found.ok()) << found.error().message;
    for (size_t i = 0; i < items.size(); ++i) {
      ASSERT_EQ((*found)[i].timestamp_ms, items[i].timestamp_ms);
      ASSERT_TRUE((*found)[i].histogram == items[i].histogram);
    }
  }
}

TEST(HistogramColumns, StayBelowTheirBound) {
  os::Random random(7);
  for (int round = 0; round < 500; ++round) {
    const Item item{true, -1, tests::random_histogram(random)};
    EXPECT_LE(write({item}).size(), histogram_bound(item.histogram));
  }
}

TEST(HistogramColumns, CostLittleWhereCountsGrow) {
  tests::GrowingHistogram histogram(50);
  std::vector<Item> items;
  for (TimestampMs i = 0; i < 100; ++i) items.push_back({i == 0, i * 15'000, histogram.next()});
  const size_t bytes = write(items).size() / items.size();
  RecordProperty("bytes_per_histogram", static_cast<int>(bytes));
  EXPECT_LT(bytes, 60u) << "as doubles, 50 buckets are 424 bytes";
  const Item first{true, 0, items.front().histogram};
  const Item same{false, 15'000, items.front().histogram};
  EXPECT_EQ(write({first, same}).size(), write({first}).size() + 4) << "3 of time, 1 of head";
}

TEST(HistogramColumns, RefuseTruncationAtEveryByte) {
  os::Random random(3);
  const std::vector<Item> items = random_items(random, 6);
  const std::string section = write(items);
  for (size_t size = 0; size < section.size(); ++size) {
    const auto found = read(std::string_view(section).substr(0, size), items);
    ASSERT_FALSE(found.ok()) << size;
    EXPECT_EQ(found.error().code, Code::kCorruption);
  }
  EXPECT_FALSE(read(section + '\0', items).ok());
}

TEST(HistogramColumns, WhatIsReadIsValidWhateverTheBytes) {
  const uint64_t seed = 1 + static_cast<uint64_t>(GTEST_FLAG_GET(random_seed));
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  os::Random random(seed);
  const std::vector<Item> items = random_items(random, 6);
  const std::string section = write(items);
  for (int round = 0; round < 20'000; ++round) {
    std::string damaged = section;
    for (uint64_t flips = 1 + random.below(3); flips > 0; --flips)
      damaged[random.below(damaged.size())] = static_cast<char>(random.next());
    const auto found = read(damaged, items);
    if (!found.ok()) continue;
    for (const Item& item : *found) ASSERT_TRUE(validate(item.histogram).ok());
  }
}

// The damage that flipped bits seldom make.
TEST(HistogramColumns, RefuseHeadsAndNumbersOutOfRange) {
  const auto error = [](std::string_view heads, std::string_view counts, bool has_previous = false) {
    ByteReader heads_in(heads);
    ByteReader counts_in(counts);
    Histogram histogram;
    const Status status = decode_histogram(has_previous, has_previous, heads_in, counts_in, histogram);
    return status.ok() ? std::string() : status.error().message;
  };
  const std::string sum(8, '\0');
  const std::string layout = std::string("\x00", 1) + std::string(8, '\0') + std::string("\x00\x00", 2);
  EXPECT_EQ(error("\x04" + layout, sum + std::string("\x00\x00", 2)), "");
  EXPECT_THAT(error("\x84" + layout, sum), HasSubstr("its head is 0x84"));
  EXPECT_THAT(error(std::string(1, '\0'), sum), HasSubstr("its head is 0x0"));
  EXPECT_THAT(error("\x44" + layout, ""), HasSubstr("its head is 0x44"));
  EXPECT_THAT(error("\x14" + layout, sum + std::string(3, '\0')), HasSubstr("counts are damaged"));
  EXPECT_THAT(error("\x04" + layout, sum + "\xff\xff\xff\xff\xff\xff\xff\x7f" + '\0'),
              HasSubstr("counts are damaged"));
  EXPECT_THAT(error("\x04" + layout, sum + '\0' + "\x01"), HasSubstr("counts are damaged"));
  EXPECT_THAT(error("\x10", sum + "\x02" + '\0', true), HasSubstr("counts are damaged"))
      << "a bit of no bucket";
  EXPECT_THAT(error("\x04\x12" + layout.substr(1), sum), HasSubstr("schema 9"));
}

}  // namespace
}  // namespace weir::wire
