#include "store/embedded/label_values.h"

#include <set>

#include <gtest/gtest.h>

#include "os/random.h"

namespace weir::store::embedded {
namespace {

class LabelValuesTest : public testing::Test {
 protected:
  uint32_t label(std::string_view value) {
    std::string bytes;
    append_label(bytes, "n", value);
    return pool_.add_label(bytes);
  }
  std::vector<std::string> from(std::string_view first, size_t limit = SIZE_MAX) const {
    std::vector<std::string> out;
    values_.visit_from(first, [&](uint32_t label) {
      out.emplace_back(pool_.value(label));
      return out.size() < limit;
    });
    return out;
  }
  std::multiset<std::string> any() const {
    std::multiset<std::string> out;
    values_.visit_any([&](uint32_t label) { out.emplace(pool_.value(label)); });
    return out;
  }

  LabelPool pool_;
  LabelValues values_{pool_};
};

TEST_F(LabelValuesTest, VisitsInOrderWhateverCameBetween) {
  os::Random random(4);
  std::set<std::string> expected;
  for (int round = 0; round < 30; ++round) {
    for (int i = 0; i < round; ++i) {
      const std::string value = std::to_string(random.below(100'000));
      if (expected.insert(value).second) values_.add(label(value));
    }
    EXPECT_EQ(any(), (std::multiset<std::string>(expected.begin(), expected.end())));
    EXPECT_EQ(from(""), (std::vector<std::string>(expected.begin(), expected.end())));
    EXPECT_EQ(from("5"), (std::vector<std::string>(expected.lower_bound("5"), expected.end())));
    EXPECT_EQ(values_.size(), expected.size());
    EXPECT_EQ(any().size(), expected.size());
  }
}

TEST_F(LabelValuesTest, StopsWhenTold) {
  for (const char* value : {"c", "a", "b"}) values_.add(label(value));
  EXPECT_EQ(from("", 2), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(from("d"), std::vector<std::string>());
}

// Some labels leave, and the rest get other numbers; some were in order, others not yet.
TEST_F(LabelValuesTest, MovesToAnotherPool) {
  for (const char* value : {"d", "a", "f", "b"}) values_.add(label(value));
  EXPECT_EQ(from("").size(), 4u);
  for (const char* value : {"e", "c"}) values_.add(label(value));

  LabelPool other;
  std::vector<uint32_t> numbers(pool_.label_count(), LabelPool::kNoLabel);
  for (const uint32_t kept : {5u, 4u, 3u, 0u}) numbers[kept] = other.add_label(pool_.label_bytes(kept));
  const LabelValues moved = values_.renumbered(other, numbers);
  EXPECT_EQ(moved.size(), 4u);
  std::string values;
  moved.visit_from("", [&](uint32_t label) {
    values += other.value(label);
    return true;
  });
  EXPECT_EQ(values, "bcde");
}

}  // namespace
}  // namespace weir::store::embedded
