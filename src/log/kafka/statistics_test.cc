#include "log/kafka/statistics.h"

#include <gtest/gtest.h>

namespace weir::log::kafka {
namespace {

TEST(KafkaStatistics, SumsOverBrokers) {
  const Statistics statistics = parse_statistics(
      R"({"name":"weir#producer-1","brokers":{"a:9092/1":{"state":"UP","txretries":3,"connects":2},)"
      R"("b:9092/2":{"state":"TRY_CONNECT","txretries":40,"connects":11,"disconnects":9}},)"
      R"("cgrp":{"state":"up"}})");
  EXPECT_EQ(statistics, (Statistics{.retries = 43, .connects = 13, .brokers_up = 1}));
}

TEST(KafkaStatistics, TakesAnything) {
  EXPECT_EQ(parse_statistics(""), Statistics());
  EXPECT_EQ(parse_statistics("\"txretries\":"), Statistics());
  EXPECT_EQ(parse_statistics("\"txretries\":x\"connects\":-1"), Statistics());
  EXPECT_EQ(parse_statistics("\"connects\":99999999999999999999999"), Statistics());
}

}  // namespace
}  // namespace weir::log::kafka
