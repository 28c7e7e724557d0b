#include <fmt/format.h>

#include "net/listener.h"
#include "net/testing/test_server.h"

namespace weir::net {
namespace {

using testing::eventually;
using testing::RawClient;
using testing::RawResponse;
using testing::RunningServer;
using testing::TestServer;

std::string post(std::string_view path, std::string_view body, std::string_view fields = "") {
  return fmt::format("POST {} HTTP/1.1\r\nHost: a\r\n{}Content-Length: {}\r\n\r\n{}", path, fields,
                     body.size(), body);
}
std::string get(std::string_view path) {
  return fmt::format("GET {} HTTP/1.1\r\nHost: a\r\n\r\n", path);
}

TEST(HttpServer, AnswersAndKeepsTheConnection) {
  RunningServer server;
  RawClient client = server.client();
  for (int i = 0; i < 3; ++i) {
    const RawResponse response = client.exchange(post("/e%63ho?x=1", "body"));
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "POST /echo body");
    EXPECT_EQ(response.field("Server"), "weir");
    EXPECT_EQ(response.field("Content-Type"), "text/plain; charset=utf-8");
    EXPECT_EQ(response.field("Connection"), "");
    EXPECT_EQ(response.field("Date").size(), 29u);
  }
}

TEST(HttpServer, HandsTheWholeRequestToTheHandler) {
  TestServer server;
  HttpRequest seen;
  server.handler().on_http = [&](HttpRequest request, Responder respond) {
    seen = std::move(request);
    respond({});
  };
  server.start();
  EXPECT_EQ(server.client().exchange(post("/a?b=c", "body", "X-A: 1\r\nX-A: 2\r\n")).status, 200);
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.path, "/a");
  EXPECT_EQ(seen.query.get("b"), "c");
  EXPECT_EQ(seen.headers.get("x-a"), "1");
  EXPECT_EQ(seen.headers.all().size(), 4u);
  EXPECT_EQ(seen.body, "body");
  EXPECT_TRUE(seen.remote.starts_with("127.0.0.1:"));
  EXPECT_TRUE(seen.remote_is_loopback);
}

TEST(HttpServer, TakesABodyInAnyPieces) {
  RunningServer server;
  RawClient client = server.client();
  for (const char c : post("/echo", "length")) ASSERT_TRUE(client.send({&c, 1}));
  EXPECT_EQ(client.receive().body, "POST /echo length");
  for (const char c : std::string_view("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                                       "3;x=y\r\nchu\r\n4\r\nnked\r\n0\r\nTrailer: x\r\n\r\n")) {
    ASSERT_TRUE(client.send({&c, 1}));
  }
  EXPECT_EQ(client.receive().body, "POST /echo chunked");
}

TEST(HttpServer, AnswersPipelinedRequestsInOrder) {
  RunningServer server;
  RawClient client = server.client();
  std::string requests;
  for (int i = 0; i < 100; ++i)
    requests += i % 2 == 0 ? get(fmt::format("/{}", i)) : post(fmt::format("/{}", i), "b");
  client.send(requests);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(client.receive().body, i % 2 == 0 ? fmt::format("GET /{} ", i) : fmt::format("POST /{} b", i));
  }
}

TEST(HttpServer, AnswersHeadWithoutBody) {
  RunningServer server;
  RawClient client = server.client();
  client.send("HEAD /echo HTTP/1.1\r\nHost: a\r\n\r\n" + get("/next"));
  const RawResponse head = client.receive(true);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.field("Content-Length"), std::to_string(std::string_view("HEAD /echo ").size()));
  EXPECT_EQ(client.receive().body, "GET /next ");
}

TEST(HttpServer, ClosesWhenAskedTo) {
  RunningServer server;
  RawClient close = server.client();
  EXPECT_EQ(close.exchange("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").field("Connection"),
            "close");
  EXPECT_TRUE(close.ends());
  RawClient old = server.client();
  EXPECT_EQ(old.exchange("GET / HTTP/1.0\r\n\r\n").field("Connection"), "close");
  EXPECT_TRUE(old.ends());
}

