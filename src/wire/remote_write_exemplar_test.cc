#include <protozero/pbf_writer.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wire/record_codec_test.h"
#include "wire/remote_write.h"
#include "wire/remote_write_decode_test.h"

namespace weir::wire {
namespace {

using protozero::pbf_writer;
using namespace remote_write_tests;
using record_tests::text;

using Pairs = std::vector<std::pair<std::string, std::string>>;

/// A body with one series, `up`, built field by field.
class Body {
 public:
  Body() { add_labels({{"__name__", "up"}}, series_); }

  Body& sample() {
    pbf_writer out(series_, 2);
    out.add_double(1, 1);
    out.add_int64(2, 1'000);
    return *this;
  }
  Body& exemplar(const Pairs& labels, double value, TimestampMs timestamp_ms) {
    pbf_writer out(series_, 3);
    add_labels(labels, out);
    out.add_double(2, value);
    out.add_int64(3, timestamp_ms);
    return *this;
  }
  Body& raw_exemplar(const std::string& message) {
    series_.add_message(3, message);
    return *this;
  }

  Result<RemoteWriteExtras> read(Batch& batch) {
    std::string message;
    pbf_writer(message).add_message(1, series_text_);
    return decode(compress(message), batch);
  }

 private:
  static void add_labels(const Pairs& labels, pbf_writer& out) {
    for (const auto& [name, value] : labels) {
      pbf_writer pair(out, 1);
      pair.add_string(1, name);
      pair.add_string(2, value);
    }
  }

  std::string series_text_;
  pbf_writer series_{series_text_};
};

uint64_t count(const Result<RemoteWriteExtras>& extras, ExemplarFault fault) {
  return extras->invalid_exemplars[static_cast<size_t>(fault)];
}

uint64_t count_all(const Result<RemoteWriteExtras>& extras) {
  uint64_t sum = 0;
  for (const uint64_t count : extras->invalid_exemplars) sum += count;
  return sum;
}

TEST(RemoteWriteExemplar, ComesBesideTheSamplesOfItsSeries) {
  Batch batch;
  const auto extras = Body()
                          .exemplar({{"trace_id", "a"}, {"empty", ""}, {"span_id", "b"}}, 0.5, 999)
                          .sample()
                          .exemplar({}, -0.0, -1)
                          .read(batch);
  ASSERT_TRUE(extras.ok()) << extras.error().message;
  EXPECT_EQ(count_all(extras), 0u);
  EXPECT_EQ(text(batch),
            "up 3ff0000000000000@1000 exemplar({span_id=\"b\",trace_id=\"a\"} 3fe0000000000000@999) "
            "exemplar({} 8000000000000000@-1)\n");
}

TEST(RemoteWriteExemplar, MayComeWithoutSamplesAsPrometheusSendsThem) {
  Batch batch;
  ASSERT_TRUE(Body().exemplar({{"trace_id", "a"}}, 1, 5).read(batch).ok());
  EXPECT_EQ(text(batch), "up exemplar({trace_id=\"a\"} 3ff0000000000000@5)\n");
}

TEST(RemoteWriteExemplar, WithoutFieldsIsAllZero) {
  Batch batch;
  ASSERT_TRUE(Body().raw_exemplar("").read(batch).ok());
  EXPECT_EQ(text(batch), "up exemplar({} 0@0)\n");
}

TEST(RemoteWriteExemplar, IsLeftOutAloneWhenItIsInvalid) {
  Batch batch;
  const auto extras = Body()
                          .sample()
                          .exemplar({{"", "v"}}, 1, 1)
                          .exemplar({{"id", "1"}, {"id", "2"}}, 1, 2)
                          .exemplar({{"id", "\xff"}}, 1, 3)
                          .exemplar({{"\xff", "1"}}, 1, 4)
                          .exemplar({{"id", std::string(127, 'v')}}, 1, 5)
                          .exemplar({{"id", std::string(126, 'v')}}, 1, 6)
                          .read(batch);
  ASSERT_TRUE(extras.ok()) << extras.error().message;
  EXPECT_EQ(count(extras, ExemplarFault::kEmptyLabelName), 1u);
  EXPECT_EQ(count(extras, ExemplarFault::kRepeatedLabelName), 1u);
  EXPECT_EQ(count(extras, ExemplarFault::kNotUtf8), 2u);
  EXPECT_EQ(count(extras, ExemplarFault::kLabelsTooLong), 1u);
  EXPECT_EQ(count_all(extras), 5u);
  ASSERT_EQ(batch.exemplar_count(), 1u);
  EXPECT_EQ(batch.exemplar(batch.series()[0], 0).timestamp_ms, 6);
  EXPECT_EQ(batch.sample_count(), 1u);
}

TEST(RemoteWriteExemplar, DamagedProtobufFailsTheBody) {
  Batch batch;
  const auto extras = Body().sample().raw_exemplar("\x0a\x7f").read(batch);
  ASSERT_FALSE(extras.ok());
  EXPECT_EQ(extras.error().code, Code::kInvalidArgument);
  EXPECT_TRUE(batch.empty());
  EXPECT_EQ(batch.exemplar_count(), 0u);
}

TEST(RemoteWriteExemplar, CountsAsASampleForTheBound) {
  std::string message;
  std::string series;
  pbf_writer out(series);
  for (int i = 0; i < 100; ++i) out.add_message(3, std::string());
  pbf_writer(message).add_message(1, series);
  Batch batch;
  EXPECT_TRUE(decode(compress(message), batch, 8 * 101).ok());
  batch.clear();
  const auto extras = decode(compress(message), batch, 8 * 100);
  ASSERT_FALSE(extras.ok());
  EXPECT_EQ(extras.error().code, Code::kResourceExhausted);
}

TEST(RemoteWriteExemplar, IsReadAsItIsWritten) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const Batch batch = record_tests::with_exemplars(seed);
    Batch found;
    ASSERT_TRUE(decode(encode_remote_write(batch), found).ok());
    ASSERT_EQ(text(found), text(batch));
  }
}

}  // namespace
}  // namespace weir::wire
