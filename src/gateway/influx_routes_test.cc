#include <algorithm>
#include <boost/json.hpp>
#include <optional>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/guarded.h"
#include "gateway/gateway.h"
#include "meta/sqlite/sqlite_meta_store.h"
#include "net/testing/test_server.h"
#include "os/sim/manual_clock.h"
#include "support/memory_log.h"
#include "tenant/memory_limiter.h"
#include "wire/batch_record.h"
#include "wire/gzip.h"

namespace weir::gateway {
namespace {

using net::testing::RawResponse;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr TimestampMs kNow = 1'700'000'000'000;

/// A log that keeps what it is given, or fails while it is told to.
class RecordingLog : public log::MemoryLog {
 public:
  struct Kept {
    TenantId tenant;
    std::string payload;
  };
  RecordingLog() : log::MemoryLog(1) {}
  void append(std::span<const log::NewRecord> records, Deadline deadline,
              Completion<std::vector<log::Position>> done) override {
    if (failure) return done(Error(*failure));
    kept.with([&](auto& all) {
      for (const log::NewRecord& record : records)
        all.push_back({record.tenant, std::string(record.payload)});
    });
    log::MemoryLog::append(records, deadline, std::move(done));
  }
  std::optional<Error> failure;
  Guarded<std::vector<Kept>> kept;
};

/// A process that takes writes into a log in memory, behind HTTP.
class InfluxRoutes : public ::testing::Test {
 protected:
  InfluxRoutes() {
    services_.write.emplace(
        WriteServices{ingester_, metadata_, tenants_, log_, *codec_, dead_letters_, *limiter_});
  }
  ~InfluxRoutes() override {
    if (server_ != nullptr) server_->stop(std::chrono::milliseconds(0));
    workers_.stop();
  }
  RawResponse request(std::string_view method, std::string_view target, std::string_view body = "",
                      std::string_view fields = "") {
    if (server_ == nullptr) start();
    return net::testing::RawClient(server_->port())
        .exchange(fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n{}\r\n{}", method,
                              target, body.size(), fields, body));
  }
  RawResponse write(std::string_view body, std::string_view target = "/write?db=d&precision=ms") {
    return request("POST", target, body);
  }
  /// The samples that came into the log since the last call: "tenant series value@time".
  std::vector<std::string> logged() {
    std::vector<std::string> out;
    for (const RecordingLog::Kept& record :
         log_.kept.with([](auto& all) { return std::exchange(all, {}); })) {
      Batch batch;
      EXPECT_TRUE(codec_->decode(record.payload, 1 << 20, Deadline::never(), batch).ok());
      for (const Batch::Series& series : batch.series()) {
        for (size_t i = 0; i < series.sample_count; ++i) {
          out.push_back(fmt::format("{} {} {}@{}", tenants_.name_of(record.tenant),
                                    batch.labels(series).to_string(), batch.values(series)[i],
                                    batch.timestamps_ms(series)[i]));
        }
      }
    }
    std::sort(out.begin(), out.end());
    return out;
  }
  static std::string text(const RawResponse& response, std::string_view name) {
    const auto body = boost::json::parse(response.body).as_object();
    return body.contains(name) ? std::string(body.at(name).as_string()) : response.body;
  }

  void start() {
    gateway_ = std::make_unique<Gateway>(services_);
    net::ServerOptions options;
    options.listen = "127.0.0.1:0";
    server_ = std::make_unique<net::HttpServer>(options, *gateway_, registry_);
    CHECK(server_->start().ok(), "the process listens");
  }

