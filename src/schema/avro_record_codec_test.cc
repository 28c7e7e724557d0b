#include "schema/avro_record_codec.h"

#include <boost/json.hpp>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/sim/manual_clock.h"
#include "schema/fake_registry_test.h"
#include "support/remote_write_like.h"
#include "wire/metric_batch.h"
#include "wire/record_codec_test.h"

namespace weir::schema {
namespace {

using ::testing::HasSubstr;
using wire::record_tests::all;
using wire::record_tests::text;
using wire::record_tests::worked_example;

// As an older Weir would have registered it: without exemplars, and with a field that has gone since.
constexpr std::string_view kOlder = R"({"name":"weir.MetricBatch","type":"record","fields":[
  {"name":"gone","type":"string","default":""},
  {"name":"symbols","type":{"type":"array","items":"string"}},
  {"name":"series","type":{"type":"array","items":{"name":"weir.Series","type":"record","fields":[
    {"name":"label_refs","type":{"type":"array","items":"int"}},{"name":"sample_count","type":"int"}]}}},
  {"name":"timestamp_deltas_ms","type":{"type":"array","items":"long"}},
  {"name":"values","type":{"type":"array","items":"double"}}]})";

class AvroRecordCodecTest : public ::testing::Test {
 protected:
  void SetUp() override {
    registry_.answer = [this](net::HttpRequest request, net::Responder respond) {
      answer(request, std::move(respond));
    };
    client_ = std::make_unique<RegistryClient>(registry_.options(), os::system_clock(), metrics_);
    auto opened = open_avro_codec(*client_, "metrics-value", clock_, soon());
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    codec_ = std::move(opened).value();
    registry_.requests = 0;
  }

  void answer(const net::HttpRequest& request, net::Responder respond) {
    constexpr std::string_view kById = "/api/schemas/ids/";
    std::string body = R"({"compatibilityLevel":"BACKWARD","is_compatible":true,"id":258})";
    int status = 200;
    if (request.path.starts_with(kById)) {
      const auto found = schemas_.find(std::stoi(request.path.substr(kById.size())));
      status = found == schemas_.end() ? 404 : 200;
      body = status == 404 ? R"({"error_code":40403,"message":"no such schema"})"
                           : boost::json::serialize(boost::json::object{{"schema", found->second}});
    }
    respond(net::HttpResponse::json(status, body));
  }

