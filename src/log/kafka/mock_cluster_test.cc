#include "log/kafka/mock_cluster.h"

#include <array>

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "base/check.h"

namespace weir::log::kafka {
namespace {

/// Keys of the protocol.
constexpr int16_t kProduce = 0;
constexpr int16_t kFetch = 1;

rd_kafka_t* new_client(const std::string& brokers) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  std::array<char, 512> text;
  if (!brokers.empty())
    rd_kafka_conf_set(conf, "bootstrap.servers", brokers.c_str(), text.data(), text.size());
  rd_kafka_t* client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text.data(), text.size());
  CHECK(client != nullptr, text.data());
  return client;
}

std::vector<rd_kafka_resp_err_t> as_errors(const std::vector<int>& codes) {
  std::vector<rd_kafka_resp_err_t> errors;
  for (const int code : codes) errors.push_back(static_cast<rd_kafka_resp_err_t>(code));
  return errors;
}

}  // namespace

void MockCluster::Destroy::operator()(rd_kafka_s* client) const {
  rd_kafka_destroy(client);
}
void MockCluster::Destroy::operator()(rd_kafka_mock_cluster_s* cluster) const {
  rd_kafka_mock_cluster_destroy(cluster);
}

MockCluster::MockCluster(int brokers)
    : client_(new_client("")), cluster_(rd_kafka_mock_cluster_new(client_.get(), brokers)) {
  CHECK(cluster_ != nullptr, "the mock brokers can listen on loopback");
}
MockCluster::~MockCluster() = default;

std::string MockCluster::brokers() const {
  return rd_kafka_mock_cluster_bootstraps(cluster_.get());
}

void MockCluster::create_topic(const std::string& topic, int partitions) {
  CHECK(rd_kafka_mock_topic_create(cluster_.get(), topic.c_str(), partitions, 1) == 0, "a new topic");
}

void MockCluster::fail_produce(const std::vector<int>& errors) {
  const auto list = as_errors(errors);
  rd_kafka_mock_push_request_errors_array(cluster_.get(), kProduce, list.size(), list.data());
}

void MockCluster::fail_fetch(const std::vector<int>& errors) {
  const auto list = as_errors(errors);
  rd_kafka_mock_push_request_errors_array(cluster_.get(), kFetch, list.size(), list.data());
}

void MockCluster::set_down(int broker) {
  rd_kafka_mock_broker_set_down(cluster_.get(), broker);
}
void MockCluster::set_up(int broker) {
  rd_kafka_mock_broker_set_up(cluster_.get(), broker);
}
void MockCluster::set_delay_ms(int broker, int delay_ms) {
  rd_kafka_mock_broker_set_rtt(cluster_.get(), broker, delay_ms);
}
void MockCluster::move_leader(const std::string& topic, int partition, int broker) {
  rd_kafka_mock_partition_set_leader(cluster_.get(), topic.c_str(), partition, broker);
}

void MockCluster::append(const std::string& topic, int partition, const std::string& payload,
                         const std::map<std::string, std::string>& headers) {
  const std::unique_ptr<rd_kafka_s, Destroy> producer(new_client(brokers()));
  rd_kafka_headers_t* list = rd_kafka_headers_new(headers.size());
  for (const auto& [name, value] : headers)
    rd_kafka_header_add(list, name.c_str(), -1, value.data(), static_cast<ssize_t>(value.size()));
  const auto error =
      rd_kafka_producev(producer.get(), RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(partition),
                        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                        RD_KAFKA_V_VALUE(const_cast<char*>(payload.data()), payload.size()),
                        RD_KAFKA_V_HEADERS(list), RD_KAFKA_V_END);
  CHECK(error == RD_KAFKA_RESP_ERR_NO_ERROR, rd_kafka_err2str(error));
  CHECK(rd_kafka_flush(producer.get(), 10'000) == RD_KAFKA_RESP_ERR_NO_ERROR, "the record arrives");
}

void fail_for_good(rd_kafka_s* producer) {
  rd_kafka_test_fatal_error(producer, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "made by a test");
}

namespace {

TEST(MockCluster, Listens) {
  MockCluster cluster(3);
  const std::string brokers = cluster.brokers();
  EXPECT_EQ(std::count(brokers.begin(), brokers.end(), ':'), 3);
}

}  // namespace
}  // namespace weir::log::kafka
