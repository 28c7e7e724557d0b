#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/gateway.h"
#include "meta/sqlite/sqlite_meta_store.h"
#include "net/testing/test_server.h"
#include "os/sim/manual_clock.h"
#include "support/histograms.h"
#include "support/memory_log.h"
#include "tenant/memory_limiter.h"
#include "wire/batch_record.h"
#include "wire/remote_write.h"
#include "wire/remote_write_2.h"

namespace weir::gateway {
namespace {

using net::testing::RawResponse;
using ::testing::HasSubstr;

constexpr TimestampMs kNow = 1'700'000'000'000;
constexpr std::string_view kVersion2 = "application/x-protobuf;proto=io.prometheus.write.v2.Request";

/// Takes everything, or nothing.
class FailingLog : public log::MemoryLog {
 public:
  FailingLog() : MemoryLog(1) {}
  void append(std::span<const log::NewRecord> records, Deadline deadline,
              Completion<std::vector<log::Position>> done) override {
    if (failure) return done(*failure);
    MemoryLog::append(records, deadline, std::move(done));
  }
  std::optional<Error> failure;
};

/// A process that takes writes, behind HTTP.
class RemoteWriteRoutes : public ::testing::Test {
 protected:
  ~RemoteWriteRoutes() override {
    if (server_ != nullptr) server_->stop(std::chrono::milliseconds(0));
    workers_.stop();
  }
  void start() {
    gateway_ = std::make_unique<Gateway>(services_);
    net::ServerOptions options;
    options.listen = "127.0.0.1:0";
    server_ = std::make_unique<net::HttpServer>(options, *gateway_, registry_);
    ASSERT_TRUE(server_->start().ok());
  }
  RawResponse post(std::string_view body, std::string_view type = kVersion2,
                   std::string_view target = "/api/v1/write", std::string_view fields = "") {
    if (server_ == nullptr) start();
    std::string request = fmt::format("POST {} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n{}",
                                      target, body.size(), fields);
    if (!type.empty()) request += fmt::format("Content-Type: {}\r\n", type);
    return net::testing::RawClient(server_->port()).exchange(fmt::format("{}\r\n{}", request, body));
  }
  /// Doubles, histograms and exemplars, as the answer counts them; "" for fields that it lacks.
  static std::string written(const RawResponse& response) {
    std::string text;
    for (const char* what : {"Samples", "Histograms", "Exemplars"})
      text += response.field(fmt::format("X-Prometheus-Remote-Write-{}-Written", what)) + " ";
    return text;
  }
  size_t stored_records() { return static_cast<size_t>(log_.status(PartitionId(0))->end.value()); }

