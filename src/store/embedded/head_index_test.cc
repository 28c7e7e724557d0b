#include "store/embedded/head_index.h"

#include <gtest/gtest.h>

#include "model/batch_slice.h"

namespace weir::store::embedded {
namespace {

const TenantId kTenant = TenantId::from_stored(3);

HashedLabels hashed(const Labels& labels) {
  return {labels, series_hash(kTenant, labels)};
}

class HeadIndexTest : public testing::Test {
 protected:
  HeadSeries& add(const Labels& labels) {
    HeadSeries& series = index_.add(hashed(labels));
    series.windows.emplace_back(0, 0);
    return series;
  }

  const Labels a_ = Labels::of({{"__name__", "a"}});
  const Labels b_ = Labels::of({{"__name__", "b"}});
  const Labels c_ = Labels::of({{"__name__", "c"}});
  HeadIndex index_;
};

TEST_F(HeadIndexTest, FindsASeriesWhateverIsExpected) {
  HeadSeries& a = add(a_);
  HeadSeries& b = add(b_);
  HeadSeries& c = add(c_);
  for (HeadSeries* expected : {static_cast<HeadSeries*>(nullptr), &a, &b, &c}) {
    if (expected != nullptr) index_.set_successor(a, *expected);
    EXPECT_EQ(index_.find_after({&a, a_}, hashed(b_)), &b);
    EXPECT_EQ(index_.find_after({&a, a_}, hashed(a_)), &a);
    EXPECT_EQ(index_.find_after({&a, a_}, hashed(Labels::of({{"__name__", "d"}}))), nullptr);
  }
  EXPECT_EQ(index_.find_after({}, hashed(c_)), &c);
}

// Hashes are no proof: whoever sends the labels may look for some with equal ones.
TEST_F(HeadIndexTest, ExpectsNoSeriesByItsHashAlone) {
  HeadSeries& a = add(a_);
  HeadSeries& b = add(b_);
  index_.set_successor(a, b);
  EXPECT_EQ(index_.find_after({&a, a_}, {c_, hashed(b_).hash}), nullptr);
}

TEST_F(HeadIndexTest, ForgetsSuccessorsThatLeave) {
  HeadSeries& a = add(a_);
  HeadSeries& b = add(b_);
  HeadSeries& c = add(c_);
  index_.set_successor(a, b);
  index_.set_successor(b, c);
  index_.set_successor(c, a);
  b.windows.clear();
  index_.drop_idle();
  EXPECT_EQ(index_.series_count(), 2u);
  EXPECT_EQ(a.successor, nullptr);
  EXPECT_EQ(c.successor, &a);
  EXPECT_EQ(index_.find_after({&a, a_}, hashed(b_)), nullptr);
  EXPECT_EQ(index_.find_after({&a, a_}, hashed(c_)), &c);
}

// A reader keeps what it was told of, whatever the index does.
TEST_F(HeadIndexTest, LeavesALabelsPoolToItsReaders) {
  HeadSeries& a = add(a_);
  HeadSeries& b = add(b_);
  std::optional<HeadSeriesView> view = HeadSeriesView{kTenant, index_.pool(), a.labels, {}};
  const std::weak_ptr<const LabelPool> pool = view->pool;
  a.windows.clear();
  index_.drop_idle();
  EXPECT_EQ(index_.find(hashed(b_)), &b);
  EXPECT_EQ(index_.find(hashed(a_)), nullptr);
  EXPECT_TRUE(view->labels() == a_.view());
  view.reset();
  EXPECT_TRUE(pool.expired());
}

Labels churning(size_t number) {
  return Labels::of({{"__name__", "m" + std::to_string(number % 10)},
                     {"container", "id" + std::to_string(number / 10) + "-of-a-container-that-restarts"},
                     {"job", "churn"}});
}

// Each round replaces a tenth: what the index takes is that of the series that are left, and so are its names
// and values.
TEST_F(HeadIndexTest, GivesMemoryBackWhenSeriesChurn) {
  constexpr size_t kLive = 5'000;
  constexpr size_t kRounds = 100;
  std::vector<HeadSeries*> live;
  const auto add_tenth = [&] {
    for (size_t i = 0; i < kLive / 10; ++i) live.push_back(&add(churning(live.size())));
  };
  for (int i = 0; i < 10; ++i) add_tenth();
  const size_t steady_bytes = index_.size_bytes();
  for (size_t round = 0; round < kRounds; ++round) {
    for (size_t i = 0; i < kLive / 10; ++i) live[round * kLive / 10 + i]->windows.clear();
    index_.drop_idle();
    add_tenth();
    ASSERT_EQ(index_.series_count(), kLive);
    ASSERT_EQ(index_.value_count("container"), kLive / 10);
    ASSERT_LE(index_.size_bytes(), steady_bytes * 5 / 4);
  }
  const size_t first = live.size() - kLive;
  for (size_t i = first; i < live.size(); ++i) ASSERT_EQ(index_.find(hashed(churning(i))), live[i]);
  EXPECT_EQ(index_.find(hashed(churning(first - 1))), nullptr);

  for (size_t i = first; i < live.size(); ++i) live[i]->windows.clear();
  index_.drop_idle();
  EXPECT_EQ(index_.size_bytes(), 0u);
  index_.visit_names([](std::string_view name) {
    ADD_FAILURE() << name;
    return true;
  });
}

}  // namespace
}  // namespace weir::store::embedded