  os::sim::ManualClock clock_{kNow};
  telemetry::Registry registry_;
  std::unique_ptr<meta::MetaStore> meta_ = meta::sqlite::open(":memory:", clock_).value();
  tenant::TenantDirectory tenants_{*meta_};
  RecordingLog log_;
  log::MemoryLog dead_letter_log_{1};
  std::unique_ptr<wire::RecordCodec> codec_ = wire::batch_record_codec();
  ingest::Ingester ingester_{log_, *codec_, clock_, registry_};
  ingest::MetadataWriter metadata_{{}, *meta_, clock_, registry_};
  stream::DeadLetters dead_letters_{dead_letter_log_, registry_};
  std::unique_ptr<tenant::RateLimiter> limiter_ = tenant::create_memory_limiter({}, clock_);
  os::WorkerPool workers_{{}};
  Services services_{.registry = registry_,
                     .clock = clock_,
                     .workers = workers_,
                     .ready = [] { return ok_status(); },
                     .process = {.version = "1", .commit = "c", .roles = {"ingest"}},
                     .options = {}};
  std::unique_ptr<Gateway> gateway_;
  std::unique_ptr<net::HttpServer> server_;
};

TEST_F(InfluxRoutes, TakesLinesByBothVersions) {
  const RawResponse one = write("cpu,host=a idle=1.5,user=2i,s=\"x\" 1000\n");
  EXPECT_EQ(one.status, 204);
  EXPECT_EQ(one.body, "");
  EXPECT_EQ(write("cpu value=t 2000", "/api/v2/write?org=o&bucket=b&precision=ms").status, 204);
  EXPECT_THAT(logged(), ElementsAre(R"(default cpu_idle{host="a"} 1.5@1000)",
                                    R"(default cpu_user{host="a"} 2@1000)", "default cpu_value 1@2000"));
  EXPECT_THAT(registry_.to_text(), HasSubstr("weir_ingest_influx_strings_total 1\n"));
}

TEST_F(InfluxRoutes, TakesGzipAndRefusesOtherEncodings) {
  const std::string packed = wire::gzip("m f=1 1000000000", 1);
  EXPECT_EQ(request("POST", "/write", packed, "Content-Encoding: gzip\r\n").status, 204);
  EXPECT_EQ(request("POST", "/write", "m g=1 1000000000", "Content-Encoding: identity\r\n").status, 204);
  EXPECT_THAT(logged(), ElementsAre("default m_f 1@1000", "default m_g 1@1000"));
  const RawResponse zstd = request("POST", "/write", packed, "Content-Encoding: zstd\r\n");
  EXPECT_EQ(zstd.status, 415);
  EXPECT_THAT(text(zstd, "error"), HasSubstr("zstd"));
  EXPECT_EQ(request("POST", "/api/v2/write", "x", "Content-Encoding: gzip\r\n").status, 400);
}

TEST_F(InfluxRoutes, ReadsTimestampsByThePrecision) {
  for (const auto& [precision, time] : {std::pair("n", "7000000000"),
                                        {"us", "7000000"},
                                        {"u", "7000000"},
                                        {"ms", "7000"},
                                        {"s", "7"},
                                        {"", "7000000000"}}) {
    EXPECT_EQ(write(fmt::format("m f=1 {}", time), fmt::format("/write?precision={}", precision)).status,
              204);
    EXPECT_THAT(logged(), ElementsAre("default m_f 1@7000")) << precision;
  }
  const RawResponse one = write("m f=1", "/write?precision=d");
  EXPECT_EQ(one.status, 400);
  EXPECT_THAT(text(one, "error"), StartsWith("precision \"d\": expected ns, us, ms, s, m or h"));
  const RawResponse two = write("m f=1", "/api/v2/write?precision=rfc3339");
  EXPECT_EQ(two.status, 400);
  EXPECT_EQ(text(two, "code"), "invalid");
  EXPECT_THAT(logged(), IsEmpty());
}

TEST_F(InfluxRoutes, KeepsWhatIsGoodAndNamesTheRestByLine) {
  constexpr std::string_view kBody =
      "m f=1 1000\n"
      "m g=\n"
      "m h=1,i=2 1700009999999\n"
      "m,a f=1\n"
      "m j=1 2000\n";
  const RawResponse one = write(kBody);
  EXPECT_EQ(one.status, 400);
  EXPECT_EQ(one.field("Content-Type"), "application/json");
  EXPECT_EQ(one.field("Retry-After"), "");
  const std::string error = text(one, "error");
  EXPECT_EQ(one.field("X-Influxdb-Error"), error.substr(0, error.find('\n')));
  EXPECT_THAT(error,
              StartsWith("partial write: samples written 2, lines malformed 2, samples refused 2\n"
                         "line 2, column 5: expected a number, a boolean, or a string in quotes for field "
                         "\"g\", found the end of the line\n"
                         "line 3: too_far_in_future: m_h: "));
  EXPECT_THAT(error, HasSubstr("\nline 3: too_far_in_future: m_i: "));
  EXPECT_THAT(error, HasSubstr("\nline 4, column 4: expected \"=\""));
  EXPECT_THAT(logged(), ElementsAre("default m_f 1@1000", "default m_j 1@2000"));
  EXPECT_THAT(registry_.to_text(), HasSubstr("weir_ingest_influx_bad_lines_total 2\n"));

  const RawResponse two = write(kBody, "/api/v2/write?precision=ms");
  EXPECT_EQ(two.status, 400);
  EXPECT_EQ(text(two, "code"), "invalid");
  EXPECT_EQ(text(two, "message"), error);
}

TEST_F(InfluxRoutes, SaysWhenNothingIsKept) {
  EXPECT_THAT(text(write("GET / HTTP/1.1\r\n"), "error"),
              StartsWith("nothing written: lines malformed 1\nline 1, "));
  std::string many;
  for (int i = 0; i < 300; ++i) many += i % 2 == 0 ? "x\n" : "m f=1 1700009999999\n";
  const std::string error = text(write(many), "error");
  EXPECT_THAT(error, StartsWith("nothing written: lines malformed 150, samples refused 150\n"));
  EXPECT_EQ(std::count(error.begin(), error.end(), '\n'), 100);
  EXPECT_THAT(error, HasSubstr("\nline 100: "));
  EXPECT_THAT(logged(), IsEmpty());
}

TEST_F(InfluxRoutes, HoldsHeadersToWhatTheyMayHave) {
  const RawResponse response = write("m f=1", "/write?precision=%0d%0aX-Evil:%20%c3%a9");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.field("X-Evil"), "");
  EXPECT_THAT(response.field("X-Influxdb-Error"), StartsWith("precision \"?"));
}

