#include "log/kafka/membership.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "log/kafka/errors.h"
#include "telemetry/logger.h"

namespace weir::log::kafka {
namespace {

constexpr os::milliseconds kPollWait{500};
/// librdkafka 2.0.2 can hang while it closes a consumer (its #4187, #4528); the group then notices by itself.
constexpr os::milliseconds kLeaveMax{3'000};
constexpr os::milliseconds kLeaveSlice{50};

using List = Handle<rd_kafka_topic_partition_list_s>;

}  // namespace

Result<std::unique_ptr<Membership>> GroupMembership::join(std::shared_ptr<Shared> shared,
                                                          uint32_t partition_count,
                                                          AssignmentListener& listener) {
  const std::string topic = shared->options.topic;
  ASSIGN_OR_RETURN(std::unique_ptr<Client> client, Client::create(std::move(shared), ClientKind::kMember));
  const List topics(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(topics.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
  if (const auto error = rd_kafka_subscribe(client->handle(), topics.get()))
    return to_error(error, fmt::format("kafka: subscribe to \"{}\"", topic));
  return std::unique_ptr<Membership>(
      std::make_unique<GroupMembership>(std::move(client), partition_count, listener));
}

GroupMembership::GroupMembership(std::unique_ptr<Client> client, uint32_t partition_count,
                                 AssignmentListener& listener)
    : client_(std::move(client)),
      partition_count_(partition_count),
      listener_(listener),
      thread_("kafka-member", [this](std::stop_token stop) { run(stop); }) {}

GroupMembership::~GroupMembership() {
  thread_.request_stop();
  client_->wake();
  thread_.join();
}

void GroupMembership::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    if (Handle<rd_kafka_op_s> event = client_->poll(kPollWait)) serve(*event);
  }
  leave();
}

void GroupMembership::serve(rd_kafka_op_s& event) {
  if (rd_kafka_event_type(&event) != RD_KAFKA_EVENT_REBALANCE) return;
  revoke_all();
  const auto what = rd_kafka_event_error(&event);
  if (what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    client_->shared().metrics.rebalances.add();
    assign(event);
  } else {
    rd_kafka_assign(client_->handle(), nullptr);
  }
}

/// The group is told that the partitions were taken, while librdkafka is given none to fetch.
void GroupMembership::assign(rd_kafka_op_s& event) {
  const List nothing(rd_kafka_topic_partition_list_new(0));
  if (const auto error = rd_kafka_assign(client_->handle(), nothing.get()))
    telemetry::log_warn("log", "the group's assignment was not taken", {{"error", rd_kafka_err2str(error)}});
  const rd_kafka_topic_partition_list_t* given = rd_kafka_event_topic_partition_list(&event);
  for (int i = 0; i < given->cnt; ++i) {
    const PartitionId partition(static_cast<uint32_t>(given->elems[i].partition));
    if (partition.value() < partition_count_) {
      owned_.insert(partition);
    } else {
      telemetry::log_error("log", "the topic has got more partitions since the start; they are left alone",
                           {{"partition", uint64_t{partition.value()}}});
    }
  }
  for (const PartitionId partition : owned_) listener_.on_assigned(partition);
}

void GroupMembership::revoke_all() {
  for (const PartitionId partition : owned_) listener_.on_revoked(partition);
  owned_.clear();
}

/// Closing asks the member to give up its partitions by one more event, so events are served meanwhile.
void GroupMembership::leave() {
  revoke_all();
  const os::Clock& clock = client_->shared().clock;
  const Deadline deadline = Deadline::after(clock, kLeaveMax);
  const Handle<rd_kafka_error_s> error(rd_kafka_consumer_close_queue(client_->handle(), client_->events()));
  while (error == nullptr && !rd_kafka_consumer_closed(client_->handle()) && !deadline.passed(clock)) {
    if (Handle<rd_kafka_op_s> event = client_->poll(kLeaveSlice)) serve(*event);
  }
  if (!rd_kafka_consumer_closed(client_->handle()))
    telemetry::log_warn("log", "left the group without a word: the brokers did not answer");
}

}  // namespace weir::log::kafka
