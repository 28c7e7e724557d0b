#include "store/embedded/series_window.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <gtest/gtest.h>
#include <malloc.h>

#include "os/random.h"
#include "os/threads.h"
#include "store/embedded/sample_merge.h"
#include "support/histograms.h"

namespace weir::store::embedded {
namespace {

constexpr TimeRange kAlways{INT64_MIN, INT64_MAX};

SampleColumns content(const WindowView& view, const TimeRange& range = kAlways) {
  SampleColumns out;
  view.read(range, out);
  make_ascending(out, 0);
  return out;
}

void expect_equal(const SampleColumns& found, const std::map<TimestampMs, double>& expected) {
  ASSERT_EQ(found.size(), expected.size());
  size_t i = 0;
  for (const auto& [timestamp_ms, value] : expected) {
    ASSERT_EQ(found.timestamps_ms[i], timestamp_ms);
    ASSERT_EQ(found.values[i++], value);
  }
}

TEST(SeriesWindow, FindsWhatWasInsertedInOrder) {
  SeriesWindow window(0, INT64_MIN);
  for (int i = 0; i < 500; ++i) window.insert({i * 10, i * 1.0});
  for (int i = 0; i < 500; ++i) {
    ASSERT_EQ(window.find(i * 10)->value, i * 1.0);
    ASSERT_FALSE(window.find(i * 10 + 5));
  }
  EXPECT_EQ(window.newest_ms(), 4'990);
  EXPECT_EQ(window.sample_count(), 500u);
}

TEST(SeriesWindow, NewestCountsWhatIsStoredElsewhere) {
  SeriesWindow window(0, 100);
  EXPECT_EQ(window.newest_ms(), 100);
  window.insert({50, 1});
  EXPECT_EQ(window.newest_ms(), 100);
  window.insert({150, 1});
  EXPECT_EQ(window.newest_ms(), 150);
}

TEST(SeriesWindow, TakesSamplesInAnyOrder) {
  for (const uint64_t seed : {1, 2, 3, 4, 5}) {
    os::Random random(seed);
    SeriesWindow window(0, INT64_MIN);
    std::map<TimestampMs, double> model;
    int64_t size_bytes = 0;
    TimestampMs now = 0;
    for (int i = 0; i < 8'000; ++i) {
      now += 10;
      const TimestampMs at = random.below(seed + 1) == 0
                                 ? now
                                 : static_cast<TimestampMs>(random.below(static_cast<uint64_t>(now)));
      const auto known = model.find(at);
      const auto found = window.find(at);
      ASSERT_EQ(found.has_value(), known != model.end());
      if (found) {
        ASSERT_EQ(found->value, known->second);
        continue;
      }
      size_bytes += window.insert({at, i * 0.5});
      model[at] = i * 0.5;
    }
    expect_equal(content(window.view()), model);
    EXPECT_EQ(static_cast<size_t>(size_bytes), window.size_bytes());
    const TimeRange part{now / 4, now / 2};
    std::erase_if(model, [&](const auto& entry) { return !part.contains(entry.first); });
    expect_equal(content(window.view(), part), model);
  }
}

// Both kinds, in and out of order; `content` shows a histogram by its sum.
TEST(SeriesWindow, KeepsHistogramsBesideDoubles) {
  for (const uint64_t seed : {1, 2, 3}) {
    os::Random random(seed);
    SeriesWindow window(0, INT64_MIN);
    std::map<TimestampMs, double> model;
    tests::GrowingHistogram histogram(8, seed);
    int64_t size_bytes = 0;
    TimestampMs now = 0;
    for (int i = 0; i < 3'000; ++i) {
      now += 10;
      const TimestampMs at = random.below(seed + 1) == 0
                                 ? now
                                 : static_cast<TimestampMs>(random.below(static_cast<uint64_t>(now)));
      const auto found = window.find(at);
      ASSERT_EQ(found.has_value(), model.contains(at));
      if (found) {
        ASSERT_EQ(found->value, model[at]);
      } else if (random.below(3) == 0) {
        size_bytes += window.insert({at, i * 0.5});
        model[at] = i * 0.5;
      } else {
        const Histogram& next = histogram.next(3);
        size_bytes += window.insert(at, next);
        model[at] = next.sum;
      }
      ASSERT_GE(window.newest_ms(), model.rbegin()->first);
    }
    EXPECT_EQ(window.sample_count(), model.size());
    expect_equal(content(window.view()), model);
    EXPECT_EQ(static_cast<size_t>(size_bytes), window.size_bytes());
  }
}

TEST(SeriesWindow, ACounterOfManyBucketsTakesAFractionOfItsDoubles) {
  SeriesWindow window(0, INT64_MIN);
  tests::GrowingHistogram histogram(50);
  for (TimestampMs i = 0; i < 480; ++i) window.insert(i * 15'000, histogram.next());
  const size_t bytes = window.size_bytes() / window.sample_count();
  RecordProperty("bytes_per_histogram", static_cast<int>(bytes));
  EXPECT_LT(bytes, 70u) << "as doubles, 50 buckets are 424 bytes";
}

TEST(SeriesWindow, AViewStaysAsItWas) {
  SeriesWindow window(0, INT64_MIN);
  std::map<TimestampMs, double> model;
  std::vector<std::pair<WindowView, std::map<TimestampMs, double>>> views;
  os::Random random(9);
  for (int i = 0; i < 2'000; ++i) {
    const TimestampMs at = i * 10 - static_cast<TimestampMs>(random.below(4) == 0 ? random.below(3'000) : 0);
    if (at < 0 || window.find(at)) continue;
    window.insert({at, i * 1.0});
    model[at] = i;
    if (i % 50 == 0) views.emplace_back(window.view(), model);
  }
  for (const auto& [view, expected] : views) expect_equal(content(view), expected);
}

// A body sent again asks for the newest sample of each series, or for its last few.
TEST(SeriesWindow, FindsTheNewestBesideLateOnes) {
  SeriesWindow window(0, INT64_MIN);
  EXPECT_FALSE(window.find(0));
  window.insert({100, 1});
  window.insert({50, 2});
  EXPECT_EQ(window.find(100)->value, 1);
  EXPECT_EQ(window.find(50)->value, 2);
  EXPECT_FALSE(window.find(75));
  EXPECT_FALSE(window.find(101));
}

TEST(SeriesWindow, ClosesRunsOfEveryKindBitForBit) {
  os::Random random(11);
  SeriesWindow window(0, INT64_MIN);
  SampleColumns expected;
  for (int i = 0; i < 4'000; ++i) {
    const int kind = i / 400 % 4;
    const double value = kind == 0   ? 7
                         : kind == 1 ? random.unit()
                         : kind == 2 ? std::round(random.unit() * 1e4) / 100
                                     : std::bit_cast<double>(random.next());
    expected.push_back(i * 10'000 + static_cast<TimestampMs>(random.below(kind + 1)), value);
    window.insert({expected.timestamps_ms.back(), value});
  }
  const SampleColumns found = content(window.view());
  EXPECT_EQ(found.timestamps_ms, expected.timestamps_ms);
  ASSERT_EQ(found.size(), expected.size());
  EXPECT_EQ(std::memcmp(found.values.data(), expected.values.data(), 8 * expected.size()), 0);
}

// Samples of one thread, read by another as far as the views that it took go.
TEST(SeriesWindow, ViewsAreReadWhileSamplesComeIn) {
  constexpr int kSamples = 20'000;
  const auto value_at = [](int i) { return i % 500 < 400 ? i * 0.25 : std::sin(i); };
  SeriesWindow window(0, INT64_MIN);
  std::mutex mutex;
  os::Thread reader("reader", [&](std::stop_token) {
    for (size_t seen = 0; seen < kSamples;) {
      const WindowView view = [&] {
        std::lock_guard lock(mutex);
        return window.view();
      }();
      const SampleColumns found = content(view);
      ASSERT_GE(found.size(), seen);
      for (; seen < found.size(); ++seen) {
        ASSERT_EQ(found.timestamps_ms[seen], static_cast<TimestampMs>(seen) * 10);
        ASSERT_EQ(found.values[seen], value_at(static_cast<int>(seen)));
      }
    }
  });
  for (int i = 0; i < kSamples; ++i) {
    std::lock_guard lock(mutex);
    window.insert({i * 10, value_at(i)});
  }
}

// What the allocator has given, by its own books.
size_t allocated() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

TEST(SeriesWindow, CountsTheMemoryOfItsSamples) {
  const size_t at_first = allocated();
  const auto some = std::make_unique<std::string>(100'000, 'x');
  if (allocated() < at_first + 100'000) GTEST_SKIP() << "a sanitizer's allocator keeps other books";
  for (const int samples : {1, 12, 60, 120, 121, 500}) {
    for (const int late : {0, 5, 130}) {
      std::vector<SeriesWindow> windows;
      windows.reserve(500);
      const size_t before = allocated();
      size_t size_bytes = 0;
      for (int number = 0; number < 500; ++number) {
        SeriesWindow& window = windows.emplace_back(0, INT64_MIN);
        int64_t counted = 0;
        for (int i = 0; i < samples; ++i) counted += window.insert({(i + 200) * 10'000, i * number * 0.25});
        for (int i = 0; i < late; ++i) counted += window.insert({i * 10'000, 1});
        ASSERT_EQ(static_cast<size_t>(counted), window.size_bytes());
        size_bytes += window.size_bytes();
      }
      const auto found = static_cast<double>(allocated() - before);
      EXPECT_NEAR(static_cast<double>(size_bytes), found, found / 20)
          << samples << " samples, " << late << " late";
    }
  }
}

TEST(SampleMerge, KeepsTheLastOfEqualTimes) {
  SampleColumns columns;
  columns.push_back(99, 0);  // before the part that is sorted
  for (const auto& [at, value] : std::initializer_list<std::pair<TimestampMs, double>>{
           {10, 1}, {30, 2}, {10, 3}, {20, 4}, {30, 5}, {5, 6}}) {
    columns.push_back(at, value);
  }
  make_ascending(columns, 1);
  EXPECT_EQ(columns.timestamps_ms, (std::vector<TimestampMs>{99, 5, 10, 20, 30}));
  EXPECT_EQ(columns.values, (std::vector<double>{0, 6, 3, 4, 5}));
}

}  // namespace
}  // namespace weir::store::embedded