TEST_F(InfluxRoutes, TakesTheTenantFromTheHeader) {
  EXPECT_EQ(request("POST", "/write?db=d&precision=ms", "m f=1 1", "X-Scope-OrgID: team-a\r\n").status, 204);
  EXPECT_EQ(request("POST", "/api/v2/write?org=o&bucket=b&precision=ms", "m f=1 2",
                    "X-Scope-OrgID: team-b\r\nAuthorization: Token t\r\n")
                .status,
            204);
  EXPECT_THAT(logged(), ElementsAre("team-a m_f 1@1", "team-b m_f 1@2"));
  const RawResponse response = request("POST", "/write", "m f=1", "X-Scope-OrgID: ../x\r\n");
  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(text(response, "error"), HasSubstr("X-Scope-OrgID"));
}

TEST_F(InfluxRoutes, LabelsWithTheDatabaseWhereItIsToldTo) {
  services_.options.influx_db_label = "db";
  EXPECT_EQ(write("m f=1 1", "/write?db=one&precision=ms").status, 204);
  EXPECT_EQ(write("m f=1 2", "/api/v2/write?bucket=two&db=no&precision=ms").status, 204);
  EXPECT_EQ(write("m f=1 3", "/write?precision=ms").status, 204);
  EXPECT_THAT(logged(),
              ElementsAre("default m_f 1@3", R"(default m_f{db="one"} 1@1)", R"(default m_f{db="two"} 1@2)"));
  EXPECT_EQ(write("m f=1", "/write?db=%ff").status, 400);
}

TEST_F(InfluxRoutes, TellsSendersToComeAgainWhenItCannot) {
  log_.failure = resource_exhausted("the queue is full");
  const RawResponse one = write("m f=1 1");
  EXPECT_EQ(one.status, 503);
  EXPECT_NE(one.field("Retry-After"), "");
  EXPECT_EQ(one.field("X-Weir-Accepted"), "0") << "another process may be tried";
  EXPECT_EQ(text(one, "error"), "the queue is full");
  log_.failure = Error{Code::kIo, "the disk is full"};
  const RawResponse two = write("m f=1 1", "/api/v2/write?precision=ms");
  EXPECT_EQ(two.status, 503);
  EXPECT_NE(two.field("Retry-After"), "");
  EXPECT_EQ(two.field("X-Weir-Accepted"), "");
  EXPECT_EQ(text(two, "code"), "unavailable");
}

