#include "log/kafka/topic.h"

#include <algorithm>
#include <array>
#include <limits>

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "log/kafka/errors.h"
#include "telemetry/logger.h"

namespace weir::log::kafka {
namespace {

/// A question is asked again after this long, so that the reason for silence is noticed meanwhile.
constexpr os::milliseconds kAskFor{500};
constexpr os::milliseconds kAskAgain{50};
/// librdkafka notices the end of an admin request a little late.
constexpr int kAdminGraceMs = 500;

struct ReleaseAdmin {
  void operator()(const rd_kafka_metadata_t* metadata) const { rd_kafka_metadata_destroy(metadata); }
  void operator()(rd_kafka_NewTopic_t* topic) const { rd_kafka_NewTopic_destroy(topic); }
  void operator()(rd_kafka_ConfigResource_t* resource) const { rd_kafka_ConfigResource_destroy(resource); }
  void operator()(rd_kafka_AdminOptions_t* options) const { rd_kafka_AdminOptions_destroy(options); }
};
template <typename T>
using AdminHandle = std::unique_ptr<T, ReleaseAdmin>;

int as_int_ms(os::milliseconds wait) {
  return static_cast<int>(std::clamp<int64_t>(wait.count(), 1, std::numeric_limits<int>::max()));
}

std::string retention_ms(const KafkaLogOptions& options) {
  return options.retention.count() == 0 ? "-1" : std::to_string(options.retention.count());
}

std::string message_bytes(const KafkaLogOptions& options) {
  return std::to_string(options.record_bytes_max + kFramingBytes);
}

/// The settings that a topic is created with, and held to.
std::vector<std::pair<std::string, std::string>> asked_settings(const KafkaLogOptions& options) {
  return {{"min.insync.replicas", std::to_string(options.in_sync_min)},
          {"retention.ms", retention_ms(options)},
          {"retention.bytes", "-1"},
          {"max.message.bytes", message_bytes(options)},
          {"cleanup.policy", "delete"},
          {"compression.type", "producer"}};
}

/// Why nobody answers, and whether waiting can help.
Error no_answer(const Client& client, const os::Clock& clock, Deadline deadline) {
  Error error = client.last_error();
  if (error.code != Code::kPermissionDenied) error.code = Code::kUnavailable;
  const std::string_view when = deadline.passed(clock) ? "no broker answered before the deadline" : "refused";
  return std::move(error).context(fmt::format("kafka: {}", when));
}

TopicFacts facts_of(const rd_kafka_metadata_topic_t& topic) {
  TopicFacts facts;
  facts.partition_count = static_cast<uint32_t>(topic.partition_cnt);
  facts.replication = std::numeric_limits<uint32_t>::max();
  facts.has_leaders = true;
  for (int i = 0; i < topic.partition_cnt; ++i) {
    facts.replication = std::min(facts.replication, static_cast<uint32_t>(topic.partitions[i].replica_cnt));
    facts.has_leaders = facts.has_leaders && topic.partitions[i].leader >= 0;
  }
  return facts;
}

/// kNotFound when there is no such topic, kUnavailable while the cluster does not answer.
Result<TopicFacts> ask_for_topic(Client& client, os::milliseconds wait) {
  const KafkaLogOptions& options = client.shared().options;
  Handle<rd_kafka_topic_s> topic(rd_kafka_topic_new(client.handle(), options.topic.c_str(), nullptr));
  const rd_kafka_metadata_t* answer = nullptr;
  const auto error = rd_kafka_metadata(client.handle(), 0, topic.get(), &answer, as_int_ms(wait));
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return unavailable(rd_kafka_err2str(error));
  const AdminHandle<const rd_kafka_metadata_t> metadata(answer);
  if (metadata->topic_cnt != 1) return internal("kafka: metadata of another topic than asked for");
  const rd_kafka_metadata_topic_t& found = metadata->topics[0];
  if (found.err == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE) return TopicFacts();
  if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR)
    return to_error(found.err, fmt::format("kafka: topic \"{}\"", options.topic));
  return facts_of(found);
}

/// Asks until there is an answer.
Result<TopicFacts> find_topic(Client& client, Deadline deadline) {
  const os::Clock& clock = client.shared().clock;
  for (;;) {
    Result<TopicFacts> facts = ask_for_topic(client, std::min(kAskFor, deadline.left(clock)));
    if (facts.ok() || facts.error().code != Code::kUnavailable) return facts;
    const bool hopeless = client.last_error().code == Code::kPermissionDenied;
    if (hopeless || deadline.passed(clock)) return no_answer(client, clock, deadline);
  }
}

/// Runs one admin request and returns its event.
template <typename Request>
Result<Handle<rd_kafka_op_s>> ask_admin(Client& client, rd_kafka_admin_op_t operation, Deadline deadline,
                                        Request request) {
  const int wait_ms = as_int_ms(std::min(os::milliseconds(30'000), deadline.left(client.shared().clock)));
  const AdminHandle<rd_kafka_AdminOptions_t> options(rd_kafka_AdminOptions_new(client.handle(), operation));
  std::array<char, 256> text{};
  rd_kafka_AdminOptions_set_request_timeout(options.get(), wait_ms, text.data(), text.size());
  Handle<rd_kafka_queue_s> queue(rd_kafka_queue_new(client.handle()));
  request(options.get(), queue.get());
  Handle<rd_kafka_op_s> event(rd_kafka_queue_poll(queue.get(), wait_ms + kAdminGraceMs));
  if (event == nullptr) return deadline_exceeded("kafka: an admin request was not answered");
  if (const auto error = rd_kafka_event_error(event.get()); error != RD_KAFKA_RESP_ERR_NO_ERROR)
    return to_error(error, "kafka", rd_kafka_event_error_string(event.get()));
  return event;
}

Result<AdminHandle<rd_kafka_NewTopic_t>> new_topic(const KafkaLogOptions& options) {
  std::array<char, 256> text{};
  AdminHandle<rd_kafka_NewTopic_t> topic(
      rd_kafka_NewTopic_new(options.topic.c_str(), static_cast<int>(options.partition_count),
                            options.replication, text.data(), text.size()));
  if (topic == nullptr) return invalid_argument(fmt::format("kafka: topic: {}", text.data()));
  for (const auto& [name, value] : asked_settings(options))
    rd_kafka_NewTopic_set_config(topic.get(), name.c_str(), value.c_str());
  return topic;
}

/// Success also when somebody else was quicker.
Status create_topic(Client& client, Deadline deadline, bool& created) {
  const KafkaLogOptions& options = client.shared().options;
  ASSIGN_OR_RETURN(const AdminHandle<rd_kafka_NewTopic_t> topic, new_topic(options));
  rd_kafka_NewTopic_t* topics[] = {topic.get()};
  ASSIGN_OR_RETURN(const Handle<rd_kafka_op_s> event,
                   ask_admin(client, RD_KAFKA_ADMIN_OP_CREATETOPICS, deadline,
                             [&](const rd_kafka_AdminOptions_t* admin, rd_kafka_queue_t* queue) {
                               rd_kafka_CreateTopics(client.handle(), topics, 1, admin, queue);
                             }));
  size_t count = 0;
  const rd_kafka_topic_result_t** results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  if (count != 1) return internal("kafka: no answer about the topic to create");
  const auto error = rd_kafka_topic_result_error(results[0]);
  created = error == RD_KAFKA_RESP_ERR_NO_ERROR;
  if (created || error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) return {};
  const char* detail = rd_kafka_topic_result_error_string(results[0]);
  return to_error(error,
                  fmt::format("kafka: topic \"{}\" of {} partitions with replication {} was not created",
                              options.topic, options.partition_count, options.replication),
                  detail == nullptr ? "" : detail);
}

std::map<std::string, std::string> settings_of(const rd_kafka_ConfigResource_t& resource) {
  std::map<std::string, std::string> settings;
  size_t count = 0;
  const rd_kafka_ConfigEntry_t** entries = rd_kafka_ConfigResource_configs(&resource, &count);
  for (size_t i = 0; i < count; ++i) {
    const char* value = rd_kafka_ConfigEntry_value(entries[i]);
    if (value != nullptr) settings[rd_kafka_ConfigEntry_name(entries[i])] = value;
  }
  return settings;
}

Result<std::map<std::string, std::string>> ask_for_settings(Client& client, Deadline deadline) {
  const AdminHandle<rd_kafka_ConfigResource_t> resource(
      rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, client.shared().options.topic.c_str()));
  rd_kafka_ConfigResource_t* resources[] = {resource.get()};
  ASSIGN_OR_RETURN(const Handle<rd_kafka_op_s> event,
                   ask_admin(client, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, deadline,
                             [&](const rd_kafka_AdminOptions_t* admin, rd_kafka_queue_t* queue) {
                               rd_kafka_DescribeConfigs(client.handle(), resources, 1, admin, queue);
                             }));
  size_t count = 0;
  const rd_kafka_ConfigResource_t** answers =
      rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event.get()), &count);
  if (count != 1) return internal("kafka: no answer about the topic's settings");
  if (const auto error = rd_kafka_ConfigResource_error(answers[0]); error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    const char* detail = rd_kafka_ConfigResource_error_string(answers[0]);
    return to_error(error, "kafka: settings of the topic", detail == nullptr ? "" : detail);
  }
  return settings_of(*answers[0]);
}

std::string setting(const TopicFacts& facts, const std::string& name) {
  auto found = facts.settings.find(name);
  return found == facts.settings.end() ? std::string() : found->second;
}

uint64_t number(const TopicFacts& facts, const std::string& name) {
  return std::strtoull(setting(facts, name).c_str(), nullptr, 10);
}

}  // namespace

