#include "schema/registry_client.h"

#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "schema/fake_registry_test.h"

namespace weir::schema {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class RegistryClientTest : public ::testing::Test {
 protected:
  RegistryClient client() { return RegistryClient(registry_.options(), os::system_clock(), metrics_); }
  static Deadline soon(int ms = 10'000) { return Deadline::after(os::system_clock(), os::milliseconds(ms)); }

  telemetry::Registry metrics_;
  FakeRegistry registry_;
};

TEST_F(RegistryClientTest, AsksAsTheApiSays) {
  net::HttpRequest seen;
  registry_.answer = [&](net::HttpRequest request, net::Responder respond) {
    seen = std::move(request);
    respond(net::HttpResponse::json(200, R"({"id":5})"));
  };
  RegistryClient registry = client();
  EXPECT_EQ(registry.register_schema("a/b c-value", "\"int\"", soon()).value(), SchemaId(5));
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.path, "/api/subjects/a/b c-value/versions") << "percent-encoded, or it would not parse";
  EXPECT_EQ(seen.headers.get("Content-Type"), "application/vnd.schemaregistry.v1+json");
  EXPECT_EQ(seen.body, R"({"schemaType":"AVRO","schema":"\"int\""})");
  EXPECT_FALSE(seen.headers.has("Authorization"));
}

TEST_F(RegistryClientTest, AuthenticatesAndNeverSaysThePassword) {
  std::string authorization;
  registry_.answer = [&](net::HttpRequest request, net::Responder respond) {
    authorization = request.headers.get("Authorization");
    respond(net::HttpResponse::json(401, R"({"error_code":40101,"message":"no"})"));
  };
  RegistryOptions options = registry_.options();
  options.user = "weir";
  options.password = "s3cret";
  RegistryClient registry(options, os::system_clock(), metrics_);
  const auto refused = registry.schema(SchemaId(1), soon());
  EXPECT_EQ(authorization, "Basic d2VpcjpzM2NyZXQ=");
  EXPECT_EQ(refused.error().code, Code::kPermissionDenied);
  EXPECT_EQ(registry_.requests, 1) << "another try would not help";

  options.url = "htp://weir:s3cret@host/";
  RegistryClient lost(options, os::system_clock(), metrics_);
  const Error error = lost.schema(SchemaId(1), soon()).error();
  EXPECT_EQ(error.code, Code::kInvalidArgument);
  EXPECT_THAT(error.message, Not(HasSubstr("s3cret")));
}

TEST_F(RegistryClientTest, RemembersForEver) {
  registry_.answer = [](net::HttpRequest request, net::Responder respond) {
    respond(
        net::HttpResponse::json(200, request.method == "POST" ? R"({"id":5})" : R"({"schema":"\"long\""})"));
  };
  RegistryClient registry = client();
  ASSERT_TRUE(registry.register_schema("s", "\"int\"", soon()).ok());
  EXPECT_EQ(registry.schema(SchemaId(9), soon()).value(), "\"long\"");
  EXPECT_EQ(registry_.requests, 2);
  registry_.stop();
  EXPECT_EQ(registry.register_schema("s", "\"int\"", soon()).value(), SchemaId(5));
  EXPECT_EQ(registry.schema(SchemaId(9), soon()).value(), "\"long\"");
  EXPECT_EQ(registry.schema(SchemaId(5), soon()).value(), "\"int\"") << "what it registered it knows";
  EXPECT_EQ(registry.schema(SchemaId(6), soon()).error().code, Code::kUnavailable);
  EXPECT_EQ(registry.register_schema("t", "\"int\"", soon()).error().code, Code::kUnavailable);
}

TEST_F(RegistryClientTest, AsksAgainOnceAndOnlyWhenThatMayHelp) {
  registry_.answer = [this](net::HttpRequest, net::Responder respond) {
    respond(registry_.requests == 1
                ? net::HttpResponse::json(500, R"({"error_code":50001,"message":"store"})")
                : net::HttpResponse::json(200, R"({"schema":"x"})"));
  };
  EXPECT_EQ(client().schema(SchemaId(1), soon()).value(), "x");
  EXPECT_EQ(registry_.requests, 2);

  for (const auto& [status, body, code, requests] :
       {std::tuple{500, R"({"error_code":50001,"message":"store"})", Code::kInternal, 2},
        std::tuple{503, "", Code::kUnavailable, 2},
        std::tuple{404, R"({"error_code":40403,"message":"no"})", Code::kNotFound, 1},
        std::tuple{404, "elsewhere", Code::kCorruption, 1}, std::tuple{200, "garbage", Code::kCorruption, 1},
        std::tuple{200, "", Code::kCorruption, 1}}) {
    registry_.requests = 0;
    registry_.answer_with(status, body);
    const auto failed = client().schema(SchemaId(1), soon());
    EXPECT_EQ(failed.error().code, code) << failed.error().message;
    EXPECT_EQ(registry_.requests, requests) << status << body;
  }
}

TEST_F(RegistryClientTest, AFailureIsNotRemembered) {
  registry_.answer_with(404, R"({"error_code":40403,"message":"no"})");
  RegistryClient registry = client();
  EXPECT_EQ(registry.schema(SchemaId(1), soon()).error().code, Code::kNotFound);
  registry_.answer_with(200, R"({"schema":"x"})");
  EXPECT_EQ(registry.schema(SchemaId(1), soon()).value(), "x");
}

