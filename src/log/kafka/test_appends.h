#pragma once

#include <functional>
#include <latch>
#include <map>
#include <mutex>
#include <set>

#include "log/kafka/test_kafka.h"

namespace weir::log::kafka {

/// Outcomes of appends, kept by payload, so that what is read back can be held against them.
struct Outcomes {
  std::mutex mutex;
  std::map<std::string, Position> acknowledged;
  std::map<std::string, Error> failed;
  std::map<std::string, int> calls;
  os::SteadyTime::duration late_by_max =
      os::SteadyTime::duration::min();  ///< Behind the deadline; 0 is on it.
};

/// Appends `count` records to each partition, named "<who>-<partition>-<number>", and waits for all.
inline void append_many(Log& log, const std::string& who, int count, Deadline deadline, Outcomes& outcomes,
                        const std::function<void(int)>& meanwhile = {}) {
  std::latch all(static_cast<ptrdiff_t>(count) * log.partition_count());
  for (int i = 0; i < count; ++i) {
    if (meanwhile) meanwhile(i);
    for (uint32_t p = 0; p < log.partition_count(); ++p) {
      const std::string payload = fmt::format("{}-{}-{:06}", who, p, i);
      const NewRecord one = record(p, payload);
      log.append({&one, 1}, deadline, [&, payload](Outcome outcome) {
        {
          std::lock_guard lock(outcomes.mutex);
          ++outcomes.calls[payload];
          outcomes.late_by_max =
              std::max(outcomes.late_by_max, os::system_clock().steady() - deadline.when());
          if (outcome.ok()) {
            outcomes.acknowledged[payload] = outcome->front();
          } else {
            outcomes.failed[payload] = outcome.error();
          }
        }
        all.count_down();
      });
    }
  }
  all.wait();
}

/// Reads everything back: what was acknowledged is at its place, and each appender's records are in order.
/// `repeats`: records may be there twice, the first times in order.
inline void expect_all_there(Log& log, const Outcomes& outcomes, bool repeats = false) {
  for (const auto& [payload, calls] : outcomes.calls) EXPECT_EQ(calls, 1) << payload;
  for (uint32_t p = 0; p < log.partition_count(); ++p) {
    std::map<std::string, std::set<int64_t>> offsets;
    std::map<std::string, std::string> last;  // by appender
    const Deadline known_by = in_seconds(30);
    while (!log.status(PartitionId(p)).ok() && !known_by.passed(os::system_clock())) {
    }
    const int64_t end = log.status(PartitionId(p)).value().end.value();
    auto reader = log.open_reader(PartitionId(p)).value();
    for (int64_t next = 0; next < end;) {
      const auto records = reader->poll(1 << 20, in_seconds(10));
      ASSERT_TRUE(records.ok()) << records.error().message;
      ASSERT_FALSE(records->empty()) << "partition " << p << " at " << next << " of " << end;
      for (const Record& r : *records) {
        const std::string payload(r.payload);
        next = r.offset.value() + 1;
        if (!offsets[payload].insert(r.offset.value()).second || offsets[payload].size() > 1) {
          EXPECT_TRUE(repeats) << payload << " is there twice";
          continue;
        }
        std::string& before = last[payload.substr(0, payload.find('-'))];
        EXPECT_LT(before, payload);
        before = payload;
      }
    }
    for (const auto& [payload, position] : outcomes.acknowledged) {
      if (position.partition != PartitionId(p)) continue;
      EXPECT_TRUE(offsets[payload].contains(position.offset.value()))
          << payload << " is not at " << position.offset.value() << " but at "
          << testing::PrintToString(offsets[payload]);
    }
  }
}

/// The value of a metric's line in `registry`, labels included; 0 when it is not there.
inline uint64_t counted(telemetry::Registry& registry, std::string_view line) {
  const std::string text = registry.to_text();
  const size_t at = text.find(fmt::format("\n{} ", line));
  return at == std::string::npos ? 0 : std::stoull(text.substr(at + line.size() + 2));
}

}  // namespace weir::log::kafka
