#include "gateway/answer_entry.h"

#include <gtest/gtest.h>

#include "os/random.h"

namespace weir::gateway {
namespace {

constexpr uint64_t kBytesMax = 4u << 20;

query::QueryResult some_matrix() {
  query::MatrixValue matrix;
  query::ResultSeries unnamed;
  for (int i = 0; i < 100; ++i) unnamed.points.push_back(i * 15'000, i / 7.0);
  matrix.series.push_back(unnamed);
  query::ResultSeries odd{Labels::of({{"a", "1"}, {"b", "\n\"\xc3\xa4"}}), {}};
  odd.points.push_back(15'000, std::numeric_limits<double>::infinity());
  odd.points.push_back(45'000, -0.0);
  odd.points.push_back(60'000, std::numeric_limits<double>::quiet_NaN());
  matrix.series.push_back(odd);
  return {std::move(matrix), {"a warning"}, {"an info", "another"}, {}};
}

TEST(AnswerEntry, AMatrixComesBackBitForBit) {
  const query::QueryResult before = some_matrix();
  const auto entry = pack_matrix(before, kBytesMax);
  ASSERT_TRUE(entry);
  const auto after = unpack_matrix(*entry, kBytesMax, {0, 2'000'000});
  ASSERT_TRUE(after);
  EXPECT_EQ(after->warnings, before.warnings);
  EXPECT_EQ(after->infos, before.infos);
  const auto& expected = std::get<query::MatrixValue>(before.value).series;
  const auto& found = std::get<query::MatrixValue>(after->value).series;
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].labels, expected[i].labels);
    EXPECT_EQ(found[i].points.timestamps_ms, expected[i].points.timestamps_ms);
    ASSERT_EQ(found[i].points.size(), expected[i].points.size());
    for (size_t p = 0; p < found[i].points.size(); ++p)
      EXPECT_EQ(std::bit_cast<uint64_t>(found[i].points.values[p]),
                std::bit_cast<uint64_t>(expected[i].points.values[p]));
  }
}

TEST(AnswerEntry, AnEmptyMatrixIsOne) {
  const auto entry = pack_matrix({query::MatrixValue(), {}, {}, {}}, kBytesMax);
  ASSERT_TRUE(entry);
  EXPECT_TRUE(unpack_matrix(*entry, kBytesMax, {0, 1}));
}

TEST(AnswerEntry, LeavesOutWhatItCannotKeep) {
  EXPECT_FALSE(pack_matrix({query::VectorValue(), {}, {}, {}}, kBytesMax));
  EXPECT_FALSE(pack_matrix(some_matrix(), 100));
  query::QueryResult histograms = some_matrix();
  std::get<query::MatrixValue>(histograms.value)
      .series[0]
      .points.push_back(100 * 15'000, std::make_shared<const Histogram>());
  EXPECT_FALSE(pack_matrix(histograms, kBytesMax));
}

TEST(AnswerEntry, TimesOutsideAreNoEntry) {
  const auto entry = pack_matrix(some_matrix(), kBytesMax);
  ASSERT_TRUE(entry);
  EXPECT_FALSE(unpack_matrix(*entry, kBytesMax, {1, 2'000'000}));
  EXPECT_FALSE(unpack_matrix(*entry, kBytesMax, {0, 1'000'000}));
}

TEST(AnswerEntry, AnyDamageIsFoundOut) {
  const std::string matrix = *pack_matrix(some_matrix(), kBytesMax);
  const std::string json = pack_json(std::string(5'000, 'x'));
  os::Random random(1);
  for (const std::string& entry : {matrix, json}) {
    for (size_t at = 0; at < entry.size(); ++at) {
      std::string flipped = entry;
      flipped[at] = static_cast<char>(flipped[at] ^ (1 << random.below(8)));
      EXPECT_FALSE(unpack_matrix(flipped, kBytesMax, {0, 2'000'000}));
      EXPECT_FALSE(unpack_json(flipped, kBytesMax));
      EXPECT_FALSE(unpack_matrix(entry.substr(0, at), kBytesMax, {0, 2'000'000}));
      EXPECT_FALSE(unpack_json(entry.substr(0, at), kBytesMax));
    }
  }
  EXPECT_FALSE(unpack_json(matrix, kBytesMax)) << "of the other kind";
  EXPECT_FALSE(unpack_matrix(json, kBytesMax, {0, 2'000'000}));
}

TEST(AnswerEntry, JsonIsBounded) {
  const std::string json(100'000, 'x');
  EXPECT_EQ(unpack_json(pack_json(json), 100'000), json);
  EXPECT_FALSE(unpack_json(pack_json(json), 99'999));
}

}  // namespace
}  // namespace weir::gateway