  os::sim::ManualClock clock_{kNow};
  telemetry::Registry registry_;
  FailingLog log_;
  log::MemoryLog letters_log_{1};
  const std::unique_ptr<wire::RecordCodec> codec_ = wire::batch_record_codec();
  std::unique_ptr<meta::MetaStore> meta_ = meta::sqlite::open(":memory:", clock_).value();
  tenant::TenantDirectory tenants_{*meta_};
  ingest::Ingester ingester_{log_, *codec_, clock_, registry_};
  ingest::MetadataWriter metadata_{{}, *meta_, clock_, registry_};
  stream::DeadLetters letters_{letters_log_, registry_};
  std::unique_ptr<tenant::RateLimiter> limiter_ = tenant::create_memory_limiter({}, clock_);
  os::WorkerPool workers_{{}};
  Services services_{
      .registry = registry_,
      .clock = clock_,
      .workers = workers_,
      .ready = [] { return ok_status(); },
      .process = {.version = "1", .commit = "c", .roles = {"ingest"}},
      .options = {},
      .write = WriteServices{ingester_, metadata_, tenants_, log_, *codec_, letters_, *limiter_}};
  std::unique_ptr<Gateway> gateway_;
  std::unique_ptr<net::HttpServer> server_;
};

/// Two doubles, a histogram, and three exemplars, of which one has no series that may be.
Batch mixed() {
  const Labels trace = Labels::of({{"trace_id", "4bf92f"}});
  Batch batch;
  batch.begin_series(Labels::of({{"__name__", "up"}}).view().bytes());
  batch.add_sample(kNow - 1, 1);
  batch.add_sample(kNow, 1);
  batch.add_exemplar({trace, 1, kNow});
  batch.begin_series(Labels::of({{"__name__", "latency"}}).view().bytes());
  batch.add_histogram(kNow, tests::GrowingHistogram(5).next());
  batch.add_exemplar({trace, 2, kNow});
  return batch;
}

TEST_F(RemoteWriteRoutes, TakeVersion2AndCountWhatIsWritten) {
  const std::string body = wire::encode_remote_write_2(mixed());
  for (const char* target :
       {"/api/v1/write", "/api/v1/push", "/prometheus/api/v1/write", "/prometheus/api/v1/push"}) {
    const RawResponse response = post(body, kVersion2, target, "Content-Encoding: snappy\r\n");
    EXPECT_EQ(response.status, 204) << target << response.body;
    EXPECT_EQ(written(response), "2 1 2 ") << "what is sent again counts again";
  }
  EXPECT_EQ(stored_records(), 4u);
  const RawResponse nothing = post(wire::encode_remote_write_2(Batch()));
  EXPECT_EQ(nothing.status, 204);
  EXPECT_EQ(written(nothing), "0 0 0 ");
  EXPECT_EQ(stored_records(), 4u);
}

TEST_F(RemoteWriteRoutes, ChooseTheVersionByContentType) {
  const std::string version_1 = wire::encode_remote_write(mixed());
  const std::string version_2 = wire::encode_remote_write_2(mixed());
  for (const char* type :
       {"", "application/x-protobuf", "application/x-protobuf; proto=\"prometheus.WriteRequest\""}) {
    const RawResponse response = post(version_1, type);
    EXPECT_EQ(response.status, 204) << type << response.body;
    EXPECT_EQ(written(response), "   ") << "1.0 knows no counts";
  }
  EXPECT_EQ(post(version_2, "Application/X-Protobuf; Proto=\"io.prometheus.write.v2.Request\"").status, 204);
  EXPECT_EQ(stored_records(), 4u);
  const RawResponse mistaken = post(version_1);
  EXPECT_EQ(mistaken.status, 400);
  EXPECT_THAT(mistaken.body, HasSubstr("field 1 belongs to remote write 1.0"));
  EXPECT_EQ(written(mistaken), "0 0 0 ");
  for (const char* type :
       {"application/json", "application/x-protobuf;proto=io.prometheus.write.v3.Request"}) {
    const RawResponse response = post(version_2, type);
    EXPECT_EQ(response.status, 415) << type;
    EXPECT_THAT(response.body, HasSubstr("2.0 with proto=io.prometheus.write.v2.Request"));
  }
  const RawResponse encoding = post(version_2, kVersion2, "/api/v1/write", "Content-Encoding: zstd\r\n");
  EXPECT_EQ(encoding.status, 415);
  EXPECT_EQ(written(encoding), "0 0 0 ");
  EXPECT_EQ(post(version_2, kVersion2, "/api/v1/write", "Content-Encoding: Snappy\r\n").status, 204);
  EXPECT_EQ(stored_records(), 5u);
}

TEST_F(RemoteWriteRoutes, CountWhatIsWrittenOfWhatIsRefusedInPart) {
  Batch batch = mixed();
  batch.add_histogram(-1, tests::GrowingHistogram(5).next());
  batch.add_exemplar({Labels(), 1, -1});
  batch.begin_series(Labels::of({{"job", "nameless"}}).view().bytes());
  batch.add_sample(kNow, 1);
  batch.add_exemplar({Labels(), 1, kNow});
  const RawResponse response = post(wire::encode_remote_write_2(batch));
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(written(response), "2 1 2 ");
  EXPECT_THAT(response.body, HasSubstr("3 samples accepted, 2 rejected\n2 exemplars accepted, dropped: "
                                       "bad_timestamp=1,series_not_allowed=1\n"));
  EXPECT_THAT(response.body, HasSubstr("series 2: missing_metric_name"));
  EXPECT_EQ(response.field("X-Weir-Rejected"), "missing_metric_name=1,negative_timestamp=1");
  EXPECT_EQ(stored_records(), 1u + 1u) << "the part that is copied is a record of its own";
}

// 2.0 has no success with something left out, and 1.0 no failure for an exemplar.
TEST_F(RemoteWriteRoutes, TellOfExemplarsThatAreDropped) {
  Batch batch;
  batch.begin_series(Labels::of({{"__name__", "up"}}).view().bytes());
  batch.add_sample(kNow, 1);
  batch.add_exemplar({Labels(), 1, -1});
  const RawResponse response = post(wire::encode_remote_write_2(batch));
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.body,
            "1 samples accepted, 0 rejected\n0 exemplars accepted, dropped: bad_timestamp=1\n");
  EXPECT_EQ(written(response), "1 0 0 ");
  EXPECT_EQ(response.field("X-Weir-Rejected"), "");
  EXPECT_EQ(post(wire::encode_remote_write(batch), "").status, 204);
}

TEST_F(RemoteWriteRoutes, HaveWrittenNothingWhereTheBodyIsWrong) {
  services_.options.decoded_bytes_max = 1'000;
  const RawResponse damaged = post("\xff\xff\xff");
  EXPECT_EQ(damaged.status, 400);
  EXPECT_EQ(written(damaged), "0 0 0 ");
  Batch batch;
  batch.begin_series(Labels::of({{"__name__", std::string(1'000, 'x')}}).view().bytes());
  const RawResponse large = post(wire::encode_remote_write_2(batch));
  EXPECT_EQ(large.status, 413);
  EXPECT_EQ(written(large), "0 0 0 ");
  const RawResponse tenant =
      post(wire::encode_remote_write_2(mixed()), kVersion2, "/api/v1/write", "X-Scope-OrgID: ../x\r\n");
  EXPECT_EQ(tenant.status, 400);
  EXPECT_EQ(written(tenant), "0 0 0 ");
  EXPECT_EQ(stored_records(), 0u);
}

TEST_F(RemoteWriteRoutes, HaveWrittenNothingBeyondTheLimitOfTheTenant) {
  services_.options.limits.samples_per_second = 1;
  services_.options.limits.samples_burst = 5;  // as many as there are, exemplars included
  const std::string body = wire::encode_remote_write_2(mixed());
  EXPECT_EQ(post(body).status, 204);
  const RawResponse later = post(body);
  EXPECT_EQ(later.status, 429);
  EXPECT_EQ(later.field("Retry-After"), "5");
  EXPECT_EQ(written(later), "0 0 0 ");
  Batch more = mixed();
  more.add_exemplar({Labels(), 1, kNow});
  const RawResponse never = post(wire::encode_remote_write_2(more));
  EXPECT_EQ(never.status, 413);
  EXPECT_EQ(written(never), "0 0 0 ");
}

TEST_F(RemoteWriteRoutes, AskForTheWholeAgainWhereTheLogFails) {
  for (const Error& failure :
       {resource_exhausted("log: queue full"), unavailable("log: away"),
        Error{Code::kDeadlineExceeded, "log: too slow"}, Error{Code::kIo, "log: broken"}}) {
    log_.failure = failure;
    const RawResponse response = post(wire::encode_remote_write_2(mixed()));
    EXPECT_EQ(response.status, 503) << failure.message;
    EXPECT_NE(response.field("Retry-After"), "") << failure.message;
    EXPECT_EQ(written(response), "0 0 0 ") << failure.message;
    EXPECT_EQ(response.field("X-Weir-Accepted"), failure.code == Code::kResourceExhausted ? "0" : "");
  }
  log_.failure.reset();
  EXPECT_EQ(written(post(wire::encode_remote_write_2(mixed()))), "2 1 2 ");
}

TEST_F(RemoteWriteRoutes, KeepTheMetadataOfVersion2) {
  const std::vector<MetricMetadata> metadata = {
      {"", MetricType::kGauge, "", "Whether it is up."},
      {"", MetricType::kHistogram, "seconds", "How long it takes."}};
  EXPECT_EQ(post(wire::encode_remote_write_2(mixed(), metadata)).status, 204);
  EXPECT_THAT(registry_.to_text(), HasSubstr("weir_ingest_metadata_total 2\n"));
  ASSERT_TRUE(metadata_.flush(Deadline::never()).ok());
  EXPECT_THAT(registry_.to_text(), HasSubstr("weir_ingest_metadata_documents_total 2\n"));
}

}  // namespace
}  // namespace weir::gateway
