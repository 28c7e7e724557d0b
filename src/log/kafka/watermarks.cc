#include "log/kafka/watermarks.h"

#include <algorithm>

#include <fmt/format.h>

#include "log/kafka/offsets.h"

namespace weir::log::kafka {
namespace {

constexpr os::milliseconds kInterval{1'000};
/// How long the thread waits for one answer: closing waits as long at most.
constexpr os::milliseconds kPatience{1'000};
constexpr os::milliseconds kAgeMax{10'000};

}  // namespace

Result<std::unique_ptr<Watermarks>> Watermarks::open(Client& client, uint32_t partition_count,
                                                     Deadline deadline) {
  auto watermarks = std::make_unique<Watermarks>(client, partition_count);
  for (;;) {
    Status asked =
        watermarks->refresh(watermarks->all_, std::min(kPatience, deadline.left(client.shared().clock)));
    if (asked.ok()) break;
    if (deadline.passed(client.shared().clock)) return std::move(asked).error();
  }
  Watermarks& started = *watermarks;
  started.thread_ = os::Thread("kafka-marks", [&started](std::stop_token stop) { started.run(stop); });
  return watermarks;
}

Watermarks::Watermarks(Client& client, uint32_t partition_count) : client_(client), known_(partition_count) {
  for (uint32_t i = 0; i < partition_count; ++i) all_.emplace_back(i);
}

void Watermarks::note(Position position) {
  std::lock_guard lock(mutex_);
  Offset& end = known_[position.partition.value()].status.end;
  end = std::max(end, Offset(position.offset.value() + 1));
}

Result<PartitionStatus> Watermarks::get(PartitionId partition) const {
  const os::SteadyTime now = client_.shared().clock.steady();
  std::lock_guard lock(mutex_);
  const Known& known = known_[partition.value()];
  if (now - known.at <= kAgeMax) return known.status;
  return unavailable(fmt::format("kafka: the offsets of partition {} are unknown since {} s",
                                 partition.value(),
                                 std::chrono::duration_cast<std::chrono::seconds>(now - known.at).count()));
}

/// An acknowledgement may have overtaken the answer, so an end never moves back.
Status Watermarks::refresh(std::span<const PartitionId> partitions, os::milliseconds wait) {
  ASSIGN_OR_RETURN(const std::vector<PartitionStatus> statuses, ask_offsets(client_, partitions, wait));
  client_.shared().connection.set_up();
  const os::SteadyTime now = client_.shared().clock.steady();
  std::lock_guard lock(mutex_);
  for (size_t i = 0; i < partitions.size(); ++i) {
    Known& known = known_[partitions[i].value()];
    known = {{statuses[i].begin, std::max(known.status.end, statuses[i].end)}, now};
  }
  return {};
}

/// One by one, so that a silent leader costs no more than its own partitions. False: nobody answered.
bool Watermarks::refresh_each(std::stop_token stop) {
  bool answered = false;
  for (const PartitionId& partition : all_) {
    if (stop.stop_requested()) return true;
    answered = refresh({&partition, 1}, kPatience).ok() || answered;
  }
  return answered;
}

void Watermarks::run(std::stop_token stop) {
  os::Clock& clock = client_.shared().clock;
  while (clock.sleep_until(clock.steady() + kInterval, stop)) {
    if (refresh(all_, kPatience).ok() || refresh_each(stop)) continue;
    client_.shared().connection.set_down(client_.last_error().message);
  }
}

}  // namespace weir::log::kafka
