#include "model/labels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "os/random.h"

namespace weir {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::pair<std::string, std::string>> pairs(LabelsView labels) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const Label& label : labels) out.emplace_back(label.name, label.value);
  return out;
}

TEST(Labels, SortsAndWritesLengthsBeforeTexts) {
  const Labels labels = Labels::of({{"job", "api"}, {"__name__", "up"}});
  EXPECT_EQ(labels.view().bytes(), std::string_view("\x08__name__\x02up\x03job\x03"
                                                    "api"));
  EXPECT_THAT(pairs(labels), ElementsAre(std::pair("__name__", "up"), std::pair("job", "api")));
}

TEST(Labels, AreEqualWhateverTheOrderGiven) {
  const Labels one = Labels::of({{"a", "1"}, {"b", "2"}, {"c", "3"}});
  const Labels two = Labels::of({{"c", "3"}, {"a", "1"}, {"b", "2"}});
  EXPECT_EQ(one, two);
  EXPECT_EQ(one.view().hash(), two.view().hash());
  EXPECT_NE(one, Labels::of({{"a", "1"}, {"b", "2"}, {"c", "4"}}));
}

TEST(Labels, DropEmptyValues) {
  EXPECT_EQ(Labels::of({{"a", ""}, {"b", "2"}}), Labels::of({{"b", "2"}}));
  EXPECT_TRUE(Labels::of({{"a", ""}}).view().empty());
}

TEST(Labels, RefuseEmptyNames) {
  const auto labels = Labels::from({{"", "x"}});
  ASSERT_FALSE(labels.ok());
  EXPECT_EQ(labels.error().code, Code::kInvalidArgument);
}

TEST(Labels, RefuseRepeatedNamesEvenWhenOneIsEmpty) {
  EXPECT_THAT(Labels::from({{"a", "1"}, {"b", "2"}, {"a", "1"}}).error().message, HasSubstr("\"a\""));
  EXPECT_FALSE(Labels::from({{"a", ""}, {"a", "1"}}).ok());
}

TEST(Labels, KeepTextsOfEveryLengthOfLength) {
  for (const size_t size : {1u, 127u, 128u, 16'383u, 16'384u, 100'000u}) {
    const std::string name(size, 'n');
    const std::string value(size, 'v');
    const Labels labels = Labels::of({{name, value}});
    EXPECT_TRUE(LabelsView::validate(labels.view().bytes()).ok()) << size;
    EXPECT_EQ(labels.view().get(name), value) << size;
  }
}

TEST(Labels, AppendInBulkAsOneByOne) {
  const std::string longer(300, 'x');
  const std::vector<Label> labels = {{"a", "1"}, {"b", longer}, {longer, "3"}};
  std::string bulk = "before";
  append_labels(bulk, labels);
  std::string single = "before";
  for (const Label& label : labels) append_label(single, label.name, label.value);
  EXPECT_EQ(bulk, single);
}

TEST(LabelsView, GetsAPresentLabelAndNothingForAnAbsentOne) {
  const Labels labels = Labels::of({{"__name__", "up"}, {"b", "2"}, {"d", "4"}});
  EXPECT_EQ(labels.view().metric(), "up");
  EXPECT_EQ(labels.view().get("d"), "4");
  EXPECT_EQ(labels.view().get("a"), "");
  EXPECT_EQ(labels.view().get("c"), "");
  EXPECT_EQ(labels.view().get("e"), "");
  EXPECT_EQ(labels.view().count(), 3u);
}

TEST(LabelsView, OfNothingIsEmpty) {
  const LabelsView labels;
  EXPECT_TRUE(labels.empty());
  EXPECT_EQ(labels.count(), 0u);
  EXPECT_EQ(labels.metric(), "");
  EXPECT_TRUE(labels.begin() == labels.end());
  EXPECT_TRUE(LabelsView::validate("").ok());
}

TEST(LabelsView, OrdersByNameThenValueAndAPrefixFirst) {
  const std::vector<Labels> ascending = {
      Labels(),
      Labels::of({{"a", "1"}}),
      Labels::of({{"a", "1"}, {"b", "1"}}),
      Labels::of({{"a", "1"}, {"c", "0"}}),
      Labels::of({{"a", "10"}}),
      Labels::of({{"a", "2"}}),
      Labels::of({{"aa", "1"}}),
      Labels::of({{"b", "0"}}),
      Labels::of({{"b", "\x7f"}}),
      Labels::of({{"b", "é"}}),  // bytes compare unsigned
  };
  for (size_t i = 0; i < ascending.size(); ++i) {
    for (size_t j = 0; j < ascending.size(); ++j) {
      EXPECT_EQ(ascending[i] < ascending[j], i < j) << i << " " << j;
      EXPECT_EQ(ascending[i] == ascending[j], i == j) << i << " " << j;
    }
  }
}

TEST(LabelsView, OrderIsNotThatOfTheBytes) {
  // By bytes the longer name would come last: its length is larger.
  EXPECT_LT(Labels::of({{"aaa", "1"}}), Labels::of({{"b", "1"}}));
}

TEST(LabelsView, PrintsPromQl) {
  EXPECT_EQ(Labels().view().to_string(), "{}");
  EXPECT_EQ(Labels::of({{"__name__", "up"}}).view().to_string(), "up");
  EXPECT_EQ(Labels::of({{"a", "1"}}).view().to_string(), "{a=\"1\"}");
  EXPECT_EQ(Labels::of({{"__name__", "up"}, {"a", "1"}, {"b", "q\"\\\n"}}).view().to_string(),
            R"(up{a="1",b="q\"\\\n"})");
  // "B" sorts before "__name__": the metric is still printed first.
  EXPECT_EQ(Labels::of({{"__name__", "up"}, {"B", "1"}}).view().to_string(), "up{B=\"1\"}");
}

