#include "net/http_client.h"

#include <fmt/format.h>

#include "net/testing/test_server.h"

namespace weir::net {
namespace {

using testing::RunningServer;
using testing::TestServer;

ClientRequest request_to(const TestServer& server, std::string_view path) {
  ClientRequest request;
  request.url = fmt::format("http://127.0.0.1:{}{}", server.port(), path);
  return request;
}

TEST(HttpClient, SendsAndReceives) {
  TestServer server;
  HttpRequest seen;
  server.handler().on_http = [&](HttpRequest request, Responder respond) {
    seen = std::move(request);
    HttpResponse response = HttpResponse::json(207, "{}");
    response.headers.add("X-B", " c ");
    respond(std::move(response));
  };
  server.start();
  HttpClient client;
  ClientRequest request = request_to(server, "/a?b=c");
  request.method = "POST";
  request.body = std::string("x\0y", 3);
  request.headers.add("X-Scope-OrgID", "t");
  request.headers.add("X-Empty", "");
  const auto response = client.send(request);
  ASSERT_TRUE(response.ok()) << response.error().message;
  EXPECT_EQ(response->status, 207);
  EXPECT_EQ(response->body, "{}");
  EXPECT_EQ(response->headers.get("content-type"), "application/json");
  EXPECT_EQ(response->headers.get("X-B"), "c");
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.body, request.body);
  EXPECT_EQ(seen.headers.get("X-Scope-OrgID"), "t");
  EXPECT_TRUE(seen.headers.has("X-Empty"));
}

TEST(HttpClient, KeepsTheConnectionAndForgetsTheRequest) {
  RunningServer server;
  HttpClient client;
  ClientRequest post = request_to(server, "/echo");
  post.method = "PUT";
  post.body = "body";
  EXPECT_EQ(client.send(post)->body, "PUT /echo body");
  EXPECT_EQ(client.send(request_to(server, "/echo"))->body, "GET /echo ");
  ClientRequest head = request_to(server, "/echo");
  head.method = "HEAD";
  EXPECT_EQ(client.send(head)->body, "");
  EXPECT_EQ(client.send(request_to(server, "/refuse"))->status, 404);
  EXPECT_TRUE(server.counted("weir_http_connections_accepted_total 1"));
}

TEST(HttpClient, ReadsTheFieldsOfTheFinalAnswer) {
  TestServer server;
  server.handler().on_policy = [](std::string_view) { return RoutePolicy{.body_bytes_max = 4 << 20}; };
  server.start();
  HttpClient client;
  ClientRequest request = request_to(server, "/echo");
  request.method = "POST";
  request.body = std::string(2 << 20, 'x');  // large enough for curl to expect 100 Continue
  const auto response = client.send(request);
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->body.size(), request.body.size() + std::string_view("POST /echo ").size());
  EXPECT_EQ(response->headers.get("Server"), "weir");
}

TEST(HttpClient, FollowsNoRedirect) {
  TestServer server;
  server.handler().on_http = [&](HttpRequest, Responder respond) {
    HttpResponse response;
    response.status = 302;
    response.headers.add("Location", "/elsewhere");
    respond(std::move(response));
  };
  server.start();
  EXPECT_EQ(HttpClient().send(request_to(server, "/"))->status, 302);
}

TEST(HttpClient, LimitsTheAnswer) {
  TestServer server;
  server.handler().on_http = [&](HttpRequest, Responder respond) {
    respond(HttpResponse::text(200, std::string(100'000, 'x')));
  };
  server.start();
  ClientRequest request = request_to(server, "/");
  request.response_bytes_max = 100'000;
  HttpClient client;
  EXPECT_EQ(client.send(request)->body.size(), 100'000u);
  request.response_bytes_max = 99'999;
  const auto refused = client.send(request);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Code::kResourceExhausted);
}

TEST(HttpClient, GivesUpInTime) {
  RunningServer server;
  ClientRequest request = request_to(server, "/hold");
  request.timeout = std::chrono::milliseconds(50);
  const auto late = HttpClient().send(request);
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().code, Code::kDeadlineExceeded);
  EXPECT_NE(late.error().message.find(std::to_string(server.port())), std::string::npos);
}

TEST(HttpClient, NamesTheAddressThatDoesNotAnswer) {
  ClientRequest request;
  request.url = "http://127.0.0.1:1/x";
  const auto refused = HttpClient().send(request);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Code::kUnavailable);
  EXPECT_NE(refused.error().message.find("127.0.0.1:1"), std::string::npos) << refused.error().message;
}

TEST(HttpClient, RefusesWhatItMustNotSend) {
  HttpClient client;
  ClientRequest request;
  for (const char* url :
       {"", "file:///etc/passwd", "ftp://a/", "gopher://a/", "http://", "://", "httpx://a/", "http://a b/"}) {
    request.url = url;
    const auto refused = client.send(request);
    ASSERT_FALSE(refused.ok()) << url;
    EXPECT_EQ(refused.error().code, Code::kInvalidArgument) << refused.error().message;
  }
  request.url = "http://127.0.0.1:1/";
  for (const auto& [name, value] :
       {std::pair<std::string, std::string>{"A", "b\r\nC: d"}, {"A b", "c"}, {"", "c"}}) {
    request.headers = {};
    request.headers.add(name, value);
    EXPECT_EQ(client.send(request).error().code, Code::kInvalidArgument) << name;
  }
  request.headers = {};
  request.method = "GET / HTTP/1.1\r\n";
  EXPECT_EQ(client.send(request).error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace weir::net
