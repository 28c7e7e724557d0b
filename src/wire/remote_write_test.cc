#include "wire/remote_write.h"

#include <limits>
#include <protozero/pbf_writer.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <snappy.h>

#include "os/random.h"
#include "support/prometheus_bodies.h"
#include "support/remote_write_like.h"
#include "wire/remote_write_decode_test.h"

namespace weir::wire {
namespace {

using protozero::pbf_writer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace remote_write_tests;

struct Pair {
  std::string name;
  std::string value;
};

void add_labels(pbf_writer& series, const std::vector<Pair>& labels) {
  for (const Pair& label : labels) {
    pbf_writer out(series, 1);
    out.add_string(1, label.name);
    out.add_string(2, label.value);
  }
}

void add_sample(pbf_writer& series, TimestampMs timestamp_ms, double value) {
  pbf_writer out(series, 2);
  out.add_double(1, value);
  out.add_int64(2, timestamp_ms);
}

std::string one_series(const std::vector<Pair>& labels) {
  std::string message;
  pbf_writer request(message);
  pbf_writer series(request, 1);
  add_labels(series, labels);
  add_sample(series, 1'000, 1.5);
  series.commit();
  return message;
}

std::string text(const Batch& batch) {
  std::string out;
  for (const Batch::Series& series : batch.series()) {
    out += batch.labels(series).to_string();
    for (size_t i = 0; i < series.sample_count; ++i) {
      out += fmt::format(" {}@{}", batch.values(series)[i], batch.timestamps_ms(series)[i]);
    }
    out += "\n";
  }
  return out;
}

TEST(RemoteWrite, DecodesTheBytesOfTheProtocol) {
  // WriteRequest{timeseries{labels{"__name__","up"} labels{"job","api"} samples{1.5, 1000}}} by hand.
  const std::string message = tests::from_hex(
      "0a2a"
      "0a0e0a085f5f6e616d655f5f12027570"
      "0a0a0a036a6f621203617069"
      "120c09000000000000f83f10e807");
  Batch batch;
  const auto extras = decode(compress(message), batch);
  ASSERT_TRUE(extras.ok()) << extras.error().message;
  EXPECT_EQ(text(batch), "up{job=\"api\"} 1.5@1000\n");
  EXPECT_EQ(encode_remote_write(batch), compress(message));
}

TEST(RemoteWrite, ReadsWhatPrometheusSends) {
  Batch batch;
  ASSERT_TRUE(decode(tests::from_hex(tests::kFirstScrapeHex), batch).ok());
  ASSERT_EQ(batch.series_count(), 10u);
  EXPECT_EQ(batch.labels(batch.series()[5]).to_string(),
            R"(up{Zone="é-1",cluster="test",instance="127.0.0.1:19491",job="prometheus"})");
  EXPECT_THAT(batch.values(batch.series()[5]), ElementsAre(1));
  EXPECT_THAT(batch.timestamps_ms(batch.series()[5]), ElementsAre(1'795'440'832'124));
  EXPECT_EQ(std::bit_cast<uint64_t>(batch.values(batch.series()[2])[0]), 0x7ff8000000000001)
      << "an ordinary NaN";
}

TEST(RemoteWrite, KeepsStaleMarkersBitForBit) {
  Batch batch;
  ASSERT_TRUE(decode(tests::from_hex(tests::kStaleHex), batch).ok());
  ASSERT_EQ(batch.series_count(), 20u);
  for (const Batch::Series& series : batch.series()) EXPECT_TRUE(is_stale(batch.values(series)[0]));
}

TEST(RemoteWrite, SortsLabelsAndDropsEmptyValues) {
  Batch batch;
  ASSERT_TRUE(
      decode(compress(one_series({{"job", "api"}, {"__name__", "up"}, {"empty", ""}, {"a", "1"}})), batch)
          .ok());
  EXPECT_EQ(text(batch), "up{a=\"1\",job=\"api\"} 1.5@1000\n");
  EXPECT_TRUE(LabelsView::validate(batch.labels(batch.series()[0]).bytes()).ok());
}

TEST(RemoteWrite, KeepsLabelsOfEveryLength) {
  for (const size_t size : {1u, 15u, 16u, 17u, 127u, 128u, 129u, 16'384u}) {
    Batch batch;
    ASSERT_TRUE(
        decode(compress(one_series({{"__name__", "up"}, {std::string(size, 'n'), std::string(size, 'v')}})),
               batch)
            .ok());
    EXPECT_EQ(batch.labels(batch.series()[0]),
              Labels::of({{"__name__", "up"}, {std::string(size, 'n'), std::string(size, 'v')}}).view());
  }
}

TEST(RemoteWrite, TakesSamplesBeforeLabelsAndFieldsItDoesNotKnow) {
  std::string message;
  pbf_writer request(message);
  request.add_uint64(9, 1);
  pbf_writer series(request, 1);
  add_sample(series, 5, 2);
  {
    pbf_writer label(series, 1);
    label.add_fixed32(7, 1);
    label.add_string(2, "api");
    label.add_string(1, "job");
  }
  series.add_string(15, "future");
  {
    pbf_writer sample(series, 2);
    sample.add_int64(2, 6);
    sample.add_bool(8, true);
  }
  series.commit();
  Batch batch;
  ASSERT_TRUE(decode(compress(message), batch).ok());
  EXPECT_EQ(text(batch), "{job=\"api\"} 2@5 0@6\n");
}

TEST(RemoteWrite, RefusesRepeatedAndEmptyNames) {
  Batch batch;
  const auto repeated = decode(compress(one_series({{"a", "1"}, {"a", "2"}})), batch);
  EXPECT_EQ(repeated.error().code, Code::kInvalidArgument);
  EXPECT_THAT(repeated.error().message,
              HasSubstr("label name \"a\" is given twice in the message at byte 2 of"));
  EXPECT_THAT(decode(compress(one_series({{"", "1"}})), batch).error().message,
              HasSubstr("a label name is empty"));
  EXPECT_THAT(decode(compress(one_series({{"", ""}})), batch).error().message,
              HasSubstr("a label name is empty"));
}

TEST(RemoteWrite, RefusesTextThatIsNotUtf8) {
  Batch batch;
  EXPECT_THAT(decode(compress(one_series({{"job", "a\xff"}})), batch).error().message,
              HasSubstr("\"job\" is not UTF-8"));
  EXPECT_THAT(decode(compress(one_series({{"\xc3", "a"}})), batch).error().message,
              HasSubstr("name is not UTF-8"));
  // Each is one half of a character: together they would be one.
  EXPECT_FALSE(decode(compress(one_series({{"a\xc3", "\xa9"}})), batch).ok());
  EXPECT_TRUE(decode(compress(one_series({{"é", "日本"}})), batch).ok());
}

TEST(RemoteWrite, AFailureLeavesTheBatchAsItWas) {
  Batch batch;
  ASSERT_TRUE(decode(compress(one_series({{"__name__", "kept"}})), batch).ok());
  const std::string bad = one_series({{"__name__", "good"}}) + one_series({{"a", "1"}, {"a", "1"}});
  ASSERT_FALSE(decode(compress(bad), batch).ok());
  EXPECT_EQ(text(batch), "kept 1.5@1000\n");
}

TEST(RemoteWrite, NamesThePlaceOfBadProtobuf) {
  Batch batch;
  const std::string good = one_series({{"__name__", "up"}});
  const auto error = decode(compress(good + "\x0a\x05\xff"), batch).error();
  EXPECT_EQ(error.code, Code::kInvalidArgument);
  EXPECT_THAT(error.message, HasSubstr(fmt::format("at byte {} of {}", good.size(), good.size() + 3)));
}

TEST(RemoteWrite, BoundsTheDecodedSize) {
  const std::string message = one_series({{"__name__", std::string(1'000, 'x')}});
  const std::string body = compress(message);
  Batch batch;
  EXPECT_TRUE(decode(body, batch, message.size()).ok());
  const auto error = decode(body, batch, message.size() - 1).error();
  EXPECT_EQ(error.code, Code::kResourceExhausted);
  EXPECT_THAT(error.message, HasSubstr(fmt::format("{} bytes after decompression, limit {}", message.size(),
                                                   message.size() - 1)));
}

TEST(RemoteWrite, AllocatesNothingForALie) {
  // Three bytes that declare 16 MiB.
  std::string scratch;
  Batch batch;
  const auto result = decode_remote_write("\x80\x80\x80\x08\x00", kMax, scratch, batch);
  EXPECT_EQ(result.error().code, Code::kInvalidArgument);
  EXPECT_TRUE(scratch.empty());
  EXPECT_FALSE(decode_remote_write("", kMax, scratch, batch).ok());
  EXPECT_FALSE(decode_remote_write("\xff\xff\xff\xff\xff", kMax, scratch, batch).ok());
  EXPECT_TRUE(scratch.empty());
}

TEST(RemoteWrite, BoundsBodiesOfEmptyMessages) {
  // Two bytes a sample on the wire, sixteen in the batch.
  std::string message;
  pbf_writer request(message);
  pbf_writer series(request, 1);
  for (int i = 0; i < 10'000; ++i) series.add_message(2, std::string());
  series.commit();
  Batch batch;
  EXPECT_EQ(decode(compress(message), batch, message.size()).error().code, Code::kResourceExhausted);
  EXPECT_TRUE(decode(compress(message), batch, 8 * 10'001).ok());
  std::string no_series;
  for (int i = 0; i < 10'000; ++i) no_series.append("\x0a\x00", 2);
  EXPECT_EQ(decode(compress(no_series), batch, no_series.size()).error().code, Code::kResourceExhausted);
}

TEST(RemoteWrite, KeepsEveryTime) {
  constexpr auto kMin = std::numeric_limits<TimestampMs>::min();
  constexpr auto kLatest = std::numeric_limits<TimestampMs>::max();
  Batch sent;
  sent.begin_series(Labels::of({{"__name__", "up"}}).view().bytes());
  for (const TimestampMs time : {TimestampMs{0}, TimestampMs{-1}, kMin, kLatest}) sent.add_sample(time, 1);
  Batch found;
  ASSERT_TRUE(decode(encode_remote_write(sent), found).ok());
  EXPECT_EQ(text(found), text(sent));
}

TEST(RemoteWrite, RoundTripsALargeBatch) {
  const Batch sent = tests::remote_write_like(2'000, 2);
  const std::string body = encode_remote_write(sent);
  Batch found;
  std::string scratch(100, 'x');
  ASSERT_TRUE(decode_remote_write(body, kMax, scratch, found).ok());
  EXPECT_EQ(text(found), text(sent));
  ASSERT_TRUE(decode_remote_write(body, kMax, scratch, found).ok()) << "again, behind the first";
  EXPECT_EQ(found.series_count(), 4'000u);
}

TEST(RemoteWrite, AnEmptyRequestIsFine) {
  Batch batch;
  EXPECT_TRUE(decode(compress(""), batch).ok());
  EXPECT_TRUE(batch.empty());
}

// A message cut between its fields is a shorter message; cut anywhere else it is refused.
TEST(RemoteWrite, SurvivesTruncationAtEveryByte) {
  std::string message;
  snappy::Uncompress(tests::from_hex(tests::kFirstScrapeHex).data(), tests::kFirstScrapeHex.size() / 2,
                     &message);
  size_t accepted = 0;
  for (size_t size = 0; size < message.size(); ++size) {
    Batch batch;
    accepted += decode(compress(message.substr(0, size)), batch).ok();
    EXPECT_LT(batch.series_count(), 10u);
  }
  EXPECT_EQ(accepted, 10u);
  const std::string body = tests::from_hex(tests::kFirstScrapeHex);
  for (size_t size = 0; size < body.size(); ++size) {
    Batch batch;
    EXPECT_FALSE(decode(body.substr(0, size), batch).ok()) << size;
  }
}

TEST(RemoteWrite, SurvivesRandomDamage) {
  os::Random random(1 + static_cast<uint64_t>(GTEST_FLAG_GET(random_seed)));
  std::string message;
  snappy::Uncompress(tests::from_hex(tests::kFirstScrapeHex).data(), tests::kFirstScrapeHex.size() / 2,
                     &message);
  size_t refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string damaged = message;
    for (uint64_t flips = 1 + random.below(4); flips > 0; --flips) {
      damaged[random.below(damaged.size())] = static_cast<char>(random.next());
    }
    Batch batch;
    if (!decode(compress(damaged), batch).ok()) {
      ++refused;
      ASSERT_TRUE(batch.empty());
      continue;
    }
    for (const Batch::Series& series : batch.series()) {
      ASSERT_TRUE(LabelsView::validate(batch.labels(series).bytes()).ok());
    }
  }
  EXPECT_GT(refused, 1'000u);
}

}  // namespace
}  // namespace weir::wire
