#pragma once

#include <cstdlib>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "log/kafka/kafka_log.h"
#include "os/random.h"

namespace weir::log::kafka {

using Outcome = Result<std::vector<Position>>;

/// The real brokers, or null when there are none.
inline const char* test_brokers() {
  return std::getenv("WEIR_TEST_KAFKA");
}

inline constexpr char kNoBrokers[] = "WEIR_TEST_KAFKA is not set: run by tests/services/run.py";

/// A name that no other test uses, on whatever cluster.
inline std::string fresh_name(std::string_view what) {
  return fmt::format("weir-test-{}-{:016x}", what, os::random_seed());
}

/// For one broker, with a topic and a group of their own. Mock brokers do not tell settings.
inline KafkaLogOptions test_options(std::string brokers) {
  KafkaLogOptions options;
  if (test_brokers() == nullptr || brokers != test_brokers()) options.settings_wait = os::milliseconds(50);
  options.brokers = std::move(brokers);
  options.topic = fresh_name("topic");
  options.group = fresh_name("group");
  options.partition_count = 3;
  options.replication = 1;
  options.in_sync_min = 1;
  options.record_bytes_max = 256 << 10;
  return options;
}

inline Deadline in_seconds(int seconds) {
  return Deadline::after(os::system_clock(), os::milliseconds(seconds * 1'000));
}

inline Result<std::unique_ptr<Log>> open_log(const KafkaLogOptions& options, telemetry::Registry& registry,
                                             Deadline deadline = in_seconds(30)) {
  TopicReport report;
  return open(options, os::system_clock(), registry, deadline, report);
}

inline NewRecord record(uint32_t partition, std::string_view payload, uint64_t tenant = 1) {
  return {TenantId::from_stored(tenant), PartitionId(partition), payload};
}

inline std::future<Outcome> append_later(Log& log, std::vector<NewRecord> records,
                                         Deadline deadline = in_seconds(60)) {
  auto promise = std::make_shared<std::promise<Outcome>>();
  log.append(records, deadline, [promise](Outcome outcome) { promise->set_value(std::move(outcome)); });
  return promise->get_future();
}

/// Payloads of a partition from its beginning, until `count` are there or a minute has passed.
inline std::vector<std::string> read_payloads(Log& log, uint32_t partition, size_t count) {
  std::vector<std::string> payloads;
  auto reader = log.open_reader(PartitionId(partition)).value();
  const Deadline deadline = in_seconds(60);
  while (payloads.size() < count && !deadline.passed(os::system_clock())) {
    Result<std::vector<Record>> records = reader->poll(1 << 20, in_seconds(1));
    if (!records.ok()) continue;
    for (const Record& r : *records) payloads.emplace_back(r.payload);
  }
  return payloads;
}

}  // namespace weir::log::kafka
