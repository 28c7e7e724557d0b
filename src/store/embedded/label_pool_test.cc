#include "store/embedded/label_pool.h"

#include <map>

#include <gtest/gtest.h>

#include "os/random.h"

namespace weir::store::embedded {
namespace {

// A pool that looks its labels up, as the index does.
class Pool {
 public:
  PooledLabels add(const Labels& labels) {
    std::vector<uint32_t> numbers;
    for (const Label& label : labels.view()) {
      std::string bytes;
      append_label(bytes, label.name, label.value);
      const auto [at, added] = numbers_.try_emplace(bytes, pool_.label_count());
      if (added) {
        EXPECT_EQ(pool_.add_label(bytes), at->second);
      }
      numbers.push_back(at->second);
    }
    return {pool_, pool_.add_set(numbers)};
  }
  const LabelPool& pool() const { return pool_; }

 private:
  LabelPool pool_;
  std::map<std::string, uint32_t> numbers_;
};

std::string bytes_of(const PooledLabels& labels) {
  std::string bytes;
  labels.append_to(bytes);
  return bytes;
}

std::vector<Labels> random_labels(uint64_t seed, size_t count) {
  os::Random random(seed);
  std::vector<Labels> all = {Labels()};
  while (all.size() < count) {
    const std::string a(random.below(20), 'a');
    const std::string b = random.below(2) == 0 ? "" : std::to_string(random.below(1'000));
    all.push_back(Labels::from({{"a", a}, {"b", b}, {"c", std::to_string(random.below(3))}}).value());
  }
  return all;
}

TEST(LabelPool, GivesBackWhatWasAdded) {
  Pool pool;
  const std::vector<Labels> all = random_labels(1, 3'000);
  std::vector<PooledLabels> pooled;
  for (const Labels& labels : all) pooled.push_back(pool.add(labels));
  for (size_t i = 0; i < all.size(); ++i) {
    ASSERT_EQ(bytes_of(pooled[i]), all[i].view().bytes());
    ASSERT_TRUE(pooled[i] == all[i].view());
    for (const char* name : {"a", "b", "c", "d", ""}) ASSERT_EQ(pooled[i].get(name), all[i].view().get(name));
  }
}

TEST(LabelPool, OrdersAsLabelsDo) {
  Pool pool;
  Pool other;
  const std::vector<Labels> all = random_labels(2, 150);
  for (const Labels& a : all) {
    for (const Labels& b : all) {
      const PooledLabels left = pool.add(a);
      ASSERT_EQ(left <=> pool.add(b), a <=> b);
      ASSERT_EQ(left <=> other.add(b), a <=> b);
      ASSERT_EQ(left == b.view(), a == b);
      for (size_t i = 0; i < all.size(); i += 7)
        ASSERT_EQ(left.equals_with_tail(b, left.tail_shared_with(pool.add(all[i])), all[i]), a == b);
    }
  }
}

// A byte changed anywhere, one left out, one too many: for labels of every length.
TEST(LabelPool, ComparesEveryByte) {
  for (size_t length = 1; length < 40; ++length) {
    Pool pool;
    const Labels labels = Labels::of({{"a", std::string(length, 'x')}, {"b", "y"}});
    const PooledLabels pooled = pool.add(labels);
    const std::string bytes(labels.view().bytes());
    for (size_t i = 0; i < bytes.size(); ++i) {
      std::string changed = bytes;
      changed[i] ^= 1;
      EXPECT_FALSE(pooled == LabelsView(changed)) << length << " " << i;
      for (const Labels& known : {labels, Labels::of({{"a", "z"}, {"b", "y"}}), Labels()}) {
        const PooledLabels::Tail tail = pooled.tail_shared_with(pool.add(known));
        EXPECT_FALSE(pooled.equals_with_tail(LabelsView(changed), tail, known)) << length << " " << i;
      }
      EXPECT_FALSE(pooled == LabelsView(std::string_view(bytes).substr(0, i)));
    }
    EXPECT_FALSE(pooled == LabelsView(bytes + bytes.substr(bytes.size() - 4)));
    EXPECT_TRUE(pooled == LabelsView(bytes));
  }
}

// More labels, and more bytes, than a tail can count.
TEST(LabelPool, SharesTailsAsFarAsTheyCount) {
  Pool pool;
  std::vector<std::string> names;
  for (int i = 1'000; i < 1'400; ++i) names.push_back("n" + std::to_string(i));
  std::vector<Label> many;
  for (const std::string& name : names) many.push_back({name, "v"});
  const std::string long_value(65'530, 'x');
  for (const Labels& labels : {Labels::from(many).value(), Labels::of({{"a", "1"}, {"b", long_value}}),
                               Labels::of({{"a", "1"}, {"b", long_value + "123"}}), Labels()}) {
    const PooledLabels pooled = pool.add(labels);
    const PooledLabels::Tail tail = pooled.tail_shared_with(pool.add(labels));
    EXPECT_TRUE(pooled.equals_with_tail(labels, tail, labels));
    EXPECT_FALSE(pooled.equals_with_tail(Labels::of({{"a", "2"}, {"b", long_value}}), tail, labels));
  }
}

TEST(LabelPool, KeepsALabelLargerThanItsBlocks) {
  Pool pool;
  const Labels large = Labels::of({{"a", std::string(200'000, 'x')}});
  const Labels small = Labels::of({{"a", "1"}});
  const PooledLabels first = pool.add(large);
  const PooledLabels second = pool.add(small);
  EXPECT_TRUE(first == large.view());
  EXPECT_TRUE(second == small.view());
  EXPECT_GE(pool.pool().size_bytes(), 200'000u);
}

TEST(LabelPool, TakesLittleASeries) {
  Pool pool;
  EXPECT_EQ(pool.pool().size_bytes(), 0u);
  pool.add(Labels::of({{"a", "1"}}));
  EXPECT_LE(pool.pool().size_bytes(), 2'000u);
  for (int i = 0; i < 100'000; ++i) pool.add(Labels::of({{"a", "1"}, {"b", "1"}, {"c", "1"}}));
  EXPECT_LE(pool.pool().size_bytes(), 100'000u * 18);
}

}  // namespace
}  // namespace weir::store::embedded
