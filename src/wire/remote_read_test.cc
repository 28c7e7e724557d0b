#include "wire/remote_read.h"

#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "wire/remote_write.h"
#include "wire/snappy_block.h"
#include "wire/tsdb/big_endian.h"
#include "wire/tsdb/chunk.h"

namespace weir::wire {
namespace {

using protozero::pbf_reader;
using protozero::pbf_writer;
using testing::HasSubstr;

constexpr size_t kBytesMax = 1 << 20;

std::string request(const std::vector<int32_t>& types, uint32_t matcher_type = 2) {
  std::string message;
  pbf_writer out(message);
  {
    pbf_writer query(out, 1);
    query.add_int64(1, -5);
    query.add_int64(2, 1'000);
    pbf_writer matcher(query, 3);
    matcher.add_enum(1, static_cast<int32_t>(matcher_type));
    matcher.add_string(2, "job");
    matcher.add_string(3, "a|b");
  }
  out.add_packed_enum(2, types.begin(), types.end());
  std::string body;
  snappy_encode(message, body);
  return body;
}

Result<RemoteReadRequest> decoded(const std::string& body) {
  std::string scratch;
  return decode_remote_read(body, kBytesMax, scratch);
}

RemoteReadResult two_series() {
  RemoteReadResult result;
  SampleColumns& many = result[Labels::of({{"__name__", "many"}})];
  for (int i = 0; i < 250; ++i) many.push_back(1'000 + i * 15, i * 0.5);
  result[Labels::of({{"__name__", "one"}, {"a", "b"}})].push_back(7, -0.0);
  return result;
}

TEST(RemoteRead, DecodesARequest) {
  const RemoteReadRequest found = decoded(request({1, 0})).value();
  ASSERT_EQ(found.queries.size(), 1u);
  EXPECT_EQ(found.queries[0].range, (TimeRange{-5, 1'000}));
  ASSERT_EQ(found.queries[0].matchers.size(), 1u);
  EXPECT_EQ(found.queries[0].matchers[0].to_string(), "job=~\"a|b\"");
}

TEST(RemoteRead, KnowsWhatTheClientTakes) {
  const auto takes = [](const std::vector<int32_t>& types) {
    const RemoteReadRequest found = decoded(request(types)).value();
    return std::pair(found.prefers_chunks, found.takes_samples);
  };
  EXPECT_EQ(takes({}), std::pair(false, true));
  EXPECT_EQ(takes({0}), std::pair(false, true));
  EXPECT_EQ(takes({1, 0}), std::pair(true, true));
  EXPECT_EQ(takes({7, 1}), std::pair(true, false)) << "7 is a form that comes after us";
  EXPECT_EQ(takes({7}), std::pair(false, true));
}

TEST(RemoteRead, RefusesWhatIsNoRequest) {
  EXPECT_EQ(decoded("\xff\xff").error().code, Code::kInvalidArgument);
  EXPECT_THAT(decoded(request({}, 9)).error().message, HasSubstr("unknown type 9"));
  std::string cut;
  snappy_encode("\x0a\x05", cut);
  EXPECT_EQ(decoded(cut).error().code, Code::kInvalidArgument);
}

TEST(RemoteRead, SendsSamplesOfEachQuery) {
  const std::string body = encode_remote_read_samples({two_series(), {}});
  std::string scratch;
  const std::string_view message = snappy_decode(body, kBytesMax, 0, scratch).value();
  pbf_reader response{protozero::data_view(message.data(), message.size())};
  // A QueryResult has its series where a write request has them.
  std::vector<size_t> series;
  while (response.next(1)) {
    std::string written;
    snappy_encode(response.get_string(), written);
    Batch batch;
    std::string buffer;
    ASSERT_TRUE(decode_remote_write(written, kBytesMax, buffer, batch).ok());
    series.push_back(batch.series_count());
    if (batch.series_count() == 0) continue;
    EXPECT_EQ(batch.labels(batch.series()[0]).to_string(), "many");
    EXPECT_EQ(batch.values(batch.series()[0])[249], 124.5);
    EXPECT_EQ(batch.timestamps_ms(batch.series()[1])[0], 7);
  }
  EXPECT_THAT(series, testing::ElementsAre(2, 0)) << "one result a query";
}

TEST(RemoteRead, SendsChunksOfEachSeries) {
  const std::string body = encode_remote_read_chunks({{}, two_series()});
  std::vector<size_t> chunks;
  ByteReader in(body);
  while (!in.at_end()) {
    const uint64_t size = in.varint();
    const std::string_view checksum = in.raw(4);
    const std::string_view message = in.raw(size);
    ASSERT_TRUE(in.ok());
    EXPECT_EQ(tsdb::load_big_endian<uint32_t>(checksum), crc32c(message));
    pbf_reader response{protozero::data_view(message.data(), message.size())};
    ASSERT_TRUE(response.next(1));
    pbf_reader series = response.get_message();
    SampleColumns samples;
    size_t count = 0;
    while (series.next(2)) {
      pbf_reader chunk = series.get_message();
      std::string data;
      int64_t first_ms = 0;
      while (chunk.next()) {
        if (chunk.tag() == 1) {
          first_ms = chunk.get_int64();
        } else if (chunk.tag() == 4) {
          data = chunk.get_string();
        } else {
          chunk.skip();
        }
      }
      const size_t before = samples.size();
      ASSERT_TRUE(tsdb::decode_chunk({1, data}, samples).ok());
      EXPECT_EQ(samples.timestamps_ms[before], first_ms);
      ++count;
    }
    chunks.push_back(count);
    ASSERT_TRUE(response.next(2));
    EXPECT_EQ(response.get_int64(), 1) << "of the second query";
    if (count == 3) {
      EXPECT_EQ(samples.size(), 250u);
      EXPECT_EQ(samples.values[249], 124.5);
    }
  }
  EXPECT_THAT(chunks, testing::ElementsAre(3, 1));
}

}  // namespace
}  // namespace weir::wire
