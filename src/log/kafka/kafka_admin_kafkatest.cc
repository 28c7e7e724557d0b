#include <librdkafka/rdkafka.h>

#include "log/kafka/client.h"
#include "log/kafka/kafka_admin_for_tests.h"

namespace weir::log::kafka {

void delete_records(const KafkaLogOptions& options, int32_t partition, int64_t before) {
  telemetry::Registry registry;
  auto shared = std::make_shared<Shared>(options, os::system_clock(), registry);
  auto client = Client::create(shared, ClientKind::kConsumer).value();
  Handle<rd_kafka_queue_s> queue(rd_kafka_queue_new(client->handle()));
  Handle<rd_kafka_topic_partition_list_s> offsets(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(offsets.get(), options.topic.c_str(), partition)->offset = before;
  rd_kafka_DeleteRecords_t* request = rd_kafka_DeleteRecords_new(offsets.get());
  rd_kafka_DeleteRecords(client->handle(), &request, 1, nullptr, queue.get());
  rd_kafka_DeleteRecords_destroy(request);
  const Handle<rd_kafka_op_s> event(rd_kafka_queue_poll(queue.get(), 30'000));
  CHECK(event != nullptr && rd_kafka_event_error(event.get()) == RD_KAFKA_RESP_ERR_NO_ERROR,
        "the broker deletes records");
}

}  // namespace weir::log::kafka
