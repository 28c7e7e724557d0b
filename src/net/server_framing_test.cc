#include <fmt/format.h>

#include "net/testing/test_server.h"

namespace weir::net {
namespace {

using testing::RawClient;
using testing::RawResponse;
using testing::RunningServer;

struct Malformed {
  std::string bytes;
  int status;
};

std::string chunked(std::string_view body) {
  return fmt::format("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{}", body);
}
std::string fields(std::string_view more) {
  return fmt::format("POST /echo HTTP/1.1\r\nHost: a\r\n{}\r\n", more);
}

/// What request smuggling and response splitting are made of, as it goes over the wire.
std::vector<Malformed> corpus() {
  return {
      // Request lines.
      {"GET / HTTP/1.1\nHost: a\n\n", 400},
      {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {" GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET /\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400},
      {"GET / http/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/1.10\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/0.9\r\nHost: a\r\n\r\n", 505},
      {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"G@T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {std::string("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", 28), 400},
      {"GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET /%2 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03", 11), 400},
      {"\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      // Field lines.
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\tz\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\n: y\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: a\nY: b\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: a\rY: b\r\n\r\n", 400},
      {std::string("GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n", 33), 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nX(): y\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\n\n", 400},
      {"GET / HTTP/1.1\r\nHost: a/../b\r\n\r\n", 400},
      {fields("Expect: the-unexpected\r\n"), 417},
      // Body length.
      {fields("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400},
      {fields("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400},
      {fields("Content-Length: 5\r\nContent-Length: 5\r\n"), 400},
      {fields("Content-Length: 5\r\nContent-Length: 6\r\n"), 400},
      {fields("Content-Length: 5, 5\r\n"), 400},
      {fields("Content-Length: -5\r\n"), 400},
      {fields("Content-Length: +5\r\n"), 400},
      {fields("Content-Length: 0x5\r\n"), 400},
      {fields("Content-Length: 5a\r\n"), 400},
      {fields("Content-Length: \r\n"), 400},
      {fields("Content-Length: 99999999999999999999\r\n"), 400},
      {fields("Content-Length : 5\r\n"), 400},
      {fields("Transfer-Encoding: identity\r\n"), 400},
      {fields("Transfer-Encoding: gzip, chunked\r\n"), 400},
      {fields("Transfer-Encoding: chunked, chunked\r\n"), 400},
      {fields("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"), 400},
      {fields("Transfer-Encoding: \"chunked\"\r\n"), 400},
      {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      // Chunks.
      {chunked("x\r\n"), 400},
      {chunked("-2\r\nab\r\n"), 400},
      {chunked("0x2\r\nab\r\n"), 400},
      {chunked("2 \r\nab\r\n"), 400},
      {chunked("2\nab\r\n"), 400},
      {chunked("2\r\nabc\r\n"), 400},
      {chunked("2\r\nab\n"), 400},
      {chunked("2;a=\"\n\"\r\nab\r\n"), 400},
      {chunked("10000000000000001\r\na"), 400},
      {chunked("0\r\nA: b\r\n c\r\n\r\n"), 400},
      {chunked("0\r\n\n"), 400},
      {chunked("FFFFFFFFFFFFFFFF\r\n"), 413},
  };
}

TEST(ServerFraming, RefusesTheMalformedAndClosesWithoutReadingOn) {
  RunningServer server;
  const std::string smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
  for (const Malformed& request : corpus()) {
    RawClient client = server.client();
    client.send(request.bytes);
    client.send(smuggled);
    const RawResponse response = client.receive();
    EXPECT_EQ(response.status, request.status) << request.bytes;
    EXPECT_EQ(response.field("Connection"), "close") << request.bytes;
    EXPECT_TRUE(client.ends()) << request.bytes;
  }
  EXPECT_TRUE(server.idle());
}

TEST(ServerFraming, DecidesTheSameHoweverTheBytesAreCut) {
  RunningServer server;
  for (const Malformed& request : corpus()) {
    RawClient client = server.client();
    for (const char c : request.bytes) {
      if (!client.send({&c, 1})) break;
    }
    EXPECT_EQ(client.receive().status, request.status) << request.bytes;
  }
}

TEST(ServerFraming, TrailersAreNoHeaders) {
  testing::TestServer server;
  Headers seen;
  server.handler().on_http = [&](HttpRequest request, Responder respond) {
    seen = request.headers;
    respond({});
  };
  server.start();
  EXPECT_EQ(server.client().exchange(chunked("1\r\na\r\n0\r\nX-Scope-OrgID: other\r\n\r\n")).status, 200);
  EXPECT_FALSE(seen.has("X-Scope-OrgID"));
}

TEST(ServerFraming, CountsWhatItRefuses) {
  RunningServer server;
  server.client().exchange("GET / HTTP/1.1\r\n\r\n");
  server.client().exchange(fields("Expect: x\r\n"));
  EXPECT_TRUE(server.counted("weir_http_rejected_total{reason=\"framing\"} 1"));
  EXPECT_TRUE(server.counted("weir_http_rejected_total{reason=\"expectation\"} 1"));
}

}  // namespace
}  // namespace weir::net
