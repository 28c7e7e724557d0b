#include "notify/alert.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::notify {
namespace {

// The figures are those of prometheus/common, model/signature_test.go.
TEST(Fingerprint, IsAlertmanagers) {
  EXPECT_EQ(fingerprint(Labels()), 14'695'981'039'346'656'037u);
  EXPECT_EQ(fingerprint(Labels::of({{"name", "garland, briggs"}, {"fear", "love is not enough"}})),
            5'799'056'148'416'392'346u);
  EXPECT_EQ(fingerprint(Labels::of({{"first-label", "first-label-value"}})), 5'146'282'821'936'882'169u);
  EXPECT_EQ(fingerprint_text(0xabc), "0000000000000abc");
}

TEST(AlertOrder, LooksAtJobAndInstanceFirst) {
  const Labels a = Labels::of({{"alertname", "z"}, {"instance", "1"}, {"job", "a"}});
  const Labels b = Labels::of({{"alertname", "a"}, {"instance", "2"}, {"job", "a"}});
  const Labels c = Labels::of({{"alertname", "a"}, {"job", "b"}});
  const Labels none = Labels::of({{"alertname", "a"}});
  const Labels none_later = Labels::of({{"alertname", "b"}});
  const std::vector<Labels> sorted = {a, b, c, none, none_later};
  for (size_t i = 0; i < sorted.size(); ++i) {
    for (size_t j = 0; j < sorted.size(); ++j)
      EXPECT_EQ(listed_before(sorted[i], sorted[j]), i < j) << i << j;
  }
}

TEST(LabelsText, IsThatOfGroupKeys) {
  EXPECT_EQ(labels_text(Labels()), "{}");
  EXPECT_EQ(labels_text(Labels::of({{"job", "a\"b\\c\nd"}, {"alertname", "ü\x01\xff"}})),
            "{alertname=\"ü\\x01\\xff\", job=\"a\\\"b\\\\c\\nd\"}");
}

TEST(Alert, IsResolvedFromItsEndOn) {
  Alert alert;
  EXPECT_FALSE(alert.is_resolved(1'000));
  alert.ends_at_ms = 1'000;
  EXPECT_FALSE(alert.is_resolved(999));
  EXPECT_TRUE(alert.is_resolved(1'000));
}

}  // namespace
}  // namespace weir::notify
