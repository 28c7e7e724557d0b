#include <protozero/pbf_writer.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/prometheus_bodies.h"
#include "wire/remote_write.h"
#include "wire/remote_write_decode_test.h"

namespace weir::wire {
namespace {

using namespace remote_write_tests;
using protozero::pbf_writer;
using ::testing::ElementsAre;

/// A body of metadata alone, as Prometheus sends it, built entry by entry. What is read lies in it.
class Body {
 public:
  Body& entry(int32_t type, const std::string& metric, const std::string& help, const std::string& unit) {
    pbf_writer out(request_, 3);
    out.add_enum(1, type);
    out.add_string(2, metric);
    out.add_string(4, help);
    out.add_string(5, unit);
    return *this;
  }
  Body& raw_entry(const std::string& message) {
    request_.add_message(3, message);
    return *this;
  }
  Result<RemoteWriteExtras> read() {
    Batch batch;
    auto extras = decode_remote_write(compress(message_), kMax, scratch_, batch);
    EXPECT_TRUE(batch.empty());
    return extras;
  }

 private:
  std::string message_;
  pbf_writer request_{message_};
  std::string scratch_;
};

std::vector<std::string> shown(const RemoteWriteExtras& extras) {
  std::vector<std::string> lines;
  for (const MetricMetadata& one : extras.metadata)
    lines.push_back(fmt::format("{} {} {} {}", one.metric, metric_type_name(one.type), one.unit, one.help));
  return lines;
}

uint64_t count(const RemoteWriteExtras& extras, MetadataFault fault) {
  return extras.invalid_metadata[static_cast<size_t>(fault)];
}

TEST(RemoteWriteMetadata, IsReadAsPrometheusWritesIt) {
  std::string scratch;
  Batch batch;
  const auto extras = decode_remote_write(tests::from_hex(tests::kMetadataHex), kMax, scratch, batch);
  ASSERT_TRUE(extras.ok()) << extras.error().message;
  EXPECT_TRUE(batch.empty());
  ASSERT_EQ(extras->metadata.size(), 5u);
  EXPECT_EQ(extras->invalid_metadata, MetadataFaults{});
  for (const MetricMetadata& one : extras->metadata) EXPECT_FALSE(one.help.empty()) << one.metric;
}

TEST(RemoteWriteMetadata, HasTypeUnitAndHelp) {
  Body body;
  body.entry(1, "a_total", "Counts \"a\".", "").entry(7, "s", "", "ms").entry(99, "newer", "é", "");
  const auto extras = body.raw_entry({"\x12\x01m", 3}).read();
  ASSERT_TRUE(extras.ok()) << extras.error().message;
  EXPECT_THAT(shown(*extras), ElementsAre("a_total counter  Counts \"a\".", "s stateset ms ",
                                          "newer unknown  é", "m unknown  "));
}

TEST(RemoteWriteMetadata, IsLeftOutAloneWhenItIsInvalid) {
  Body body;
  body.entry(1, "", "no name", "").entry(1, "\xff", "", "").entry(1, "a", "\xc3", "");
  body.entry(1, "a", "", "\xff").entry(2, "good", "h", "").raw_entry("");
  const auto extras = body.read();
  ASSERT_TRUE(extras.ok()) << extras.error().message;
  EXPECT_THAT(shown(*extras), ElementsAre("good gauge  h"));
  EXPECT_EQ(count(*extras, MetadataFault::kMissingMetricName), 2u);
  EXPECT_EQ(count(*extras, MetadataFault::kNotUtf8), 3u);
}

TEST(RemoteWriteMetadata, CutsLongHelp) {
  Body body;
  const auto extras = body.entry(1, "a", std::string(1'023, 'h') + "é", "").read();
  ASSERT_TRUE(extras.ok());
  EXPECT_EQ(extras->metadata.at(0).help, std::string(1'023, 'h'));
}

TEST(RemoteWriteMetadata, IsBoundedForOneBody) {
  Body body;
  for (size_t i = 0; i < kMetadataPerBodyMax + 3; ++i) body.entry(1, "a", "", "");
  const auto extras = body.read();
  ASSERT_TRUE(extras.ok());
  EXPECT_EQ(extras->metadata.size(), kMetadataPerBodyMax);
  EXPECT_EQ(count(*extras, MetadataFault::kTooManyInBody), 3u);
}

TEST(RemoteWriteMetadata, DamagedProtobufFailsTheBody) {
  const auto extras = Body().entry(1, "a", "", "").raw_entry("\x12\x7f").read();
  ASSERT_FALSE(extras.ok());
  EXPECT_EQ(extras.error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace weir::wire
