#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wire/remote_write_2_body_test.h"

namespace weir::wire {
namespace {

using namespace remote_write_tests;
using ::testing::HasSubstr;

TEST(RemoteWrite2Bounds, HoldForTheDecodedSize) {
  Request2 request;
  const std::string message = request.series({{"__name__", std::string(1'000, 'x')}}).sample(1, 1).message();
  EXPECT_EQ(error_of(message, message.size()), "none");
  EXPECT_THAT(
      error_of(message, message.size() - 1),
      HasSubstr(fmt::format("resource_exhausted: remote write: {} bytes after decompression, limit {}",
                            message.size(), message.size() - 1)));
}

TEST(RemoteWrite2Bounds, AreLookedAtBeforeAnythingIsAllocated) {
  std::string scratch;
  Batch batch;
  for (const std::string_view body : {std::string_view("\x80\x80\x80\x08\x00", 5), std::string_view(),
                                      std::string_view("\xff\xff\xff\xff\xff")})
    EXPECT_FALSE(decode_remote_write_2(body, kMax, scratch, batch).ok());
  EXPECT_TRUE(scratch.empty());
}

TEST(RemoteWrite2Bounds, HoldForTheNumberOfItems) {
  const std::string symbols = Request2().symbols();  // one item
  const auto series_of = [&](uint32_t field, int count) {
    Request2 request;
    request.raw_series({});
    for (int i = 0; i < count; ++i) request.raw(field, "");
    return symbols + request.all_series();
  };
  for (const uint32_t field : {2u, 4u}) {
    EXPECT_EQ(error_of(series_of(field, 1'000), 8 * 1'002), "none");
    EXPECT_THAT(error_of(series_of(field, 1'000), 8 * 1'001), HasSubstr("resource_exhausted")) << field;
  }
  std::string many_series;
  for (int i = 0; i < 1'000; ++i) many_series.append("\x2a\x00", 2);
  EXPECT_EQ(error_of(symbols + many_series, 8 * 1'001), "none");
  EXPECT_THAT(error_of(symbols + many_series, 8 * 1'000), HasSubstr("too many samples"));
  std::string many_symbols;
  for (int i = 0; i < 1'000; ++i) many_symbols.append("\x22\x00", 2);
  EXPECT_EQ(error_of(many_symbols, 8 * 1'000), "none");
  EXPECT_THAT(error_of(many_symbols, 8 * 999), HasSubstr("too many symbols"));
}

// A few bytes name a long symbol again and again.
TEST(RemoteWrite2Bounds, HoldForTheBytesOfLabels) {
  const std::string longest(100'000, 'v');
  const auto bytes = [&](uint32_t name_bytes) { return 1 + name_bytes + 3 + longest.size(); };
  for (const bool sorted : {true, false}) {
    Request2 request;
    for (int i = 0; i < 20; ++i) {
      request.series(sorted ? Pairs{{"a", "1"}, {"b", longest}} : Pairs{{"b", longest}, {"a", "1"}});
      request.sample(i, 1);
    }
    const size_t needed = 20 * (bytes(1) + 4);
    EXPECT_EQ(error_of(request.message(), needed), "none") << sorted;
    EXPECT_THAT(
        error_of(request.message(), needed - 1),
        HasSubstr(fmt::format("resource_exhausted: remote write: labels of more than {} bytes, the limit",
                              needed - 1)));
  }
  Request2 exemplars;
  exemplars.series({{"__name__", "up"}});
  for (int i = 0; i < 2'000; ++i) exemplars.exemplar({{"id", std::string(120, 'v')}}, 1, i);
  EXPECT_EQ(error_of(exemplars.message(), 2'000 * 125), "none");
  EXPECT_THAT(error_of(exemplars.message(), 2'000 * 122), HasSubstr("labels of more than"));
}

TEST(RemoteWrite2Bounds, HoldForLabelsThatSayNothing) {
  Request2 request;
  const uint32_t name = request.ref("a");
  Refs refs;
  for (int i = 0; i < 5'000; ++i) refs.insert(refs.end(), {name, 0});
  EXPECT_THAT(error_of(request.raw_series(refs).message(), 12'000), HasSubstr("too many labels"));
}

}  // namespace
}  // namespace weir::wire
