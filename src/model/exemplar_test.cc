#include "model/exemplar.h"

#include <cmath>
#include <limits>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir {
namespace {

using ::testing::HasSubstr;

const Labels kTrace = Labels::of({{"trace_id", "4bf92f"}});
const Labels kSpan = Labels::of({{"span_id", "00f067"}, {"trace_id", "4bf92f"}});

ExemplarColumns of(std::initializer_list<Exemplar> exemplars) {
  ExemplarColumns columns;
  for (const Exemplar& exemplar : exemplars) columns.add(exemplar);
  return columns;
}

Status validate(const Labels& labels) {
  return validate_exemplar_labels(labels.view().bytes());
}

TEST(Exemplar, LabelsHaveAtMost128Characters) {
  EXPECT_TRUE(validate(Labels()).ok());
  EXPECT_TRUE(validate(Labels::of({{"id", std::string(126, 'v')}})).ok());
  const Status long_value = validate(Labels::of({{"id", std::string(127, 'v')}}));
  ASSERT_FALSE(long_value.ok());
  EXPECT_THAT(long_value.error().message, HasSubstr("128"));
  EXPECT_FALSE(validate(Labels::of({{"a", std::string(63, 'v')}, {"b", std::string(64, 'v')}})).ok());
}

TEST(Exemplar, CountsCharactersAndNotBytes) {
  std::string value;
  for (int i = 0; i < 126; ++i) value += "\xe2\x82\xac";
  EXPECT_TRUE(validate(Labels::of({{"id", value}})).ok());
  EXPECT_FALSE(validate(Labels::of({{"id", value + "x"}})).ok());
}

TEST(Exemplar, LabelsAreCanonicalUtf8) {
  EXPECT_FALSE(validate(Labels::of({{"id", "\xff"}})).ok());
  EXPECT_FALSE(validate(Labels::of({{"\xc3", "v"}})).ok());
  std::string twice;
  append_label(twice, "id", "1");
  append_label(twice, "id", "2");
  EXPECT_FALSE(validate_exemplar_labels(twice).ok());
}

TEST(Exemplar, IsComparedBitForBit) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ((Exemplar{kTrace, nan, 1}), (Exemplar{kTrace, nan, 1}));
  EXPECT_FALSE((Exemplar{kTrace, 0.0, 1}) == (Exemplar{kTrace, -0.0, 1}));
  EXPECT_FALSE((Exemplar{kTrace, 1, 1}) == (Exemplar{kSpan, 1, 1}));
  EXPECT_FALSE((Exemplar{kTrace, 1, 1}) == (Exemplar{kTrace, 1, 2}));
}

TEST(ExemplarColumns, KeepTheOrderOfAdding) {
  ExemplarColumns columns = of({{kSpan, 2, 20}, {LabelsView(), 1, 10}, {kTrace, 1, 10}});
  ASSERT_EQ(columns.size(), 3u);
  EXPECT_EQ(columns[0], (Exemplar{kSpan, 2, 20}));
  EXPECT_EQ(columns[1], (Exemplar{LabelsView(), 1, 10}));
  EXPECT_EQ(columns[2], (Exemplar{kTrace, 1, 10}));
  EXPECT_EQ(columns.size_bytes(), ExemplarColumns::bytes_of(kSpan.view().bytes().size()) +
                                      ExemplarColumns::bytes_of(0) +
                                      ExemplarColumns::bytes_of(kTrace.view().bytes().size()));
  columns.truncate(1);
  EXPECT_EQ(columns, of({{kSpan, 2, 20}}));
  columns.add({kTrace, 3, 30});
  EXPECT_EQ(columns, of({{kSpan, 2, 20}, {kTrace, 3, 30}}));
  columns.clear();
  EXPECT_EQ(columns.size_bytes(), 0u);
}

TEST(ExemplarColumns, InsertInTheirPlaceAndOnlyOnce) {
  ExemplarColumns columns;
  EXPECT_TRUE(columns.insert({kTrace, 1, 20}));
  EXPECT_TRUE(columns.insert({kSpan, 2, 10}));
  EXPECT_TRUE(columns.insert({kSpan, 1, 20})) << "other labels at that time";
  EXPECT_TRUE(columns.insert({kTrace, 2, 20})) << "another value at that time";
  EXPECT_TRUE(columns.insert({LabelsView(), 5, 15}));
  EXPECT_FALSE(columns.insert({kTrace, 1, 20}));
  EXPECT_FALSE(columns.insert({kSpan, 2, 10}));
  EXPECT_EQ(columns,
            of({{kSpan, 2, 10}, {LabelsView(), 5, 15}, {kTrace, 1, 20}, {kSpan, 1, 20}, {kTrace, 2, 20}}));
}

TEST(ExemplarColumns, EraseARangeWithBothEnds) {
  ExemplarColumns columns = of({{kTrace, 1, 9}, {kSpan, 1, 10}, {kTrace, 2, 20}, {kSpan, 3, 21}});
  columns.erase(10, 20);
  EXPECT_EQ(columns, of({{kTrace, 1, 9}, {kSpan, 3, 21}}));
  columns.erase(10, 20);
  EXPECT_EQ(columns, of({{kTrace, 1, 9}, {kSpan, 3, 21}}));
}

TEST(ExemplarColumns, AddARangeWithBothEnds) {
  const ExemplarColumns other = of({{kTrace, 1, 9}, {kSpan, 1, 10}, {kTrace, 2, 20}, {kSpan, 3, 21}});
  ExemplarColumns columns = of({{kTrace, 0, 0}});
  columns.add_range(other, 10, 20);
  EXPECT_EQ(columns, of({{kTrace, 0, 0}, {kSpan, 1, 10}, {kTrace, 2, 20}}));
}

TEST(ExemplarColumns, AscendWithoutRepeats) {
  const auto seed = std::random_device()();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 200; ++round) {
    ExemplarColumns sorted;
    ExemplarColumns inserted;
    for (auto left = random() % 30; left > 0; --left) {
      const Labels& labels = random() % 2 == 0 ? kTrace : kSpan;
      const Exemplar exemplar{labels, static_cast<double>(random() % 3),
                              static_cast<TimestampMs>(random() % 5)};
      sorted.add(exemplar);
      inserted.insert(exemplar);
    }
    sorted.make_ascending();
    ASSERT_EQ(sorted.size(), inserted.size());
    for (size_t i = 1; i < sorted.size(); ++i) {
      ASSERT_LE(sorted[i - 1].timestamp_ms, sorted[i].timestamp_ms);
      ASSERT_LE(inserted[i - 1].timestamp_ms, inserted[i].timestamp_ms);
    }
    inserted.make_ascending();
    ASSERT_EQ(sorted, inserted);
  }
}

TEST(Exemplar, FaultsHaveCodes) {
  EXPECT_EQ(fault_code(ExemplarFault::kEmptyLabelName), "empty_label_name");
  EXPECT_EQ(fault_code(ExemplarFault::kSeriesNotAllowed), "series_not_allowed");
}

}  // namespace
}  // namespace weir