TEST_F(InfluxRoutes, HoldsTenantsToTheirRate) {
  services_.options.limits.samples_per_second = 2;
  services_.options.limits.samples_burst = 2;
  EXPECT_EQ(write("m a=1,b=2 1").status, 204);
  const RawResponse one = write("m a=1,b=2 2");
  EXPECT_EQ(one.status, 503) << "senders of version 1 drop what is answered 429";
  EXPECT_EQ(one.field("Retry-After"), "1");
  EXPECT_EQ(one.field("X-Weir-Accepted"), "") << "another process would say the same";
  const RawResponse two = write("m a=1,b=2 2", "/api/v2/write?precision=ms");
  EXPECT_EQ(two.status, 429);
  EXPECT_EQ(two.field("Retry-After"), "1");
  EXPECT_EQ(text(two, "code"), "too many requests");
  const RawResponse large = write("m a=1,b=2,c=3 2", "/api/v2/write?precision=ms");
  EXPECT_EQ(large.status, 413);
  EXPECT_EQ(large.field("Retry-After"), "");
  EXPECT_EQ(text(large, "code"), "request too large");
  EXPECT_EQ(write("m a=1,b=2,c=3 2").status, 413);
}

TEST_F(InfluxRoutes, RefusesWhatIsTooLarge) {
  services_.options.json_elements_max = 2;
  services_.options.decoded_bytes_max = 1'000;
  EXPECT_EQ(write("m a=1,b=2 1").status, 204);
  EXPECT_EQ(write("m a=1,b=2,c=3 1").status, 413);
  const std::string bomb = wire::gzip(std::string(100'000, '\n'), 1);
  EXPECT_EQ(request("POST", "/api/v2/write", bomb, "Content-Encoding: gzip\r\n").status, 413);
  const std::string labels = "m,t=" + std::string(3'000, 'x') + " a=1,b=2 1";
  EXPECT_EQ(write(labels).status, 413) << "as series it is twice as large";
}

TEST_F(InfluxRoutes, AnswersWhatClientsAskFirst) {
  for (const char* method : {"GET", "HEAD"}) {
    const RawResponse ping = request(method, "/ping");
    EXPECT_EQ(ping.status, 204);
    EXPECT_EQ(ping.field("X-Influxdb-Version"), "1.8.10");
  }
  const RawResponse health = request("GET", "/health");
  EXPECT_EQ(health.status, 200);
  EXPECT_EQ(text(health, "status"), "pass");
  EXPECT_EQ(text(health, "name"), "weir");
}

TEST_F(InfluxRoutes, SaysWhenItIsNotReady) {
  services_.ready = [] { return Status(unavailable("stopping")); };
  const RawResponse health = request("GET", "/health");
  EXPECT_EQ(health.status, 503);
  EXPECT_EQ(text(health, "status"), "fail");
  EXPECT_EQ(text(health, "message"), "stopping");
}

TEST_F(InfluxRoutes, HasEveryDatabaseAndNoInfluxQl) {
  constexpr std::string_view kForm = "Content-Type: application/x-www-form-urlencoded\r\n";
  for (const char* statement : {"CREATE+DATABASE+%22telegraf%22",
                                "create%20database%20x%20WITH%20DURATION%201d", "+Create++Database+x;"}) {
    const RawResponse posted = request("POST", "/query", fmt::format("q={}", statement), kForm);
    EXPECT_EQ(posted.status, 200) << statement;
    EXPECT_EQ(posted.body, R"({"results":[{"statement_id":0}]})");
    EXPECT_EQ(request("GET", fmt::format("/query?q={}", statement)).body, posted.body);
  }
  const RawResponse databases = request("GET", "/query?q=show+databases;&db=x");
  EXPECT_EQ(databases.status, 200);
  EXPECT_EQ(databases.body,
            R"({"results":[{"statement_id":0,"series":[{"name":"databases","columns":["name"]}]}]})");
  for (const char* statement : {"SELECT+*+FROM+cpu", "SHOW+DATABASES+x", "CREATE+DATABASE",
                                "SHOW+MEASUREMENTS", "", "DROP+DATABASE+x"}) {
    const RawResponse response = request("GET", fmt::format("/query?q={}", statement));
    EXPECT_EQ(response.status, 400) << statement;
    EXPECT_THAT(text(response, "error"), HasSubstr("PromQL"));
  }
  EXPECT_EQ(request("GET", "/query?expr=up").body.find("InfluxQL"), std::string::npos)
      << "the console's page";
}

}  // namespace
}  // namespace weir::gateway
