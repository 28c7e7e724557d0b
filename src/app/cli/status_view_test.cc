#include "app/cli/status_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::app::cli {
namespace {

using testing::HasSubstr;

// The example of docs/formats/status.md.
constexpr std::string_view kExample = R"({
  "version": "0.1.0", "commit": "abc1234", "uptime_s": 12.5, "roles": ["all"],
  "ready": true, "durability": "fsync", "collector": true,
  "log": {"writable": true, "reason": "",
          "partitions": [{"partition": 0, "begin": 0, "end": 120, "applied": 118, "lag": 2, "refused": 0}]},
  "store": {"active_series": 1200, "head_samples": 50000, "head_bytes": 1200000, "blocks": 2, "block_bytes": 90000,
            "block_samples": 700000, "mint_ms": 1700000000000, "maxt_ms": 1700000600000},
  "ingest": {"samples_total": 750000, "rejected_total": 0},
  "live": {"connections": 1, "subscriptions": 6},
  "breakers": []
})";

TEST(StatusView, ShowsOnlyThePartsThatAProcessHas) {
  const std::string text = status_view(R"({"version": "1", "commit": "c", "ready": true, "roles": ["gateway"],
      "engines": {"log": "kafka", "store": "timescale"}, "durability": "none",
      "log": {"present": false, "partitions": []}, "store": {"present": false}, "ingest": {"present": false},
      "live": {"present": false}, "breakers": []})",
                                       {})
                               .value();
  EXPECT_EQ(text,
            "weir 1 (c)\nState       ready\nRoles       gateway\nEngines     log kafka, store timescale\n");
}

TEST(StatusView, ShowsTheDocumentedExample) {
  EXPECT_EQ(
      status_view(kExample, {}).value(),
      "weir 0.1.0 (abc1234)\n"
      "State       ready\n"
      "Up for      12s\n"
      "Roles       all\n"
      "Durability  fsync: acknowledged samples are on stable storage\n"
      "Collector   on\n"
      "Log         writable, 1 partitions, 2 records behind\n"
      "Store       1,200 active series; 50,000 samples in memory (1.1 MiB), 700,000 in 2 blocks (87.9 KiB)\n"
      "Data        2023-11-14 22:13:20 to 2023-11-14 22:23:20 UTC\n"
      "Ingest      750,000 samples accepted, 0 rejected since the start\n"
      "Live        1 connections, 6 subscriptions\n");
}

TEST(StatusView, ShowsTrouble) {
  const auto view = status_view(R"({"version": "1", "ready": false, "durability": "page_cache",
      "log": {"writable": false, "reason": "disk full", "partitions": [{"lag": 5, "refused": 3}]},
      "breakers": [{"name": "redis", "state": "open"}], "store": {"maxt_ms": 0}})",
                                {});
  ASSERT_TRUE(view.ok());
  EXPECT_THAT(*view, HasSubstr("NOT READY"));
  EXPECT_THAT(
      *view, HasSubstr("READ-ONLY (disk full), 1 partitions, 5 records behind, 3 records could not be read"));
  EXPECT_THAT(*view, HasSubstr("not of the machine"));
  EXPECT_THAT(*view, HasSubstr("redis open"));
  EXPECT_THAT(*view, HasSubstr("no samples yet"));
}

TEST(StatusView, LeavesOutWhatIsNotThere) {
  EXPECT_EQ(status_view("{}", {}).value(), "weir  ()\n");
}

TEST(StatusView, SurvivesOtherTypes) {
  EXPECT_TRUE(
      status_view(R"({"version": 1, "uptime_s": -1e300, "roles": "x", "log": [], "store": {"mint_ms": 1e300,
      "maxt_ms": 1e300, "head_bytes": 1e300}, "breakers": {"a": 1}, "ingest": null, "live": true})",
                  {})
          .ok());
  EXPECT_THAT(status_view("{\"version\": \"\\u001b[2J\"}", {}).value(), testing::Not(HasSubstr("\x1b")));
}

TEST(StatusView, RefusesAnythingElse) {
  for (const char* body : {"", "[]", "1", "<html>", "{"}) EXPECT_FALSE(status_view(body, {}).ok()) << body;
}

}  // namespace
}  // namespace weir::app::cli
