#include "gateway/upstreams.h"

#include <gtest/gtest.h>

namespace weir::gateway {
namespace {

Status created(std::vector<std::string> names) {
  telemetry::Registry registry;
  UpstreamsOptions options;
  options.read = std::move(names);
  auto upstreams = Upstreams::create(options, os::system_clock(), registry);
  return upstreams.ok() ? ok_status() : Status(upstreams.error());
}

TEST(Upstreams, TakesHostsAndPortsOnly) {
  EXPECT_TRUE(created({}).ok());
  EXPECT_TRUE(created({"weir-query:8080", "10.0.0.1:1", "[::1]:65535"}).ok());
  for (const char* name :
       {"", "weir-query", "weir-query:", ":8080", "weir-query:0", "weir-query:65536", "weir-query:80a",
        "http://weir-query:80", "::1:80", "a b:80", "u@h:80", "h/p:80"}) {
    EXPECT_EQ(created({name}).error().code, Code::kInvalidArgument) << name;
  }
  EXPECT_EQ(created({"a:1", "a:1"}).error().code, Code::kInvalidArgument);
}

TEST(Upstreams, HasALimit) {
  std::vector<std::string> names;
  for (size_t i = 0; i < UpstreamSet::kUpstreamsMax; ++i) names.push_back("h:" + std::to_string(i + 1));
  EXPECT_TRUE(created(names).ok());
  names.push_back("h:1000");
  EXPECT_EQ(created(names).error().code, Code::kInvalidArgument);
}

TEST(Upstreams, HasASetWhereItHasUpstreams) {
  telemetry::Registry registry;
  UpstreamsOptions options;
  options.read = {"a:1"};
  const auto upstreams = *Upstreams::create(options, os::system_clock(), registry);
  EXPECT_NE(upstreams->set(Surface::kRead), nullptr);
  EXPECT_EQ(upstreams->set(Surface::kWrite), nullptr);
  EXPECT_EQ(upstreams->set(Surface::kProcess), nullptr);
  EXPECT_FALSE(upstreams->checked());
  EXPECT_FALSE(upstreams->set(Surface::kRead)->pick(0, false).has_value());  // not before it was asked
}

TEST(UpstreamSet, TakesTurnsAmongEqualsAndSkipsTheTried) {
  telemetry::Registry registry;
  UpstreamsOptions options;
  options.read = {"a:1", "b:1", "c:1"};
  const auto upstreams = *Upstreams::create(options, os::system_clock(), registry);
  UpstreamSet& set = *upstreams->set(Surface::kRead);
  for (const auto& upstream : set.all()) upstream->note(UpstreamHealth::Event::kReady, "");
  std::vector<int> picks(3);
  for (int i = 0; i < 9; ++i) ++picks[set.pick(0, false)->index];
  EXPECT_EQ(picks, (std::vector<int>{3, 3, 3}));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(set.pick(0b101, false)->index, 1u);
  EXPECT_FALSE(set.pick(0b111, false).has_value());
  const auto busy = set.all()[1]->begin(false);
  for (int i = 0; i < 4; ++i) EXPECT_NE(set.pick(0, false)->index, 1u);
  const auto stream = set.all()[0]->begin(true);
  EXPECT_NE(set.pick(0b100, false)->index, 1u);  // a stream is no request in flight
  EXPECT_EQ(set.pick(0b100, true)->index, 1u);
}

}  // namespace
}  // namespace weir::gateway
