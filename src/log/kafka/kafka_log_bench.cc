#include <atomic>
#include <condition_variable>
#include <mutex>

#include <benchmark/benchmark.h>
#include <librdkafka/rdkafka.h>

#include "log/kafka/client.h"
#include "log/kafka/test_kafka.h"

// Appends and reads by the log on real brokers (WEIR_TEST_KAFKA), beside librdkafka used directly with the
// same settings, which is the limit: no headers, no deadlines, no answers to callers.
namespace weir::log::kafka {
namespace {

constexpr size_t kInFlightBytes = 32 << 20;

KafkaLogOptions bench_options() {
  KafkaLogOptions options = test_options(test_brokers());
  options.partition_count = 4;
  options.settings_wait = os::milliseconds(3'000);
  return options;
}

/// Compresses to about a half, as encoded samples do.
std::string payload_of(size_t size) {
  os::Random random(size);
  std::string payload(size, '\0');
  for (char& c : payload) c = static_cast<char>('a' + random.below(16));
  return payload;
}

bool skip(benchmark::State& state) {
  if (test_brokers() != nullptr) return false;
  state.SkipWithError(kNoBrokers);
  return true;
}

void count(benchmark::State& state, size_t record_bytes, int64_t records) {
  state.SetItemsProcessed(records);
  state.SetBytesProcessed(records * static_cast<int64_t>(record_bytes));
}

/// Keeps a number of records in flight.
class Flight {
 public:
  explicit Flight(size_t width) : width_(width) {}
  void depart() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return in_flight_ < width_; });
    ++in_flight_;
  }
  void land() {
    std::lock_guard lock(mutex_);
    --in_flight_;
    changed_.notify_one();
  }
  void wait_for_all() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return in_flight_ == 0; });
  }

 private:
  const size_t width_;
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t in_flight_ = 0;
};

void append_records(Log& log, const std::string& payload, int64_t records, uint32_t partitions) {
  Flight flight(kInFlightBytes / (payload.size() + 512));
  for (int64_t i = 0; i < records; ++i) {
    flight.depart();
    const NewRecord one = record(static_cast<uint32_t>(i) % partitions, payload);
    log.append({&one, 1}, in_seconds(60), [&flight](Outcome outcome) {
      outcome.value();
      flight.land();
    });
  }
  flight.wait_for_all();
}

/// Argument: bytes of a record. 64 MiB an iteration.
void BM_Append(benchmark::State& state) {
  if (skip(state)) return;
  telemetry::Registry registry;
  auto log = open_log(bench_options(), registry).value();
  const std::string payload = payload_of(static_cast<size_t>(state.range(0)));
  const int64_t records = (64 << 20) / state.range(0);
  append_records(*log, payload, 100, 4);
  for (auto _ : state) append_records(*log, payload, records, 4);
  count(state, payload.size(), state.iterations() * records);
}
BENCHMARK(BM_Append)->Arg(40 << 10)->Arg(300)->UseRealTime()->Unit(benchmark::kMillisecond)->Iterations(8);

/// A producer and its topic, without the log.
struct Direct {
  explicit Direct(const KafkaLogOptions& options, ClientKind kind)
      : shared(std::make_shared<Shared>(options, os::system_clock(), registry)),
        client(Client::create(shared, kind).value()),
        topic(rd_kafka_topic_new(client->handle(), options.topic.c_str(), nullptr)) {}

  telemetry::Registry registry;
  std::shared_ptr<Shared> shared;
  std::unique_ptr<Client> client;
  Handle<rd_kafka_topic_s> topic;
};

void produce_directly(Direct& direct, const std::string& payload, int64_t records) {
  const int64_t width = static_cast<int64_t>(kInFlightBytes / (payload.size() + 512));
  int64_t sent = 0;
  for (int64_t landed = 0; landed < records;) {
    while (sent < records && sent - landed < width) {
      rd_kafka_produce(direct.topic.get(), static_cast<int32_t>(sent % 4), RD_KAFKA_MSG_F_COPY,
                       const_cast<char*>(payload.data()), payload.size(), nullptr, 0, nullptr);
      ++sent;
    }
    if (Handle<rd_kafka_op_s> event = direct.client->poll(os::milliseconds(100)))
      landed += static_cast<int64_t>(rd_kafka_event_message_count(event.get()));
  }
}

void BM_LimitProduce(benchmark::State& state) {
  if (skip(state)) return;
  const KafkaLogOptions options = bench_options();
  {
    telemetry::Registry registry;
    open_log(options, registry).value();  // makes the topic
  }
  Direct direct(options, ClientKind::kProducer);
  const std::string payload = payload_of(static_cast<size_t>(state.range(0)));
  const int64_t records = (64 << 20) / state.range(0);
  produce_directly(direct, payload, 100);
  for (auto _ : state) produce_directly(direct, payload, records);
  count(state, payload.size(), state.iterations() * records);
}
BENCHMARK(BM_LimitProduce)
    ->Arg(40 << 10)
    ->Arg(300)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond)
    ->Iterations(8);

/// Argument: bytes of a record. A new reader reads 64 MiB an iteration, connecting included.
void BM_Read(benchmark::State& state) {
  if (skip(state)) return;
  telemetry::Registry registry;
  auto log = open_log(bench_options(), registry).value();
  const std::string payload = payload_of(static_cast<size_t>(state.range(0)));
  const int64_t records = (64 << 20) / state.range(0);
  append_records(*log, payload, records, 1);
  for (auto _ : state) {
    auto reader = log->open_reader(PartitionId(0)).value();
    for (int64_t read = 0; read < records;)
      read += static_cast<int64_t>(reader->poll(1 << 20, in_seconds(60)).value().size());
  }
  count(state, payload.size(), state.iterations() * records);
}
BENCHMARK(BM_Read)->Arg(40 << 10)->Arg(300)->UseRealTime()->Unit(benchmark::kMillisecond)->Iterations(8);

void BM_LimitConsume(benchmark::State& state) {
  if (skip(state)) return;
  const KafkaLogOptions options = bench_options();
  const std::string payload = payload_of(static_cast<size_t>(state.range(0)));
  const int64_t records = (64 << 20) / state.range(0);
  {
    telemetry::Registry registry;
    auto log = open_log(options, registry).value();
    append_records(*log, payload, records, 1);
  }
  Direct direct(options, ClientKind::kConsumer);
  for (auto _ : state) {
    const Handle<rd_kafka_queue_s> queue(rd_kafka_queue_new(direct.client->handle()));
    rd_kafka_consume_start_queue(direct.topic.get(), 0, RD_KAFKA_OFFSET_BEGINNING, queue.get());
    for (int64_t read = 0; read < records;) {
      const Handle<rd_kafka_message_s> message(rd_kafka_consume_queue(queue.get(), 1'000));
      if (message != nullptr && message->err == RD_KAFKA_RESP_ERR_NO_ERROR) ++read;
    }
    rd_kafka_consume_stop(direct.topic.get(), 0);
  }
  count(state, payload.size(), state.iterations() * records);
}
BENCHMARK(BM_LimitConsume)
    ->Arg(40 << 10)
    ->Arg(300)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond)
    ->Iterations(8);

}  // namespace
}  // namespace weir::log::kafka
