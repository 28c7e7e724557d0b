#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

struct rd_kafka_s;
struct rd_kafka_mock_cluster_s;

namespace weir::log::kafka {

/// For tests: the brokers that librdkafka brings along, on loopback ports of this process, with faults on
/// demand. They know no admin requests, so topics are made here and their settings are not told. Brokers are
/// numbered from 1.
class MockCluster {
 public:
  explicit MockCluster(int brokers);
  ~MockCluster();

  std::string brokers() const;
  void create_topic(const std::string& topic, int partitions);

  /// The next requests to append are answered with these codes of the protocol, one each.
  void fail_produce(const std::vector<int>& errors);
  void fail_fetch(const std::vector<int>& errors);
  void set_down(int broker);
  void set_up(int broker);
  /// Every answer of that broker takes so long.
  void set_delay_ms(int broker, int delay_ms);
  void move_leader(const std::string& topic, int partition, int broker);

  /// Appends as some other program would.
  void append(const std::string& topic, int partition, const std::string& payload,
              const std::map<std::string, std::string>& headers);

 private:
  struct Destroy {
    void operator()(rd_kafka_s* client) const;
    void operator()(rd_kafka_mock_cluster_s* cluster) const;
  };
  std::unique_ptr<rd_kafka_s, Destroy> client_;
  std::unique_ptr<rd_kafka_mock_cluster_s, Destroy> cluster_;
};

/// Ends a producer for good, as librdkafka does when it finds its sequence out of order.
void fail_for_good(rd_kafka_s* producer);

}  // namespace weir::log::kafka