Result<TopicFacts> prepare_topic(Client& client, Deadline deadline, bool& created) {
  const KafkaLogOptions& options = client.shared().options;
  os::Clock& clock = client.shared().clock;
  Result<TopicFacts> facts = find_topic(client, deadline);
  if (!facts.ok() && facts.error().code == Code::kNotFound) {
    if (!options.create_topic)
      return failed_precondition(fmt::format("kafka: there is no topic \"{}\"", options.topic));
    RETURN_IF_ERROR(create_topic(client, deadline, created));
  }
  // A new topic takes a moment until all brokers know it and its partitions are led.
  while (!facts.ok() || !facts->has_leaders) {
    if (!facts.ok() && facts.error().code != Code::kNotFound) return facts;
    if (deadline.passed(clock))
      return unavailable(fmt::format("kafka: partitions of topic \"{}\" have no leader", options.topic));
    clock.sleep_until(clock.steady() + kAskAgain, {});
    facts = find_topic(client, deadline);
  }
  const Deadline tell_by = Deadline::after(clock, std::min(options.settings_wait, deadline.left(clock)));
  if (auto settings = ask_for_settings(client, tell_by); settings.ok()) {
    facts->settings = *std::move(settings);
  } else {
    telemetry::log_warn("log", "the topic's settings are unknown", {{"error", settings.error().message}});
  }
  return facts;
}

