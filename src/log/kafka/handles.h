#pragma once

#include <memory>

// What librdkafka hands out, by the names behind its typedefs, so that its header stays in the sources.
struct rd_kafka_s;
struct rd_kafka_conf_s;
struct rd_kafka_topic_s;
struct rd_kafka_queue_s;
struct rd_kafka_op_s;  ///< An event.
struct rd_kafka_message_s;
struct rd_kafka_topic_partition_list_s;
struct rd_kafka_error_s;

namespace weir::log::kafka {

/// Gives back to librdkafka what it handed out.
struct Release {
  void operator()(rd_kafka_s* client) const;  ///< Joins its threads; does not wait for brokers.
  void operator()(rd_kafka_conf_s* conf) const;
  void operator()(rd_kafka_topic_s* topic) const;
  void operator()(rd_kafka_queue_s* queue) const;
  void operator()(rd_kafka_op_s* event) const;
  void operator()(rd_kafka_message_s* message) const;
  void operator()(rd_kafka_topic_partition_list_s* list) const;
  void operator()(rd_kafka_error_s* error) const;
};

template <typename T>
using Handle = std::unique_ptr<T, Release>;

}  // namespace weir::log::kafka
