#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/guarded.h"
#include "log/kafka/client_conf.h"
#include "log/kafka/connection_state.h"
#include "log/kafka/handles.h"
#include "log/kafka/kafka_metrics.h"
#include "log/kafka/statistics.h"

namespace weir::log::kafka {

/// What the clients of one log share. Outlives them; the clock and the registry outlive it.
struct Shared {
  Shared(KafkaLogOptions o, os::Clock& c, telemetry::Registry& registry)
      : options(std::move(o)), secrets(secret_values(options)), clock(c), metrics(registry) {}

  const KafkaLogOptions options;
  const std::vector<std::string> secrets;
  os::Clock& clock;
  KafkaMetrics metrics;
  ConnectionState connection;
};

/// A client of the cluster: a librdkafka instance and the queue of its events. `poll` is called by one thread
/// for as long as the client lives; the rest is safe from any.
class Client {
 public:
  /// Does not wait for a broker. Errors: kInvalidArgument names the property.
  static Result<std::unique_ptr<Client>> create(std::shared_ptr<Shared> shared, ClientKind kind);
  /// For `create`.
  Client(std::shared_ptr<Shared> shared, Handle<rd_kafka_s> handle, Handle<rd_kafka_queue_s> events);

  /// Waits up to `wait` for an event. Log lines, errors and statistics are dealt with here; any other event
  /// is returned. Null: there was none of those, or `wake` was called.
  Handle<rd_kafka_op_s> poll(os::milliseconds wait);
  /// Makes `poll` return early.
  void wake();

  /// Why this instance is of no use any more, if it is: another one has to take its place.
  std::optional<std::string> fatal_error() const;
  /// The last error that librdkafka reported, for messages; kUnavailable when there was none.
  Error last_error() const;

  rd_kafka_s* handle() { return handle_.get(); }
  rd_kafka_queue_s* events() { return events_.get(); }
  Shared& shared() { return *shared_; }

 private:
  void on_error(rd_kafka_op_s& event);
  void on_log(rd_kafka_op_s& event);
  void on_statistics(rd_kafka_op_s& event);

  const std::shared_ptr<Shared> shared_;
  const Handle<rd_kafka_s> handle_;
  const Handle<rd_kafka_queue_s> events_;
  Guarded<Error> last_error_;
  Statistics statistics_;                         ///< Of the polling thread, as the next.
  std::map<std::string, os::SteadyTime> logged_;  ///< By facility, so that none fills the log.
};

}  // namespace weir::log::kafka
