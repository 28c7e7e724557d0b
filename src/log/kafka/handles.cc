#include "log/kafka/handles.h"

#include <librdkafka/rdkafka.h>

namespace weir::log::kafka {

/// A consumer is closed before, with a bound on the time; here it must not wait for a broker again.
void Release::operator()(rd_kafka_s* client) const {
  rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}
void Release::operator()(rd_kafka_conf_s* conf) const {
  rd_kafka_conf_destroy(conf);
}
void Release::operator()(rd_kafka_topic_s* topic) const {
  rd_kafka_topic_destroy(topic);
}
void Release::operator()(rd_kafka_queue_s* queue) const {
  rd_kafka_queue_destroy(queue);
}
void Release::operator()(rd_kafka_op_s* event) const {
  rd_kafka_event_destroy(event);
}
void Release::operator()(rd_kafka_message_s* message) const {
  rd_kafka_message_destroy(message);
}
void Release::operator()(rd_kafka_topic_partition_list_s* list) const {
  rd_kafka_topic_partition_list_destroy(list);
}
void Release::operator()(rd_kafka_error_s* error) const {
  rd_kafka_error_destroy(error);
}

}  // namespace weir::log::kafka