TEST(HttpServer, KeepsHttp10AliveWhenAskedTo) {
  RunningServer server;
  RawClient client = server.client();
  for (int i = 0; i < 2; ++i) {
    const RawResponse response = client.exchange("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(response.field("Connection"), "keep-alive");
    EXPECT_EQ(response.status, 200);
  }
}

TEST(HttpServer, AnswersAClientThatHasFinishedSending) {
  RunningServer server;
  RawClient client = server.client();
  client.send(post("/echo", "x"));
  client.finish_sending();
  EXPECT_EQ(client.receive().body, "POST /echo x");
  EXPECT_TRUE(client.ends());
}

TEST(HttpServer, ContinuesOnlyWhenTheBodyIsWelcome) {
  RunningServer server;
  RawClient client = server.client();
  const std::string_view expect = "Expect: 100-continue\r\n";
  client.send(fmt::format("POST /echo HTTP/1.1\r\nHost: a\r\n{}Content-Length: 4\r\n\r\n", expect));
  EXPECT_EQ(client.receive().status, 100);
  client.send("body");
  EXPECT_EQ(client.receive().body, "POST /echo body");
  client.send(fmt::format("POST /echo HTTP/1.1\r\nHost: a\r\n{}Content-Length: 1001\r\n\r\n", expect));
  EXPECT_EQ(client.receive().status, 413);
  EXPECT_TRUE(client.ends());
  // One that does not wait gets no interim answer.
  EXPECT_EQ(server.client().exchange(post("/echo", "body", expect)).status, 200);
}

TEST(HttpServer, RefusesByPolicyBeforeTheBody) {
  RunningServer server;
  RawClient client = server.client();
  EXPECT_EQ(client.exchange(get("/refuse")).body, "no such route\n");
  EXPECT_EQ(client.exchange("POST /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n").status,
            404);
  EXPECT_TRUE(client.ends());
}

TEST(HttpServer, AnswersDroppedRequestsWith500) {
  RunningServer server;
  RawClient client = server.client();
  EXPECT_EQ(client.exchange(get("/drop")).status, 500);
  EXPECT_EQ(client.exchange(get("/echo")).status, 200);
}

TEST(HttpServer, MendsImpossibleAnswers) {
  TestServer server;
  server.handler().on_http = [&](HttpRequest request, Responder respond) {
    HttpResponse response = HttpResponse::text(std::stoi(request.path.substr(1)), "body");
    response.headers.add("X-A", "b\r\nX-C: d");
    respond(std::move(response));
  };
  server.start();
  RawClient client = server.client();
  EXPECT_EQ(client.exchange(get("/0")).status, 500);
  EXPECT_EQ(client.exchange(get("/101")).status, 500);
  EXPECT_EQ(client.exchange(get("/204")).status, 204);
  EXPECT_EQ(client.exchange(get("/304")).status, 304);
  const RawResponse split = client.exchange(get("/200"));
  EXPECT_EQ(split.field("X-A"), "b  X-C: d");
  EXPECT_EQ(split.field("X-C"), "");
}

TEST(HttpServer, TakesAnswersFromOtherThreads) {
  RunningServer server;
  RawClient client = server.client();
  client.send(get("/hold") + get("/echo"));
  ASSERT_TRUE(eventually([&] { return server.handler().held_count() == 1; }));
  os::Thread("answer", [&](std::stop_token) {
    for (Responder& respond : server.handler().take_held()) respond(HttpResponse::text(200, "late"));
  }).join();
  EXPECT_EQ(client.receive().body, "late");
  EXPECT_EQ(client.receive().body, "GET /echo ");
}

TEST(HttpServer, SendsLargeAnswers) {
  TestServer server;
  const std::string body(16 << 20, 'x');
  server.handler().on_http = [&](HttpRequest, Responder respond) { respond(HttpResponse::text(200, body)); };
  server.start();
  EXPECT_EQ(server.client().exchange(get("/")).body, body);
  EXPECT_TRUE(server.idle());
}

TEST(HttpServer, OutlivesClientsThatVanish) {
  TestServer server;
  server.handler().on_http = [handler = &server.handler()](HttpRequest request, Responder respond) {
    if (request.path == "/big") return respond(HttpResponse::text(200, std::string(32 << 20, 'x')));
    handler->held.with([&](auto& all) { all.push_back(std::move(respond)); });
  };
  server.start();
  RawClient reads_a_little = server.client();
  reads_a_little.send(get("/big") + get("/big"));
  RawClient while_handled = server.client();
  while_handled.send(get("/hold"));
  ASSERT_TRUE(eventually([&] { return server.handler().held_count() == 1; }));
  RawClient in_the_body = server.client();
  in_the_body.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc");
  reads_a_little.reset();
  while_handled.reset();
  in_the_body.reset();
  for (Responder& respond : server.handler().take_held())
    respond(HttpResponse::text(200, "nobody reads this"));
  EXPECT_TRUE(server.idle());
}

TEST(HttpServer, LetsRespondersOutliveIt) {
  std::vector<Responder> answered, dropped;
  {
    RunningServer server;
    RawClient one = server.client(), two = server.client();
    one.send(get("/hold"));
    two.send(get("/hold"));
    ASSERT_TRUE(eventually([&] { return server.handler().held_count() == 2; }));
    answered = server.handler().take_held();
    dropped.push_back(std::move(answered.back()));
    answered.pop_back();
  }
  answered.front()(HttpResponse::text(200, "too late"));
}

TEST(HttpServer, ServesManyConnectionsAtOnce) {
  ServerOptions options;
  options.threads = 3;
  TestServer server(options);
  os::WorkerPool pool({.name = "handler", .threads = 2});
  server.handler().on_http = [&](HttpRequest request, Responder respond) {
    auto task = [body = std::move(request.body), respond = std::move(respond)]() mutable {
      respond(HttpResponse::text(200, std::move(body)));
    };
    ASSERT_TRUE(pool.post(std::move(task)).ok());
  };
  server.start();
  constexpr int kConnections = 50, kRequests = 20;
  std::atomic<int> right = 0;
  std::vector<os::Thread> threads;
  for (int t = 0; t < 5; ++t) {
    threads.emplace_back("client", [&, t](std::stop_token) {
      std::vector<RawClient> clients;
      for (int i = 0; i < kConnections / 5; ++i) clients.push_back(server.client());
      for (int i = 0; i < kRequests; ++i) {
        for (size_t c = 0; c < clients.size(); ++c)
          clients[c].send(post("/", fmt::format("{}-{}-{}", t, c, i)));
        for (size_t c = 0; c < clients.size(); ++c)
          right += clients[c].receive().body == fmt::format("{}-{}-{}", t, c, i);
      }
    });
  }
  for (os::Thread& thread : threads) thread.join();
  EXPECT_EQ(right, kConnections * kRequests);
  EXPECT_TRUE(server.idle());
  EXPECT_TRUE(server.counted("weir_http_connections_accepted_total 50"));
  EXPECT_TRUE(server.counted("weir_http_requests_in_flight 0"));
}

TEST(HttpServer, SaysWhyItCannotListen) {
  RunningServer first;
  telemetry::Registry registry;
  testing::TestHandler handler;
  ServerOptions options;
  options.listen = fmt::format("127.0.0.1:{}", first.port());
  HttpServer second(options, handler, registry);
  const Status started = second.start();
  ASSERT_FALSE(started.ok());
  EXPECT_EQ(started.error().code, Code::kUnavailable);
  EXPECT_NE(started.error().message.find("in use"), std::string::npos);
}

TEST(ParseListen, UnderstandsHostAndPort) {
  EXPECT_EQ(parse_listen("127.0.0.1:8080")->port(), 8080);
  EXPECT_TRUE(parse_listen("[::1]:0")->address().is_v6());
  EXPECT_TRUE(parse_listen("localhost:80")->address().is_loopback());
  for (const char* text : {"", ":", "8080", ":8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
                           "127.0.0.1:-1", "127.0.0.1:8a", "::1:8080", "127.0.0.1:80 "}) {
    const auto parsed = parse_listen(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.error().code, Code::kInvalidArgument);
  }
}

}  // namespace
}  // namespace weir::net
