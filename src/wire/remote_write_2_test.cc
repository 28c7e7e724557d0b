#include "wire/remote_write_2.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/random.h"
#include "support/prometheus_bodies.h"
#include "support/remote_write_like.h"
#include "wire/record_codec_test.h"
#include "wire/remote_write_2_body_test.h"

namespace weir::wire {
namespace {

using protozero::pbf_writer;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using namespace remote_write_tests;
using record_tests::text;

constexpr std::string_view kOne = "3ff0000000000000";  // 1.0

TEST(RemoteWrite2, DecodesTheBytesOfTheProtocol) {
  // Request{symbols{"","__name__","up","job","api"} timeseries{labels_refs{1,2,3,4} samples{1.5, 1000}}}.
  const std::string message = tests::from_hex(
      "2200"
      "2208"
      "5f5f6e616d655f5f"
      "2202"
      "7570"
      "2203"
      "6a6f62"
      "2203"
      "617069"
      "2a14"
      "0a0401020304"
      "120c"
      "09000000000000f83f"
      "10e807");
  Batch batch;
  const auto extras = decode_2(compress(message), batch);
  ASSERT_TRUE(extras.ok()) << extras.error().message;
  EXPECT_EQ(text(batch), "up{job=\"api\"} 3ff8000000000000@1000\n");
  EXPECT_EQ(encode_remote_write_2(batch), compress(message));
}

TEST(RemoteWrite2, DecodesEveryFieldOfTheProtocol) {
  // As Prometheus writes an integer histogram with all that may be beside it: start timestamps (field 3 of a
  // sample, 17 of a histogram), an exemplar, and metadata.
  const std::string message = tests::from_hex(
      "2200"
      "2208"
      "5f5f6e616d655f5f"
      "2201"
      "68"
      "2204"
      "48656c70"
      "2201"
      "73"
      "2202"
      "6964"
      "2201"
      "31"
      "2a4b"
      "0a020102"  // labels_refs: __name__="h"
      "120d"
      "09000000000000f03f"
      "1005"
      "1801"  // sample 1 at 5, started at 1
      "1a1d"
      "0802"
      "190000000000000840"
      "2000"
      "3000"
      "5a040800"
      "1001"
      "6201"
      "04"
      "7805"
      "880101"
      "220f"
      "0a020506"
      "110000000000000040"
      "1807"
      "2a06"
      "0803"
      "1803"
      "2004");
  Batch batch;
  std::string scratch;
  const auto extras = decode_remote_write_2(compress(message), kMax, scratch, batch);
  ASSERT_TRUE(extras.ok()) << extras.error().message;
  EXPECT_EQ(text(batch),
            "h 3ff0000000000000@5 histogram(0; 0+1;; 0 4000000000000000 4008000000000000 0;; "
            "4000000000000000;; 0)@5 exemplar({id=\"1\"} 4000000000000000@7)\n");
  ASSERT_EQ(extras->metadata.size(), 1u);
  EXPECT_EQ(extras->metadata[0].metric, "h");
  EXPECT_EQ(extras->metadata[0].type, MetricType::kHistogram);
  EXPECT_EQ(extras->metadata[0].help, "Help");
  EXPECT_EQ(extras->metadata[0].unit, "s");
}

TEST(RemoteWrite2, AnEmptyRequestIsFine) {
  for (const std::string& message : {std::string(), std::string("\x22\x00", 2)}) {
    Batch batch;
    EXPECT_TRUE(decode_2(compress(message), batch).ok());
    EXPECT_TRUE(batch.empty());
  }
}

TEST(RemoteWrite2, SortsLabelsAndDropsEmptyValues) {
  Batch batch;
  ASSERT_TRUE(Request2()
                  .series({{"job", "api"}, {"__name__", "up"}, {"empty", ""}, {"a", "1"}})
                  .sample(5, 1)
                  .read(batch)
                  .ok());
  EXPECT_EQ(text(batch), fmt::format("up{{a=\"1\",job=\"api\"}} {}@5\n", kOne));
  EXPECT_TRUE(LabelsView::validate(batch.labels(batch.series()[0]).bytes()).ok());
}

TEST(RemoteWrite2, KeepsLabelsOfEveryLength) {
  for (const size_t size : {1u, 15u, 16u, 17u, 127u, 128u, 129u, 4'096u, 16'384u}) {
    const std::string name(size, 'n');
    const std::string value(size, 'v');
    Batch batch;
    Request2 request;
    for (int i = 0; i < 3; ++i) request.series({{"__name__", "up"}, {name, value}}).sample(i, 1);
    ASSERT_TRUE(request.read(batch).ok());
    for (const Batch::Series& series : batch.series())
      EXPECT_EQ(batch.labels(series), Labels::of({{"__name__", "up"}, {name, value}}).view());
  }
}

TEST(RemoteWrite2, ReadsReferencesOfEveryLength) {
  Request2 request;
  for (int i = 0; i < 20'000; ++i) request.ref(fmt::format("symbol {}", i));
  const std::string last(200, 'x');
  request.series({{"__name__", "up"}, {"job", last}}).sample(5, 1);
  request.series({{"__name__", "symbol 7"}, {"job", "symbol 130"}}).sample(5, 1);
  Batch batch;
  ASSERT_TRUE(request.read(batch).ok());
  EXPECT_EQ(text(batch),
            fmt::format("up{{job=\"{0}\"}} {1}@5\nsymbol 7{{job=\"symbol 130\"}} {1}@5\n", last, kOne));
}

TEST(RemoteWrite2, ReadsOverStartTimestamps) {
  Batch batch;
  ASSERT_TRUE(Request2()
                  .series({{"__name__", "up"}})
                  .sample(7, 1, 3)
                  .sample(-8, 1, -3)
                  .sample(9, 1)
                  .read(batch)
                  .ok());
  EXPECT_EQ(text(batch), fmt::format("up {0}@7 {0}@-8 {0}@9\n", kOne));
}

TEST(RemoteWrite2, TakesFieldsInAnyOrderAndThoseItDoesNotKnow) {
  Request2 request;
  const Refs refs = {request.ref("job"), request.ref("api")};
  std::string series;
  pbf_writer out(series);
  {
    pbf_writer sample(out, 2);
    sample.add_int64(2, 6);
    sample.add_bool(8, true);
  }
  for (const uint32_t ref : refs) out.add_uint32(1, ref);  // not packed
  out.add_string(15, "future");
  std::string message;
  pbf_writer request_out(message);
  request_out.add_message(5, series);
  request_out.add_uint64(9, 1);
  message += request.symbols();
  Batch batch;
  const auto extras = decode_2(compress(message), batch);
  ASSERT_TRUE(extras.ok()) << extras.error().message;
  EXPECT_EQ(text(batch), "{job=\"api\"} 0@6\n");
}

TEST(RemoteWrite2, KeepsSeriesWithoutSamples) {
  Batch batch;
  ASSERT_TRUE(Request2().series({{"__name__", "up"}}).series({}).read(batch).ok());
  EXPECT_EQ(text(batch), "up\n{}\n");
}

std::string error_of_labels(const Pairs& labels) {
  Request2 good_first;
  good_first.series({{"__name__", "good"}}).sample(1, 1).series(labels).sample(1, 1);
  return error_of(good_first.message());
}

TEST(RemoteWrite2, RefusesNamesThatAreRepeatedOrEmpty) {
  EXPECT_THAT(
      error_of_labels({{"a", "1"}, {"a", "2"}}),
      MatchesRegex("invalid_argument: remote write: label name \"a\" is given twice in the message at "
                   "byte [0-9]+ of [0-9]+"));
  EXPECT_THAT(error_of_labels({{"", "1"}}), HasSubstr("a label name is empty"));
  EXPECT_THAT(error_of_labels({{"a", "1"}, {"", ""}}), HasSubstr("a label name is empty"));
}

TEST(RemoteWrite2, RefusesTextThatIsNotUtf8) {
  EXPECT_THAT(error_of_labels({{"job", "a\xff"}}), HasSubstr("\"job\" is not UTF-8"));
  EXPECT_THAT(error_of_labels({{"\xc3", "a"}}), HasSubstr("name is not UTF-8"));
  EXPECT_THAT(error_of_labels({{"a\xc3", "\xa9"}}), HasSubstr("is not UTF-8")) << "half a character each";
  EXPECT_EQ(error_of_labels({{"é", "日本"}}), "none");
}

TEST(RemoteWrite2, RefusesReferencesThatLeadNowhere) {
  Request2 request;
  request.ref("a");
  const std::string symbols = request.symbols();
  const auto error = [&](const Refs& refs) {
    return error_of(symbols + Request2().raw_series(refs).all_series());
  };
  EXPECT_THAT(error({1, 2}), HasSubstr("invalid_argument: remote write: a reference to symbol 2 of 2 in the "
                                       "message at byte 7 of"));
  EXPECT_THAT(error({7, 1}), HasSubstr("a reference to symbol 7 of 2"));
  EXPECT_THAT(error({1, UINT32_MAX}), HasSubstr("a reference to symbol 4294967295 of 2"));
  EXPECT_THAT(error({1, 1, 1}), HasSubstr("a label name has no value"));
  const auto of_exemplar = [&](const Refs& refs) {
    return error_of(symbols + Request2().raw_series({1, 1}).raw_exemplar(refs, 1, 1).all_series());
  };
  EXPECT_THAT(of_exemplar({1, 2}), HasSubstr("a reference to symbol 2 of 2"));
  EXPECT_THAT(of_exemplar({1}), HasSubstr("a label name has no value"));
  const auto of_metadata = [&](uint32_t help, uint32_t unit) {
    return error_of(symbols +
                    Request2().raw_series({1, 1}).sample(1, 1).raw_metadata(1, help, unit).all_series());
  };
  EXPECT_THAT(of_metadata(2, 0), HasSubstr("a reference to symbol 2 of 2"));
  EXPECT_THAT(of_metadata(0, 9), HasSubstr("a reference to symbol 9 of 2"));
}

TEST(RemoteWrite2, WantsAFirstSymbolThatIsEmpty) {
  std::string symbols;
  pbf_writer(symbols).add_string(4, "a");
  EXPECT_THAT(error_of(symbols), HasSubstr("invalid_argument: remote write: the first symbol is not empty in "
                                           "the message at byte 0 of 3"));
  EXPECT_THAT(error_of(Request2().raw_series({}).all_series()), HasSubstr("there are no symbols"));
}

TEST(RemoteWrite2, RefusesARequestOfVersion1) {
  const std::string version_1 = tests::from_hex(
      "0a1b"
      "0a0e0a085f5f6e616d655f5f12027570"
      "120909000000000000f83f");
  EXPECT_THAT(error_of(version_1), HasSubstr("field 1 belongs to remote write 1.0"));
  EXPECT_THAT(error_of(tests::from_hex("1a03120161")), HasSubstr("field 3 belongs to remote write 1.0"));
}

TEST(RemoteWrite2, NamesThePlaceOfBadProtobuf) {
  Request2 request;
  request.series({{"__name__", "up"}}).sample(1, 1);
  const std::string good = request.message();
  EXPECT_THAT(error_of(good + "\x2a\x05\xff"),
              HasSubstr(fmt::format("at byte {} of {}", good.size(), good.size() + 3)));
  EXPECT_THAT(error_of(Request2(request).raw(2, "\x09").message()), HasSubstr("invalid_argument"));
  EXPECT_THAT(error_of(Request2(request).raw(5, "\x08").message()), HasSubstr("invalid_argument"));
}

TEST(RemoteWrite2, RoundTripsLargeBatches) {
  const Batch sent = tests::remote_write_like(2'000, 2);
  const std::string body = encode_remote_write_2(sent);
  Batch found;
  std::string scratch(100, 'x');
  ASSERT_TRUE(decode_remote_write_2(body, kMax, scratch, found).ok());
  EXPECT_EQ(text(found), text(sent));
  ASSERT_TRUE(decode_remote_write_2(body, kMax, scratch, found).ok()) << "again, behind the first";
  EXPECT_EQ(found.series_count(), 4'000u);
}

TEST(RemoteWrite2, RoundTripsWhateverASeriesMayHave) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    for (const Batch& batch : {record_tests::with_histograms(seed), record_tests::with_exemplars(seed),
                               record_tests::no_labels_and_many(), record_tests::every_kind_of_time()}) {
      Batch found;
      ASSERT_TRUE(decode_2(encode_remote_write_2(batch), found).ok());
      ASSERT_EQ(text(found), text(batch));
    }
  }
}

TEST(RemoteWrite2, SurvivesTruncationAndRandomDamage) {
  Request2 request;
  tests::GrowingHistogram histogram(5);
  for (int i = 0; i < 5; ++i) {
    request.series({{"__name__", "up"}, {"i", fmt::format("{}", i)}})
        .sample(i, 1, 1)
        .metadata(2, "Help", "s");
    request.series({{"__name__", "h"}}).histogram(i, histogram.next(), 1).exemplar({{"id", "1"}}, 1, i);
  }
  const std::string message = request.message();
  for (size_t size = 0; size < message.size(); ++size) {
    Batch batch;
    const bool ok = decode_2(compress(message.substr(0, size)), batch).ok();
    ASSERT_TRUE(ok ? batch.series_count() < 10 : batch.empty());
  }
  os::Random random(1 + static_cast<uint64_t>(GTEST_FLAG_GET(random_seed)));
  size_t refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string damaged = message;
    for (uint64_t flips = 1 + random.below(4); flips > 0; --flips)
      damaged[random.below(damaged.size())] = static_cast<char>(random.next());
    Batch batch;
    if (!decode_2(compress(damaged), batch).ok()) {
      ++refused;
      ASSERT_TRUE(batch.empty());
      continue;
    }
    for (const Batch::Series& series : batch.series())
      ASSERT_TRUE(LabelsView::validate(batch.labels(series).bytes()).ok());
  }
  EXPECT_GT(refused, 1'000u);
}

}  // namespace
}  // namespace weir::wire
