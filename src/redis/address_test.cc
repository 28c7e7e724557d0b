#include "redis/address.h"

#include <gtest/gtest.h>

namespace weir::redis {
namespace {

TEST(RedisAddress, SplitsHostAndPort) {
  const HostPort name = parse_address("db.example:6379").value();
  EXPECT_EQ(name.host, "db.example");
  EXPECT_EQ(name.port, "6379");
  EXPECT_EQ(parse_address("[::1]:1").value().host, "::1");
  EXPECT_EQ(parse_address("127.0.0.1:65535").value().port, "65535");
}

TEST(RedisAddress, RefusesAnythingElse) {
  for (const char* text : {"", ":", "host", "host:", ":6379", "host:0", "host:65536", "host:6379x", "host:-1",
                           "host:+1", "::1:6379", "[]:6379", "host: 6379"}) {
    const auto parsed = parse_address(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.error().code, Code::kInvalidArgument);
  }
}

TEST(RedisResolver, ResolvesNumbersAndNames) {
  Resolver number({"127.0.0.1", "6379"}, os::system_clock());
  EXPECT_EQ(number.resolve(Deadline::never()).value().size(), 1U);
  Resolver name({"localhost", "6379"}, os::system_clock());
  EXPECT_GE(name.resolve(Deadline::never()).value().size(), 1U);
  EXPECT_GE(name.resolve(Deadline::after(os::system_clock(), os::milliseconds(5'000))).value().size(), 1U);
}

TEST(RedisResolver, AnUnknownNameIsUnavailable) {
  Resolver resolver({"no-such-host.invalid", "6379"}, os::system_clock());
  const auto found = resolver.resolve(Deadline::never());
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().code, Code::kUnavailable);
}

TEST(RedisResolver, AnswersManyThreads) {
  Resolver resolver({"localhost", "6379"}, os::system_clock());
  std::vector<os::Thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back("resolver-user", [&](std::stop_token) {
      for (int round = 0; round < 20; ++round) EXPECT_TRUE(resolver.resolve(Deadline::never()).ok());
    });
  }
}

}  // namespace
}  // namespace weir::redis