TEST(LabelsView, HashIsStableAcrossReleases) {
  EXPECT_EQ(Labels::of({{"__name__", "up"}, {"job", "api"}}).view().hash(), 4998605568324668916u);
}

std::string canonical(std::initializer_list<Label> labels) {
  std::string bytes;
  for (const Label& label : labels) append_label(bytes, label.name, label.value);
  return bytes;
}

TEST(LabelsValidate, RefusesWhatIsNotCanonical) {
  EXPECT_TRUE(LabelsView::validate(canonical({{"a", "1"}, {"b", "1"}})).ok());
  const auto message = [](std::string_view bytes) { return LabelsView::validate(bytes).error().message; };
  EXPECT_THAT(message(canonical({{"b", "1"}, {"a", "1"}})), HasSubstr("not ascending at byte 4"));
  EXPECT_THAT(message(canonical({{"a", "1"}, {"a", "2"}})), HasSubstr("not ascending at byte 4"));
  EXPECT_THAT(message(canonical({{"a", ""}})), HasSubstr("empty text at byte 0"));
  EXPECT_THAT(message(canonical({{"", "1"}})), HasSubstr("empty text at byte 0"));
  EXPECT_THAT(message(canonical({{"a", "1"}}) + "\x01"), HasSubstr("cut short at byte 4"));
}

TEST(LabelsValidate, RefusesLengthsThatAreNotShortest) {
  // The same label, its value's length written as 0x81 0x00: equal sets must be equal bytes.
  EXPECT_THAT(LabelsView::validate(std::string_view("\x01"
                                                    "a\x81\x00v",
                                                    5))
                  .error()
                  .message,
              HasSubstr("shortest form"));
}

TEST(LabelsValidate, RefusesEveryTruncation) {
  const std::string bytes =
      canonical({{"__name__", "http_requests_total"}, {"job", "api"}, {"path", std::string(200, '/')}});
  size_t whole = 0;
  for (size_t size = 0; size <= bytes.size(); ++size) {
    whole += LabelsView::validate(std::string_view(bytes).substr(0, size)).ok();
  }
  EXPECT_EQ(whole, 4u) << "nothing, one, two and three labels";
}

TEST(LabelsValidate, SurvivesHostileLengths) {
  EXPECT_FALSE(LabelsView::validate(std::string(20, '\xff')).ok());
  EXPECT_FALSE(LabelsView::validate("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01").ok());
  EXPECT_FALSE(LabelsView::validate("\x01"
                                    "a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")
                   .ok());
}

TEST(LabelsValidate, WhatItAcceptsIsWhatFromWouldMake) {
  os::Random random(7 + static_cast<uint64_t>(GTEST_FLAG_GET(random_seed)));
  const std::string seed = canonical({{"a", "xyz"}, {"b", "1"}, {"cc", std::string(130, 'q')}});
  size_t accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = seed;
    for (size_t flips = 1 + random.below(3); flips > 0; --flips)
      bytes[random.below(bytes.size())] = static_cast<char>(random.next());
    if (!LabelsView::validate(bytes).ok()) continue;
    ++accepted;
    std::vector<Label> labels;
    for (const Label& label : LabelsView(bytes)) labels.push_back(label);
    ASSERT_EQ(Labels::from(labels).value().view().bytes(), bytes);
  }
  EXPECT_GT(accepted, 100u);
}

}  // namespace
}  // namespace weir
