#include "net/outbound_guard.h"

#include <cstdlib>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "net/http_client.h"
#include "net/testing/raw_listener.h"
#include "net/testing/test_server.h"

namespace weir::net {
namespace {

using ::testing::HasSubstr;
using testing::RawListener;
using testing::TestServer;

OutboundGuard guard_of(const OutboundPolicy& policy) {
  return OutboundGuard::create(policy).value();
}

Result<HttpResponse> send(const OutboundGuard& guard, const std::string& url) {
  ClientRequest request;
  request.url = url;
  request.guard = &guard;
  request.timeout = std::chrono::milliseconds(2'000);
  HttpClient client;
  return client.send(request);
}

// Ways to write this machine, its neighbours and clouds' services, most of them seen in attacks; `{}` is the
// port of a listener on 127.0.0.1 that nothing may reach.
constexpr std::string_view kInside[] = {
    "http://127.0.0.1:{}/",
    "http://127.0.0.1.:{}/",
    "http://127.1:{}/",
    "http://127.0.1:{}/",
    "http://2130706433:{}/",
    "http://017700000001:{}/",
    "http://0x7f000001:{}/",
    "http://0x7f.0x0.0x0.0x1:{}/",
    "http://0x7f.1:{}/",
    "http://0177.0.0.1:{}/",
    "http://0177.0.0.01:{}/",
    "http://00000177.0.0.1:{}/",
    "http://127.000.000.001:{}/",
    "http://127.0.0.1%2f:{}/",
    "http://127.0.0.0x1:{}/",
    "http://127.255.255.254:{}/",
    "http://0:{}/",
    "http://0.0.0.0:{}/",
    "http://0x0:{}/",
    "http://00.00.00.00:{}/",
    "http://[::]:{}/",
    "http://[::1]:{}/",
    "http://[0:0:0:0:0:0:0:1]:{}/",
    "http://[0000:0000:0000:0000:0000:0000:0000:0001]:{}/",
    "http://[::ffff:127.0.0.1]:{}/",
    "http://[::ffff:7f00:1]:{}/",
    "http://[0:0:0:0:0:ffff:127.0.0.1]:{}/",
    "http://[::127.0.0.1]:{}/",
    "http://[::7f00:1]:{}/",
    "http://[64:ff9b::127.0.0.1]:{}/",
    "http://[64:ff9b:1::7f00:1]:{}/",
    "http://[2002:7f00:1::]:{}/",
    "http://[2001:0:7f00:1::]:{}/",
    "http://[fe80::1]:{}/",
    "http://[fe80::1%25lo]:{}/",
    "http://[fec0::1]:{}/",
    "http://[fc00::1]:{}/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://[ff02::1]:{}/",
    "http://[2001:db8::1]:{}/",
    "http://localhost:{}/",
    "http://LOCALHOST:{}/",
    "http://localhost.:{}/",
    "http://a.localhost:{}/",
    "http://localhost%2e:{}/",
    "http://user@127.0.0.1:{}/",
    "http://user:password@127.0.0.1:{}/",
    "http://example.com@127.0.0.1:{}/",
    "http://example.com:80@127.0.0.1:{}/",
    "http://127.0.0.1:{}@example.com/",
    "http://example.com%40127.0.0.1:{}/",
    "http://127.0.0.1:{}#@example.com/",
    "http://127.0.0.1:{}?@example.com/",
    "http://127.0.0.1:{}\\@example.com/",
    "http://example.com\\@127.0.0.1:{}/",
    "http:\\\\127.0.0.1:{}\\",
    "http:/127.0.0.1:{}/",
    "http:127.0.0.1:{}/",
    "http:///127.0.0.1:{}/",
    "http://127。0。0。1:{}/",
    "http://①②⑦.⓪.⓪.①:{}/",
    "http://ⓛocalhost:{}/",
    "http:// 127.0.0.1:{}/",
    "http://127.0.0.1:{}\r\nHost: example.com/",
    "127.0.0.1:{}",
    "//127.0.0.1:{}/",
    "ftp://127.0.0.1:{}/",
    "gopher://127.0.0.1:{}/_GET",
    "dict://127.0.0.1:{}/stat",
    "telnet://127.0.0.1:{}/",
    "ldap://127.0.0.1:{}/",
    "smtp://127.0.0.1:{}/",
    "tftp://127.0.0.1:{}/x",
    "file:///etc/passwd",
    "file://127.0.0.1/etc/passwd",
    "jar:http://127.0.0.1:{}/!/",
    "http://169.254.169.254/latest/meta-data/",
    "http://0xa9fea9fe/latest/meta-data/",
    "http://2852039166/latest/meta-data/",
    "http://169.254.43518/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://100.100.100.200/latest/meta-data/",
    "http://168.63.129.16/",
    "http://192.0.0.192/opc/v1/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.0.1/",
    "http://100.64.0.1/",
    "http://198.18.0.1/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "",
};

TEST(OutboundGuard, ReachesNothingInside) {
  static_assert(std::size(kInside) > 60);
  RawListener trap;
  const OutboundGuard guard = guard_of({});
  for (const std::string_view form : kInside) {
    std::string url(form);
    if (const size_t at = url.find("{}"); at != std::string::npos)
      url.replace(at, 2, std::to_string(trap.port()));
    const auto answer = send(guard, url);
    ASSERT_FALSE(answer.ok()) << url;
    EXPECT_THAT(answer.error().code, ::testing::AnyOf(Code::kPermissionDenied, Code::kInvalidArgument,
                                                      Code::kUnavailable, Code::kDeadlineExceeded))
        << url;
    EXPECT_FALSE(trap.has_connection()) << url;
  }
}

// A name's address is looked at when the connection is made: that its answer changes after a check, as in DNS
// rebinding, cannot help.
TEST(OutboundGuard, LooksAtTheAddressOfTheConnection) {
  RawListener trap;
  const OutboundGuard guard = guard_of({});
  EXPECT_TRUE(guard.check(parse_url(fmt::format("http://localhost:{}/", trap.port())).value()).ok());
  const auto answer = send(guard, fmt::format("http://localhost:{}/", trap.port()));
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, Code::kPermissionDenied);
  EXPECT_THAT(answer.error().message, HasSubstr("not a public address (loopback)"));
  EXPECT_FALSE(trap.has_connection());
}

TEST(OutboundGuard, LetsThroughWhatIsAllowed) {
  testing::RunningServer server;
  const std::string by_address = fmt::format("http://127.0.0.1:{}/echo", server.port());
  const std::string by_name = fmt::format("http://localhost:{}/echo", server.port());
  EXPECT_EQ(send(guard_of({.networks = {"127.0.0.0/8"}}), by_address)->status, 200);
  EXPECT_EQ(send(guard_of({.hosts = {"LocalHost"}}), by_name)->status, 200);
  EXPECT_EQ(send(guard_of({.internal = true}), by_name)->status, 200);
  EXPECT_FALSE(send(guard_of({.hosts = {"localhost"}}), by_address).ok());
  EXPECT_FALSE(send(guard_of({.networks = {"10.0.0.0/8"}}), by_address).ok());
  EXPECT_FALSE(send(guard_of({.plain_http = false, .internal = true}), by_address).ok());
}

TEST(OutboundGuard, TrustsNamesAndThoseBelow) {
  const OutboundGuard guard = guard_of({.hosts = {"a.example", "*.b.example"}});
  for (const char* host : {"a.example", "A.EXAMPLE.", "x.b.example", "x.y.b.example"})
    EXPECT_TRUE(guard.trusts(host)) << host;
  for (const char* host : {"x.a.example", "b.example", "xb.example", "a.example.com", ""})
    EXPECT_FALSE(guard.trusts(host)) << host;
}

TEST(OutboundGuard, RefusesAPolicyThatIsNone) {
  EXPECT_FALSE(OutboundGuard::create({.hosts = {"https://x"}}).ok());
  EXPECT_FALSE(OutboundGuard::create({.hosts = {"*"}}).ok());
  EXPECT_FALSE(OutboundGuard::create({.networks = {"10.0.0.0/99"}}).ok());
}

TEST(OutboundGuard, FollowsNoRedirect) {
  RawListener trap;
  TestServer server;
  server.handler().on_http = [&](HttpRequest, Responder respond) {
    HttpResponse response;
    response.status = 302;
    response.headers.add("Location", fmt::format("http://127.0.0.1:{}/", trap.port()));
    respond(std::move(response));
  };
  server.start();
  const auto answer = send(guard_of({.internal = true}), fmt::format("http://127.0.0.1:{}/", server.port()));
  EXPECT_EQ(answer->status, 302);
  EXPECT_FALSE(trap.has_connection());
}

TEST(OutboundGuard, UsesNoConnectionOfAnUnguardedRequest) {
  testing::RunningServer server;
  HttpClient client;
  ClientRequest request;
  request.url = fmt::format("http://127.0.0.1:{}/echo", server.port());
  ASSERT_EQ(client.send(request)->status, 200);
  const OutboundGuard guard = guard_of({});
  request.guard = &guard;
  EXPECT_EQ(client.send(request).error().code, Code::kPermissionDenied);
  request.url = fmt::format("http://localhost:{}/echo", server.port());
  request.guard = nullptr;
  ASSERT_EQ(client.send(request)->status, 200);
  request.guard = &guard;
  EXPECT_EQ(client.send(request).error().code, Code::kPermissionDenied);
}

TEST(OutboundGuard, UsesNoProxyOfTheEnvironment) {
  testing::RunningServer server;
  RawListener trap;
  ::setenv("http_proxy", fmt::format("http://127.0.0.1:{}", trap.port()).c_str(), 1);
  const auto answer =
      send(guard_of({.internal = true}), fmt::format("http://127.0.0.1:{}/echo", server.port()));
  ::unsetenv("http_proxy");
  EXPECT_EQ(answer->status, 200);
  EXPECT_FALSE(trap.has_connection());
}

TEST(HttpClient, CutsAnAnswerThatIsTooLong) {
  TestServer server;
  server.handler().on_http = [&](HttpRequest, Responder respond) {
    respond(HttpResponse::text(200, std::string(100'000, 'x')));
  };
  server.start();
  ClientRequest request;
  request.url = fmt::format("http://127.0.0.1:{}/", server.port());
  request.response_bytes_max = 4'096;
  request.cut_response = true;
  HttpClient client;
  const auto answer = client.send(request);
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body.size(), 4'096u);
}

}  // namespace
}  // namespace weir::net