  static Deadline soon() { return Deadline::after(os::system_clock(), os::milliseconds(10'000)); }
  static constexpr size_t kMax = wire::kMetricBatchBytesMax;

  // The worked example as a record of id 7, in the older schema.
  static std::string older_record() {
    std::string record("\0\0\0\0\x07\x02x", 7);
    wire::encode_metric_batch(worked_example(), all(worked_example()), record);
    record.resize(record.size() - 2);
    return record;
  }
  Error error_of(std::string_view payload) {
    Batch batch;
    const Status status = codec_->decode(payload, kMax, soon(), batch);
    EXPECT_FALSE(status.ok());
    EXPECT_TRUE(batch.empty());
    return status.ok() ? Error{} : status.error();
  }
  void expect_example(std::string_view payload) {
    Batch batch;
    const Status status = codec_->decode(payload, kMax, soon(), batch);
    ASSERT_TRUE(status.ok()) << status.error().message;
    EXPECT_EQ(text(batch), text(worked_example()));
  }

  telemetry::Registry metrics_;
  FakeRegistry registry_;
  std::map<int, std::string> schemas_;
  os::sim::ManualClock clock_;  // of the codec; the client's time is real
  std::unique_ptr<RegistryClient> client_;
  std::unique_ptr<wire::RecordCodec> codec_;
};

TEST_F(AvroRecordCodecTest, FramesAndReadsItsOwnRecordsWithoutTheRegistry) {
  registry_.stop();
  const Batch batch = tests::remote_write_like(200, 3);
  std::string record = "before";
  codec_->encode(batch, all(batch), record);
  EXPECT_EQ(record.substr(6, 5), std::string("\0\0\0\x01\x02", 5)) << "id 258";
  std::string body;
  wire::encode_metric_batch(batch, all(batch), body);
  EXPECT_EQ(record.substr(11), body);
  Batch found;
  ASSERT_TRUE(codec_->decode(std::string_view(record).substr(6), kMax, soon(), found).ok());
  EXPECT_EQ(text(found), text(batch));
  EXPECT_EQ(registry_.requests, 0);
}

TEST_F(AvroRecordCodecTest, BoundCoversTheFrame) {
  Batch one;
  one.begin_series({});
  std::string record;
  codec_->encode(one, all(one), record);
  EXPECT_LE(record.size(), codec_->bound(0, 0, 0));
  EXPECT_EQ(codec_->record_bytes_max(), wire::kMetricBatchBytesMax);
}

TEST_F(AvroRecordCodecTest, RefusesWhatIsNotFramed) {
  EXPECT_EQ(error_of("").code, Code::kCorruption);
  EXPECT_EQ(error_of(std::string_view("\0\0\0\x01", 4)).code, Code::kCorruption);
  EXPECT_EQ(error_of("{\"json\": true}").code, Code::kCorruption);
  EXPECT_THAT(error_of(std::string_view("\x01\0\0\x01\x02", 5)).message, HasSubstr("0x01"));
  EXPECT_EQ(error_of(std::string_view("\0\0\0\x01\x02", 5)).code, Code::kCorruption) << "no record";
  EXPECT_EQ(registry_.requests, 0);
}

TEST_F(AvroRecordCodecTest, ResolvesOtherSchemasAndAsksForEachOnce) {
  schemas_[7] = kOlder;
  for (int i = 0; i < 3; ++i) expect_example(older_record());
  EXPECT_EQ(registry_.requests, 1);
  registry_.stop();
  expect_example(older_record());
}

TEST_F(AvroRecordCodecTest, ReadsItsOwnSchemaUnderAnotherId) {
  schemas_[7] = wire::metric_batch_schema();
  std::string record;
  codec_->encode(worked_example(), all(worked_example()), record);
  record[3] = 0;
  record[4] = 7;
  expect_example(record);
}

TEST_F(AvroRecordCodecTest, KeepsDecodedBytesBounded) {
  schemas_[7] = kOlder;
  Batch batch;
  const size_t size = worked_example().size_bytes();
  EXPECT_TRUE(codec_->decode(older_record(), size, soon(), batch).ok());
  batch.clear();
  EXPECT_EQ(codec_->decode(older_record(), size - 1, soon(), batch).error().code, Code::kResourceExhausted);
  EXPECT_TRUE(batch.empty());
}

TEST_F(AvroRecordCodecTest, AnUnknownIdCondemnsTheRecord) {
  const Error error = error_of(older_record());
  EXPECT_EQ(error.code, Code::kCorruption);
  EXPECT_THAT(error.message, HasSubstr("schema id 7"));
  EXPECT_FALSE(error.retryable());
}

TEST_F(AvroRecordCodecTest, AnUnknownIdIsAskedForAgainAfterAWhile) {
  EXPECT_EQ(error_of(older_record()).code, Code::kCorruption);
  clock_.advance(os::milliseconds(9'999));
  schemas_[7] = kOlder;
  EXPECT_EQ(error_of(older_record()).code, Code::kCorruption);
  EXPECT_EQ(registry_.requests, 1);
  clock_.advance(os::milliseconds(1));
  expect_example(older_record());
  EXPECT_EQ(registry_.requests, 2);
}

TEST_F(AvroRecordCodecTest, AnIncompatibleSchemaCondemnsTheRecord) {
  schemas_[7] = R"({"name":"weir.MetricBatch","type":"record","fields":[
    {"name":"values","type":{"type":"array","items":"double"}}]})";
  const Error error = error_of(older_record());
  EXPECT_EQ(error.code, Code::kUnsupported);
  EXPECT_THAT(error.message, HasSubstr("schema id 7"));
  EXPECT_THAT(error.message, HasSubstr("symbols"));
  schemas_[8] = "not json";
  std::string record = older_record();
  record[4] = 8;
  EXPECT_EQ(error_of(record).code, Code::kUnsupported);
}

TEST_F(AvroRecordCodecTest, ARegistryThatCannotBeAskedCondemnsNothing) {
  for (const auto& [status, body] : {std::pair{500, R"({"error_code":50001,"message":"m"})"},
                                     {503, ""},
                                     {401, "{}"},
                                     {404, "<h1>proxy</h1>"},
                                     {200, "garbage"},
                                     {302, ""}}) {
    // A registry for each, or its breaker would open.
    SetUp();
    registry_.answer_with(status, body);
    const Error error = error_of(older_record());
    EXPECT_EQ(error.code, Code::kUnavailable) << status << ": " << error.message;
    EXPECT_TRUE(error.retryable());
  }
}

TEST_F(AvroRecordCodecTest, ARegistryThatIsDownCondemnsNothing) {
  registry_.stop();
  EXPECT_EQ(error_of(older_record()).code, Code::kUnavailable);
}

TEST_F(AvroRecordCodecTest, ASlowRegistryIsWaitedForUntilTheDeadline) {
  std::vector<net::Responder> held;
  registry_.answer = [&](net::HttpRequest, net::Responder respond) { held.push_back(std::move(respond)); };
  Batch batch;
  const Deadline deadline = Deadline::after(os::system_clock(), os::milliseconds(50));
  EXPECT_EQ(codec_->decode(older_record(), kMax, deadline, batch).error().code, Code::kDeadlineExceeded);
  registry_.stop();
}

TEST_F(AvroRecordCodecTest, DoesNotOpenOverAnIncompatibleSchema) {
  bool registered = false;
  registry_.answer = [&](net::HttpRequest request, net::Responder respond) {
    registered = registered || request.path == "/api/subjects/metrics-value/versions";
    respond(net::HttpResponse::json(
        200,
        R"({"compatibilityLevel":"BACKWARD","is_compatible":false,"messages":["field x"],"version":3})"));
  };
  const auto opened = open_avro_codec(*client_, "metrics-value", os::system_clock(), soon());
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, Code::kFailedPrecondition);
  EXPECT_THAT(opened.error().message, HasSubstr("version 3"));
  EXPECT_THAT(opened.error().message, HasSubstr("a topic of its own"));
  EXPECT_FALSE(registered);
}

TEST_F(AvroRecordCodecTest, DoesNotOpenWithoutARegistry) {
  registry_.stop();
  RegistryClient fresh({"http://127.0.0.1:1", "", ""}, os::system_clock(), metrics_);
  EXPECT_EQ(open_avro_codec(fresh, "metrics-value", os::system_clock(), soon()).error().code,
            Code::kUnavailable);
}

}  // namespace
}  // namespace weir::schema
