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
    HeadSeries& series =
        index_.add(std::make_shared<HeadSeries>(kTenant, labels, series_hash(kTenant, labels)));
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
    a.successor = expected;
    EXPECT_EQ(index_.find_after(&a, hashed(b_)), &b);
    EXPECT_EQ(index_.find_after(&a, hashed(a_)), &a);
    EXPECT_EQ(index_.find_after(&a, hashed(Labels::of({{"__name__", "d"}}))), nullptr);
  }
  EXPECT_EQ(index_.find_after(nullptr, hashed(c_)), &c);
}

// Hashes are no proof: whoever sends the labels may look for some with equal ones.
TEST_F(HeadIndexTest, ExpectsNoSeriesByItsHashAlone) {
  HeadSeries& a = add(a_);
  HeadSeries& b = add(b_);
  a.successor = &b;
  EXPECT_EQ(index_.find_after(&a, {c_, b.hash}), nullptr);
}

TEST_F(HeadIndexTest, ForgetsSuccessorsThatLeave) {
  HeadSeries& a = add(a_);
  HeadSeries& b = add(b_);
  HeadSeries& c = add(c_);
  a.successor = &b;
  b.successor = &c;
  c.successor = &a;
  b.windows.clear();
  EXPECT_GT(index_.drop_idle(), 0u);
  EXPECT_EQ(index_.series_count(), 2u);
  EXPECT_EQ(a.successor, nullptr);
  EXPECT_EQ(c.successor, &a);
  EXPECT_EQ(index_.find_after(&a, hashed(b_)), nullptr);
  EXPECT_EQ(index_.find_after(&a, hashed(c_)), &c);
}

}  // namespace
}  // namespace weir::store::embedded
