#include "yaml/field_reader.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::yaml {
namespace {

using testing::ElementsAre;

class FieldReaderTest : public testing::Test {
 protected:
  // The value of the only key of a document.
  const Node& value(std::string_view text) {
    auto parsed = parse(text, {});
    CHECK(parsed.ok(), "the test's text is YAML");
    document_ = std::move(*parsed);
    return *document_.root->entries[0].second;
  }
  std::vector<std::string> said() const {
    std::vector<std::string> out;
    for (const Problem& problem : problems_) out.push_back(to_text(problem.mark) + ": " + problem.message);
    return out;
  }

  Document document_;
  std::vector<Problem> problems_;
  FieldReader reader_{problems_};
};

TEST_F(FieldReaderTest, ReadsBooleans) {
  EXPECT_TRUE(reader_.boolean(value("a: true"), "a"));
  EXPECT_FALSE(reader_.boolean(value("a: false"), "a"));
  EXPECT_FALSE(reader_.boolean(value("a:"), "a"));
  EXPECT_THAT(said(), ElementsAre());
  EXPECT_FALSE(reader_.boolean(value("a: yes"), "a"));
  EXPECT_FALSE(reader_.boolean(value("a: [true]"), "a"));
  EXPECT_THAT(said(), ElementsAre("1:4: a: expected true or false, found \"yes\"",
                                  "1:4: a: expected true or false, found a list"));
}

TEST_F(FieldReaderTest, ReadsBooleansOfYaml11) {
  for (const std::string_view text : {"a: true", "a: Yes", "a: ON", "a: y"})
    EXPECT_TRUE(reader_.loose_boolean(value(text), "a")) << text;
  for (const std::string_view text : {"a: False", "a: no", "a: off", "a:"})
    EXPECT_FALSE(reader_.loose_boolean(value(text), "a")) << text;
  EXPECT_THAT(said(), ElementsAre());
  for (const std::string_view text : {"a: tRue", "a: 'true'", "a: 1"})
    reader_.loose_boolean(value(text), "a");
  EXPECT_EQ(said().size(), 3u);
}

TEST_F(FieldReaderTest, ReadsNumbersOfYaml11) {
  EXPECT_EQ(reader_.number(value("a: -1_0.5e1"), "a"), -105);
  EXPECT_EQ(reader_.number(value("a: 0x1F"), "a"), 31);
  EXPECT_EQ(reader_.number(value("a: -0b11"), "a"), -3);
  EXPECT_EQ(reader_.number(value("a: 0o17"), "a"), 15);
  EXPECT_EQ(reader_.number(value("a: 017"), "a"), 15);
  EXPECT_EQ(reader_.number(value("a: 09"), "a"), 9);
  EXPECT_EQ(reader_.number(value("a: -.Inf"), "a"), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(reader_.number(value("a: !!float 1"), "a"), 1);
  EXPECT_EQ(reader_.number(value("a:"), "a"), 0);
  EXPECT_THAT(said(), ElementsAre());
  for (const std::string_view text :
       {"a: '1'", "a: !!str 1", "a: Inf", "a: .iNf", "a: 1x", "a: 1e999", "a: --1"})
    reader_.number(value(text), "a");
  EXPECT_EQ(said().size(), 7u);
}

TEST_F(FieldReaderTest, PassesOverWhatItDoesNotKnow) {
  constexpr std::string_view kKnown[] = {"name"};
  FieldReader tolerant(problems_, UnknownFields::kPassOver);
  EXPECT_EQ(tolerant.fields(value("a: {name: x, url: y}"), "a", kKnown).size(), 1u);
  EXPECT_THAT(said(), ElementsAre());
}

TEST_F(FieldReaderTest, ReadsDurations) {
  EXPECT_EQ(reader_.duration_ms(value("a: 106751d"), "a"), 106'751ll * 86'400'000);
  EXPECT_THAT(said(), ElementsAre());
  EXPECT_EQ(reader_.duration_ms(value("a: 1m30s"), "a"), 90'000);
  EXPECT_THAT(said(), ElementsAre());
  EXPECT_EQ(reader_.duration_ms(value("a: 5"), "a"), 0);
  EXPECT_EQ(said().size(), 1u);
  reader_.duration_ms(value("a: 106752d"), "a");
  EXPECT_EQ(said().size(), 2u);
}

TEST_F(FieldReaderTest, RefusesWhatItDoesNotKnow) {
  constexpr std::string_view kKnown[] = {"name", "url"};
  const auto fields = reader_.fields(value("a: {nam: x, url: y, url: z}"), "a", kKnown);
  ASSERT_EQ(fields.size(), 1u);
  EXPECT_EQ(fields[0].name, "url");
  EXPECT_EQ(said().size(), 2u);
}

TEST(Problem, KnowsItsPlace) {
  EXPECT_EQ(to_text(located("12:7: bad").mark), "12:7");
  EXPECT_EQ(located("12:7: bad").message, "bad");
  EXPECT_EQ(to_text(located("bad: 12:7").mark), "1:1");
  EXPECT_EQ(located("12: bad").message, "12: bad");
}

}  // namespace
}  // namespace weir::yaml