TEST_F(RegistryClientTest, GivesUpInTime) {
  std::vector<net::Responder> held;
  registry_.answer = [&](net::HttpRequest, net::Responder respond) { held.push_back(std::move(respond)); };
  const auto late = client().schema(SchemaId(1), soon(100));
  EXPECT_EQ(late.error().code, Code::kDeadlineExceeded) << late.error().message;
  EXPECT_EQ(client().schema(SchemaId(1), soon(-1)).error().code, Code::kDeadlineExceeded);
  registry_.stop();
}

TEST_F(RegistryClientTest, RefusesAnEndlessAnswer) {
  registry_.answer_with(200, std::string(5u << 20, ' '));
  EXPECT_EQ(client().schema(SchemaId(1), soon()).error().code, Code::kCorruption);
}

TEST_F(RegistryClientTest, AsksEqualQuestionsOnce) {
  Guarded<std::vector<net::Responder>> held;
  registry_.answer = [&](net::HttpRequest, net::Responder respond) {
    held.with([&](auto& all) { all.push_back(std::move(respond)); });
  };
  RegistryClient registry = client();
  std::atomic<int> good = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] { good += registry.schema(SchemaId(3), soon()).ok(); });
  }
  ASSERT_TRUE(net::testing::eventually([&] { return held.with([](auto& all) { return all.size(); }) == 1; }));
  // One who cannot wait so long goes without an answer, and does not ask either.
  EXPECT_EQ(registry.schema(SchemaId(3), soon(50)).error().code, Code::kDeadlineExceeded);
  held.with([](auto& all) { all[0](net::HttpResponse::json(200, R"({"schema":"x"})")); });
  threads.clear();
  EXPECT_EQ(good, 8);
  EXPECT_EQ(registry_.requests, 1);
}

TEST_F(RegistryClientTest, StopsCallingARegistryThatIsDown) {
  RegistryClient registry = client();
  registry_.stop();
  for (int i = 0; i < 2; ++i) EXPECT_FALSE(registry.schema(SchemaId(1), soon()).ok());
  EXPECT_EQ(registry.breaker().name(), "schema registry");
  EXPECT_EQ(registry.breaker().status().state, resilience::BreakerState::kOpen);
  const Error refused = registry.schema(SchemaId(1), soon()).error();
  EXPECT_EQ(refused.code, Code::kUnavailable);
  EXPECT_EQ(registry.breaker().status().refused_total, 1u) << "asked once, for it would be refused again";
}

TEST_F(RegistryClientTest, AnswersOfTheRegistryKeepTheBreakerClosed) {
  registry_.answer_with(404, R"({"error_code":40403,"message":"no"})");
  RegistryClient registry = client();
  for (int i = 0; i < 50; ++i) EXPECT_EQ(registry.schema(SchemaId(1), soon()).error().code, Code::kNotFound);
  EXPECT_EQ(registry.breaker().status().state, resilience::BreakerState::kClosed);
}

TEST_F(RegistryClientTest, SetsBackwardUnlessStricter) {
  std::string level;
  std::string put;
  registry_.answer = [&](net::HttpRequest request, net::Responder respond) {
    if (request.method == "PUT") {
      put = request.body;
      return respond(net::HttpResponse::json(200, request.body));
    }
    if (level.empty())
      return respond(net::HttpResponse::json(404, R"({"error_code":40408,"message":"unset"})"));
    respond(net::HttpResponse::json(200, fmt::format(R"({{"compatibilityLevel":"{}"}})", level)));
  };
  RegistryClient registry = client();
  for (const auto& [found, written] : {std::pair{"", true},
                                       {"NONE", true},
                                       {"FORWARD", true},
                                       {"FORWARD_TRANSITIVE", true},
                                       {"BACKWARD", false},
                                       {"BACKWARD_TRANSITIVE", false},
                                       {"FULL", false},
                                       {"FULL_TRANSITIVE", false}}) {
    level = found;
    put.clear();
    EXPECT_TRUE(registry.require_backward("s", soon()).ok()) << found;
    EXPECT_EQ(put, written ? R"({"compatibility":"BACKWARD"})" : "") << found;
  }
  registry_.answer_with(403, R"({"error_code":40301,"message":"read only"})");
  EXPECT_EQ(registry.require_backward("s", soon()).error().code, Code::kPermissionDenied);
}

TEST_F(RegistryClientTest, SaysWhichVersionASchemaBreaks) {
  registry_.answer = [](net::HttpRequest request, net::Responder respond) {
    if (request.method == "GET") return respond(net::HttpResponse::json(200, R"({"version":4,"id":1})"));
    respond(net::HttpResponse::json(200, R"({"is_compatible":false,"messages":["field x"]})"));
  };
  const Error error = client().check_compatible("topic-value", "\"int\"", soon()).error();
  EXPECT_EQ(error.code, Code::kFailedPrecondition);
  EXPECT_THAT(error.message, HasSubstr("version 4: field x"));
  EXPECT_THAT(error.message, HasSubstr("topic-value"));
  registry_.answer_with(200, R"({"is_compatible":false})");  // to every question
  EXPECT_THAT(client().check_compatible("s", "\"int\"", soon()).error().message,
              HasSubstr("the latest version"));
  registry_.answer_with(404, R"({"error_code":40401,"message":"no subject"})");
  EXPECT_TRUE(client().check_compatible("s", "\"int\"", soon()).ok());
}

}  // namespace
}  // namespace weir::schema