std::vector<std::string> deviations(const TopicFacts& facts, const KafkaLogOptions& options) {
  std::vector<std::string> out;
  const auto compare = [&](std::string_view name, std::string_view is, std::string_view asked) {
    if (is != asked) out.push_back(fmt::format("{} is {}, asked {}", name, is, asked));
  };
  compare("partitions", std::to_string(facts.partition_count), std::to_string(options.partition_count));
  compare("replication", std::to_string(facts.replication), std::to_string(options.replication));
  if (facts.settings.empty()) {
    out.emplace_back("the topic's settings are unknown: the cluster did not tell them");
    return out;
  }
  for (const auto& [name, asked] : asked_settings(options)) compare(name, setting(facts, name), asked);
  return out;
}

Status check_topic(const TopicFacts& facts, const KafkaLogOptions& options) {
  if (facts.settings.empty()) return {};
  if (number(facts, "max.message.bytes") < options.record_bytes_max + kFramingBytes) {
    return failed_precondition(fmt::format(
        "kafka: topic \"{}\" takes messages of {} bytes, but records of {} need max.message.bytes={}",
        options.topic, setting(facts, "max.message.bytes"), options.record_bytes_max,
        message_bytes(options)));
  }
  if (setting(facts, "cleanup.policy").find("compact") != std::string::npos) {
    return failed_precondition(
        fmt::format("kafka: topic \"{}\" is compacted (cleanup.policy={}): it takes no records without keys",
                    options.topic, setting(facts, "cleanup.policy")));
  }
  return {};
}

Durability durability_of(const TopicFacts& facts) {
  const bool replicated = facts.replication >= 2 && number(facts, "min.insync.replicas") >= 2;
  return replicated ? Durability::kReplicated : Durability::kPageCache;
}

}  // namespace weir::log::kafka
