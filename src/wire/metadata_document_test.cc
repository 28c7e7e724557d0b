#include "wire/metadata_document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::wire {
namespace {

constexpr size_t kNoBound = SIZE_MAX;

std::string encode(const MetricDescriptions& metrics) {
  return encode_metadata_document(metrics, kNoBound).body;
}

const MetricDescriptions kTwo = {
    {"up", {{MetricType::kGauge, "", "Says \"yes\".\nOr no."}, {MetricType::kUnknown, "", ""}}},
    {"a_seconds", {{MetricType::kHistogram, "seconds", "é"}}},
};

TEST(MetadataDocument, IsALineForEachDescription) {
  EXPECT_EQ(encode(kTwo), R"({"metric":"a_seconds","type":"histogram","unit":"seconds","help":"é"})"
                          "\n"
                          R"({"metric":"up","type":"gauge","help":"Says \"yes\".\nOr no."})"
                          "\n"
                          R"({"metric":"up","type":"unknown"})"
                          "\n");
  EXPECT_EQ(decode_metadata_document(encode(kTwo)), kTwo);
  EXPECT_EQ(encode({}), "");
  EXPECT_EQ(decode_metadata_document(""), MetricDescriptions{});
}

TEST(MetadataDocument, ReadsEveryTypeAndAnyText) {
  MetricDescriptions metrics;
  for (size_t i = 0; i < kMetricTypeCount; ++i) {
    metrics["a\"\\\n\t\x01" + std::to_string(i)] = {
        {static_cast<MetricType>(i), "\x7f", std::string(kHelpBytesMax, '"')}};
  }
  EXPECT_EQ(decode_metadata_document(encode(metrics)), metrics);
}

TEST(MetadataDocument, PassesOverWhatItDoesNotUnderstand) {
  const std::string good = R"({"metric":"a","type":"counter"})";
  const MetricDescriptions one = {{"a", {{MetricType::kCounter, "", ""}}}};
  for (const std::string bad :
       {"", "x", "{", "[]", "7", R"({"metric":7})", R"({"type":"gauge"})", R"({"metric":"b","type":{}})",
        R"({"metric":"b")", R"({"metric":"b)", "\xff"}) {
    EXPECT_EQ(decode_metadata_document(good + "\n" + bad), one) << bad;
    EXPECT_EQ(decode_metadata_document(bad + "\n" + good + "\n"), one) << bad;
  }
  EXPECT_EQ(decode_metadata_document(R"({"since":{"x":[1]},"metric":"a","type":"counter"})"), one);
  const MetricDescriptions unknown = {{"a", {{MetricType::kUnknown, "", ""}}}};
  EXPECT_EQ(decode_metadata_document(R"({"metric":"a","type":"of a later version"})"), unknown);
}

TEST(MetadataDocument, KeepsTheBoundsOfADescription) {
  std::string body;
  for (int i = 0; i < 6; ++i)
    body += R"({"metric":"a","type":"counter","help":")" + std::to_string(i / 2) + "\"}\n";
  EXPECT_EQ(decode_metadata_document(body).at("a").size(), 3u) << "no two are alike";
  for (int i = 10; i < 16; ++i)
    body += R"({"metric":"a","type":"counter","help":")" + std::to_string(i) + "\"}\n";
  EXPECT_EQ(decode_metadata_document(body).at("a").size(), kDescriptionsPerMetricMax);
}

TEST(MetadataDocument, LeavesOutWhatHasNoRoom) {
  const std::string whole = encode(kTwo);
  EXPECT_EQ(encode_metadata_document(kTwo, whole.size()).left_out, 0u);
  const MetadataDocument less = encode_metadata_document(kTwo, whole.size() - 1);
  EXPECT_EQ(less.left_out, 1u);
  EXPECT_TRUE(whole.starts_with(less.body));
  EXPECT_EQ(encode_metadata_document(kTwo, 0).left_out, 3u);
}

TEST(MetadataDocument, SpreadsMetricsByTheirNames) {
  EXPECT_EQ(metadata_document_key(0), "00");
  EXPECT_EQ(metadata_document_key(0x1ff), "ff");
  EXPECT_EQ(metadata_document_key(metric_hash("up")), "64");  // must never change
}

}  // namespace
}  // namespace weir::wire
