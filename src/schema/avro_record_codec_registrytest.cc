#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/random.h"
#include "schema/avro_record_codec.h"
#include "support/prometheus_bodies.h"
#include "support/remote_write_like.h"
#include "wire/metric_batch.h"
#include "wire/metric_batch_avro_test.h"
#include "wire/record_codec_test.h"

namespace weir::schema {
namespace {

using ::testing::HasSubstr;
using wire::record_tests::all;
using wire::record_tests::text;
using wire::record_tests::worked_example;

class AvroRecordCodecRegistry : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* url = std::getenv("WEIR_TEST_REGISTRY");
    if (url == nullptr) GTEST_SKIP() << "WEIR_TEST_REGISTRY is not set: run by tests/services/run.py";
    registry_ = std::make_unique<RegistryClient>(RegistryOptions{url, "", ""}, os::system_clock(), metrics_);
  }
  static Deadline soon() { return Deadline::after(os::system_clock(), os::milliseconds(20'000)); }
  static constexpr size_t kMax = wire::kMetricBatchBytesMax;

  std::unique_ptr<wire::RecordCodec> open() {
    auto opened = open_avro_codec(*registry_, subject_, os::system_clock(), soon());
    CHECK(opened.ok(), opened.error().message);
    return std::move(opened).value();
  }
  // Our schema, edited; registered as a version of the subject.
  SchemaId register_edited(const std::vector<std::pair<std::string, std::string>>& edits) {
    std::string schema(wire::metric_batch_schema());
    for (const auto& [from, to] : edits) {
      const size_t at = schema.find(from);
      CHECK(at != std::string::npos, "the schema has the part to edit");
      schema.replace(at, from.size(), to);
    }
    const auto id = registry_->register_schema(subject_, schema, soon());
    CHECK(id.ok(), id.error().message);
    return *id;
  }
  static std::string framed(SchemaId id, std::string_view body) {
    std::string record("\0\0\0\0\0", 5);
    for (size_t i = 0; i < 4; ++i) record[1 + i] = static_cast<char>(id.value() >> (24 - 8 * i));
    return record.append(body);
  }
  static std::string body(const Batch& batch) {
    std::string out;
    wire::encode_metric_batch(batch, all(batch), out);
    return out;
  }
  static void expect_reads(const wire::RecordCodec& codec, std::string_view payload, const Batch& batch) {
    Batch found;
    const Status status = codec.decode(payload, kMax, soon(), found);
    ASSERT_TRUE(status.ok()) << status.error().message;
    EXPECT_EQ(text(found), text(batch));
  }

  telemetry::Registry metrics_;
  std::unique_ptr<RegistryClient> registry_;
  const std::string subject_ = fmt::format("codec-test-{:016x}-value", os::random_seed());
};

TEST_F(AvroRecordCodecRegistry, RegistersOurSchemaAndRoundTrips) {
  const auto codec = open();
  const Batch batch = tests::remote_write_like(100, 2);
  std::string record;
  codec->encode(batch, all(batch), record);
  expect_reads(*codec, record, batch);
  expect_reads(*open(), record, batch);

  // Any other tool: the schema by the record's id, and the record by the schema.
  SchemaId id(0);
  for (size_t i = 1; i < 5; ++i) id = SchemaId(id.value() << 8 | static_cast<uint8_t>(record[i]));
  EXPECT_EQ(registry_->schema(id, soon()).value(), wire::metric_batch_schema());
  EXPECT_EQ(text(wire::avro_c::AvroLibrary().decode(std::string_view(record).substr(5))), text(batch));
}

TEST_F(AvroRecordCodecRegistry, ReadsRecordsOfANewerVersion) {
  const auto codec = open();
  // A field with a default at the front, and one inside of series.
  const SchemaId newer = register_edited(
      {{R"({"name":"symbols")",
        R"({"name":"origin","type":["null","string"],"default":null},{"name":"symbols")"},
       {R"({"name":"sample_count","type":"int"}]})",
        R"({"name":"sample_count","type":"int"},{"name":"created_ms","type":"long","default":0}]})"}});
  std::string written = tests::from_hex(
      "0206616263"                                    // origin: "abc"
      "0a105f5f6e616d655f5f066a6f620475700261026200"  // symbols
      "0408000402060002d00f080004020800020000"        // series, each with created_ms
      "04d00f000004000000000000f03f000000000000e03f000000");
  expect_reads(*codec, framed(newer, written), worked_example());
  // A damaged one of that version.
  Batch found;
  EXPECT_EQ(
      codec->decode(framed(newer, std::string_view(written).substr(0, 30)), kMax, soon(), found).error().code,
      Code::kCorruption);
}

TEST_F(AvroRecordCodecRegistry, ReadsRecordsOfAnOlderVersion) {
  // Registered by an older build, in which exemplars came first and native histograms were not known.
  std::string schema(wire::metric_batch_schema());
  const size_t histograms = schema.find(R"({"name":"native_histograms")");
  const size_t exemplars = schema.find(R"({"name":"exemplars")");
  const std::string exemplar_field = schema.substr(exemplars, schema.size() - 2 - exemplars);
  const size_t symbols = schema.find(R"({"name":"symbols")");
  const std::string older = schema.substr(0, symbols) + exemplar_field + "," +
                            schema.substr(symbols, histograms - 1 - symbols) + "]}";
  const auto id = registry_->register_schema(subject_, older, soon());
  ASSERT_TRUE(id.ok()) << id.error().message;

  const auto codec = open();  // the registry finds our version compatible with it
  std::string record = body(worked_example());
  record.resize(record.size() - 2);
  expect_reads(*codec, framed(*id, std::string(1, '\0') + record), worked_example());
}

TEST_F(AvroRecordCodecRegistry, DoesNotOpenOverAnIncompatibleVersion) {
  constexpr std::string_view kOther =
      R"({"name":"weir.MetricBatch","type":"record","fields":[{"name":"a","type":"int"}]})";
  ASSERT_TRUE(registry_->register_schema(subject_, kOther, soon()).ok());
  const auto opened = open_avro_codec(*registry_, subject_, os::system_clock(), soon());
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, Code::kFailedPrecondition) << opened.error().message;
  EXPECT_THAT(opened.error().message, HasSubstr(subject_));
  EXPECT_THAT(opened.error().message, HasSubstr("version 1"));
}

TEST_F(AvroRecordCodecRegistry, TheRegistryRefusesAVersionThatWouldBreakUs) {
  open();
  EXPECT_EQ(registry_->register_schema(subject_, "\"string\"", soon()).error().code,
            Code::kFailedPrecondition);
}

TEST_F(AvroRecordCodecRegistry, AnUnregisteredIdCondemnsTheRecord) {
  const auto codec = open();
  Batch found;
  const Status status =
      codec->decode(framed(SchemaId(2'000'000'001), body(worked_example())), kMax, soon(), found);
  EXPECT_EQ(status.error().code, Code::kCorruption) << status.error().message;
  EXPECT_THAT(status.error().message, HasSubstr("2000000001"));
  EXPECT_TRUE(found.empty());
}

}  // namespace
}  // namespace weir::schema
