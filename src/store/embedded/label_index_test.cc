#include "store/embedded/label_index.h"

#include <algorithm>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/batch_slice.h"
#include "os/random.h"
#include "os/sim/faulty_files.h"
#include "store/embedded/block.h"
#include "store/embedded/block_writer.h"
#include "store/embedded/head_index.h"
#include "store/embedded/label_query.h"

namespace weir::store::embedded {
namespace {

TenantId tenant() {
  return TenantId::from_stored(1);
}

// Few values of some labels, many of others, and labels that only some series have.
std::vector<Labels> random_series(os::Random& random, size_t count) {
  std::set<Labels> all;
  while (all.size() < count) {
    const std::string a = "a" + std::to_string(random.below(3));
    const std::string b = random.below(3) == 0 ? "" : "b" + std::to_string(random.below(5));
    const std::string c = random.below(2) == 0 ? "" : "c" + std::to_string(random.below(500));
    all.insert(
        Labels::from({{"a", a}, {"b", b}, {"c", c}, {"d", std::to_string(random.below(300))}}).value());
  }
  return {all.begin(), all.end()};
}

std::vector<Matcher> random_matchers(os::Random& random) {
  static const char* const kNames[] = {"a", "b", "c", "d", "e"};
  static const char* const kValues[] = {"",   "a1",    "b2",   "c7",  "42",  "c1.*",   "b[0-2]", ".*",
                                        ".+", "(b1)?", "4.|5", "c.*", "b1|", "[^c].*", "a1|a2"};
  static constexpr MatchOp kOps[] = {MatchOp::kEqual, MatchOp::kNotEqual, MatchOp::kRegex,
                                     MatchOp::kNotRegex};
  std::vector<Matcher> matchers;
  for (uint64_t left = random.below(4); left > 0; --left) {
    matchers.push_back(
        Matcher::create(kOps[random.below(4)], kNames[random.below(5)], kValues[random.below(15)]).value());
  }
  return matchers;
}

void expect_matches(const LabelIndex& index, const std::vector<Labels>& series, os::Random& random) {
  for (int round = 0; round < 500; ++round) {
    const std::vector<Matcher> matchers = random_matchers(random);
    Postings expected;
    for (uint32_t i = 0; i < series.size(); ++i) {
      const bool all = std::all_of(matchers.begin(), matchers.end(), [&](const Matcher& matcher) {
        return matcher.matches(series[i].view().get(matcher.name()));
      });
      if (all) expected.push_back(i);
    }
    std::string text;
    for (const Matcher& matcher : matchers) text += matcher.to_string() + " ";
    ASSERT_EQ(match_series(index, matchers), expected) << text;
  }
}

// The values of some series, or of many.
void expect_values(const LabelIndex& index, const std::vector<Labels>& series, os::Random& random) {
  for (const char* name : {"a", "b", "c", "d", "e"}) {
    for (const uint64_t one_in : {1, 2, 50, 1'000}) {
      Postings chosen;
      std::set<std::string> expected;
      for (uint32_t i = 0; i < series.size(); ++i) {
        if (random.below(one_in) > 0) continue;
        chosen.push_back(i);
        const std::string_view value = series[i].view().get(name);
        if (!value.empty()) expected.emplace(value);
      }
      TextSet values;
      add_values(index, chosen, name, UINT64_MAX, values);
      ASSERT_EQ(values.take_first(UINT64_MAX), std::vector<std::string>(expected.begin(), expected.end()))
          << name << " of one in " << one_in;
    }
  }
}

class MatchSeries : public testing::TestWithParam<uint64_t> {};

TEST_P(MatchSeries, EqualsBruteForceInTheHead) {
  os::Random random(GetParam());
  std::vector<Labels> series = random_series(random, 1'000);
  for (size_t i = series.size(); i > 1; --i) std::swap(series[i - 1], series[random.below(i)]);
  HeadIndex index;
  for (const Labels& labels : series) {
    HeadSeries& added = index.add({labels, series_hash(tenant(), labels)});
    if (random.below(3) > 0) added.windows.emplace_back(0, 0);
  }
  expect_matches(index, series, random);
  expect_values(index, series, random);

  std::vector<Labels> kept;
  for (uint32_t i = 0; i < series.size(); ++i) {
    if (!index.series(i).windows.empty()) kept.push_back(series[i]);
  }
  index.drop_idle();
  EXPECT_EQ(index.series_count(), kept.size());
  expect_matches(index, kept, random);
  const size_t size_bytes = index.size_bytes();
  index.drop_idle();
  EXPECT_EQ(index.size_bytes(), size_bytes);
  for (const Labels& labels : series) {
    const bool there = std::find(kept.begin(), kept.end(), labels) != kept.end();
    EXPECT_EQ(index.find({labels, series_hash(tenant(), labels)}) != nullptr, there);
  }
}

TEST_P(MatchSeries, EqualsBruteForceInABlock) {
  os::Random random(GetParam());
  const std::vector<Labels> series = random_series(random, 1'000);
  os::sim::FaultyFiles files;
  auto writer = BlockWriter::create(files, "/a.block", 24 * kHourMs).value();
  for (const Labels& labels : series) {
    ASSERT_TRUE(writer->begin_series(tenant(), labels).ok());
    const TimestampMs at = 1;
    const double value = 1;
    ASSERT_TRUE(writer->add_samples({&at, 1}, {&value, 1}).ok());
  }
  ASSERT_TRUE(writer->finish().ok());
  const BlockPtr block = Block::open(files, "/a.block").value();
  const BlockTenant& index = *block->tenant(tenant());
  expect_matches(index, series, random);
  expect_values(index, series, random);
  for (uint32_t i = 0; i < series.size(); ++i) ASSERT_EQ(index.find(series[i]), i);
}

INSTANTIATE_TEST_SUITE_P(Seeds, MatchSeries, testing::Values(1, 2, 3));

}  // namespace
}  // namespace weir::store::embedded
