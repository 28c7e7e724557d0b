#include "log/kafka/producer.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "log/kafka/errors.h"
#include "log/kafka/record_headers.h"
#include "os/random.h"

namespace weir::log::kafka {
namespace {

/// How long the thread waits for events when no deadline is nearer.
constexpr os::milliseconds kIdle{500};
/// How long closing waits for acknowledgements.
constexpr os::milliseconds kCloseWait{3'000};
/// An append given up sooner than this says nothing about the brokers.
constexpr os::milliseconds kFairWait{1'000};

/// librdkafka takes a batch for delivered when a later one was acknowledged, which is right as long as the
/// broker refuses sequences with gaps. Then it knows no offset. Not to depend on that, and because a position
/// is owed, such a record counts as one whose outcome is unknown.
Error placeless() {
  return unavailable("kafka: append: acknowledged without an offset; the outcome is unknown");
}

}  // namespace

Result<std::unique_ptr<Producer>> Producer::create(std::shared_ptr<Shared> shared, uint32_t partition_count,
                                                   ClientSource new_client,
                                                   std::function<void(Position)> on_delivered) {
  ASSIGN_OR_RETURN(std::unique_ptr<Client> client, new_client());
  return std::make_unique<Producer>(std::move(shared), partition_count, std::move(new_client),
                                    std::move(client), std::move(on_delivered));
}

Producer::Producer(std::shared_ptr<Shared> shared, uint32_t partition_count, ClientSource new_client,
                   std::unique_ptr<Client> client, std::function<void(Position)> on_delivered)
    : shared_(std::move(shared)),
      new_client_(std::move(new_client)),
      on_delivered_(std::move(on_delivered)),
      breaker_("kafka", shared_->options.breaker, shared_->clock, os::random_seed()),
      in_flight_(partition_count, shared_->options.queue_bytes_max),
      channel_(open_channel(std::move(client), shared_->options.topic)),
      thread_("kafka-producer", [this](std::stop_token stop) { run(stop); }) {}

Producer::~Producer() {
  {
    std::unique_lock lock(mutex_);
    closing_ = true;
    landed_.wait_for(lock, kCloseWait, [this] { return in_flight_.empty(); });
  }
  thread_.request_stop();
  {
    std::lock_guard lock(mutex_);
    if (channel_.client) channel_.client->wake();
  }
  thread_.join();
  give_up();
}

Producer::Channel Producer::open_channel(std::unique_ptr<Client> client, const std::string& topic) {
  Handle<rd_kafka_topic_s> handle(rd_kafka_topic_new(client->handle(), topic.c_str(), nullptr));
  CHECK(handle != nullptr, "a topic with a valid name and no settings of its own can be opened");
  return {std::move(client), std::move(handle)};
}

void Producer::append(std::span<const NewRecord> records, Deadline deadline,
                      Completion<std::vector<Position>> done) {
  if (deadline.passed(shared_->clock))
    return done(deadline_exceeded("kafka: append: the deadline had passed; nothing was appended"));
  Result<resilience::CircuitBreaker::Permit> permit = breaker_.try_acquire();
  if (!permit.ok()) {
    shared_->metrics.refused_breaker.add();
    return done(std::move(permit).error());
  }
  auto append = InFlight::make(records, deadline, shared_->clock.steady(), std::move(done));
  append->permit.emplace(std::move(permit).value());
  std::vector<Answer> answers;
  if (Status launched = launch(append, records, answers); !launched.ok()) {
    append->permit.reset();
    append->done(std::move(launched).error());
  }
  answer(std::move(answers));
}

/// The lock is held from the place in the queue to the hand-over, so that both have one order.
Status Producer::launch(const std::shared_ptr<Append>& append, std::span<const NewRecord> records,
                        std::vector<Answer>& answers) {
  std::lock_guard lock(mutex_);
  if (closing_) return cancelled("the log is closing");
  Result<std::vector<Send*>> sends = in_flight_.add(append, records);
  if (!sends.ok()) {
    shared_->metrics.refused_queue_full.add();
    return std::move(sends).error();
  }
  for (Send* send : *sends) hand_over(*send, answers);
  if (append->deadline.when() < next_look_ && channel_.client) channel_.client->wake();
  return {};
}

/// Needs the lock. While the client is being replaced the record stays for its successor, in its place.
void Producer::hand_over(Send& send, std::vector<Answer>& answers) {
  if (!sending_) return;
  const int error = produce(send);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  if (!channel_.client->fatal_error()) return in_flight_.failed(send, append_error(error), answers);
  sending_ = false;
  channel_.client->wake();
}

/// Hands the record to librdkafka, which refers to its bytes until it reports on it. Needs the lock.
int Producer::produce(Send& send) {
  std::array<char, 20> digits;
  const size_t digit_count =
      static_cast<size_t>(fmt::format_to(digits.data(), "{}", send.tenant.value()) - digits.data());
  const std::string& content_type = shared_->options.content_type;
  std::array<rd_kafka_vu_t, 7> fields{};
  size_t count = 0;
  const auto header = [&](const char* name, const char* value, size_t size) {
    fields[count].vtype = RD_KAFKA_VTYPE_HEADER;
    fields[count++].u.header = {name, value, static_cast<ssize_t>(size)};
  };
  fields[count].vtype = RD_KAFKA_VTYPE_RKT;
  fields[count++].u.rkt = channel_.topic.get();
  fields[count].vtype = RD_KAFKA_VTYPE_PARTITION;
  fields[count++].u.i32 = static_cast<int32_t>(send.partition.value());
  fields[count].vtype = RD_KAFKA_VTYPE_VALUE;
  fields[count++].u.mem = {const_cast<char*>(send.payload.data()), send.payload.size()};
  fields[count].vtype = RD_KAFKA_VTYPE_OPAQUE;
  fields[count++].u.ptr = &send;
  header(kTenantHeader, digits.data(), digit_count);
  if (!content_type.empty()) header(kContentTypeHeader, content_type.data(), content_type.size());
  if (!send.trace_parent.empty())
    header(kTraceParentHeader, send.trace_parent.data(), send.trace_parent.size());
  const Handle<rd_kafka_error_s> error(rd_kafka_produceva(channel_.client->handle(), fields.data(), count));
  return error == nullptr ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_error_code(error.get());
}

void Producer::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    // Gone while another one cannot be made.
    if (channel_.client == nullptr) {
      shared_->clock.sleep_until(shared_->clock.steady() + until_next_expiry(), stop);
    } else if (Handle<rd_kafka_op_s> event = channel_.client->poll(until_next_expiry())) {
      take_deliveries(*event);
    }
    expire();
    const std::optional<std::string> fatal =
        channel_.client ? channel_.client->fatal_error() : std::optional<std::string>("no client");
    if (fatal && shared_->clock.steady() >= replace_at_) replace(*fatal);
  }
}

os::milliseconds Producer::until_next_expiry() {
  const os::SteadyTime now = shared_->clock.steady();
  std::lock_guard lock(mutex_);
  next_look_ = std::min(now + kIdle, in_flight_.next_expiry().value_or(os::SteadyTime::max()));
  if (!sending_) next_look_ = std::min(next_look_, std::max(now, replace_at_));
  return std::max(os::milliseconds(0), std::chrono::ceil<os::milliseconds>(next_look_ - now));
}

/// A client that has failed for good fails all it holds; those records stay, for its successor.
void Producer::take_deliveries(rd_kafka_op_s& event) {
  if (rd_kafka_event_type(&event) != RD_KAFKA_EVENT_DR) return;
  const bool dying = channel_.client->fatal_error().has_value();
  std::vector<Answer> answers;
  std::vector<Position> delivered;
  {
    std::lock_guard lock(mutex_);
    while (const rd_kafka_message_t* message = rd_kafka_event_message_next(&event)) {
      Send& send = *static_cast<Send*>(message->_private);
      if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR && message->offset >= 0) {
        delivered.push_back({send.partition, Offset(message->offset)});
        in_flight_.delivered(send, delivered.back().offset, answers);
      } else if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        in_flight_.failed(send, placeless(), answers);
      } else if (dying) {
        sending_ = false;
      } else {
        in_flight_.failed(send, append_error(message->err), answers);
      }
    }
    if (in_flight_.empty()) landed_.notify_all();
  }
  if (!delivered.empty()) shared_->connection.set_up();
  for (const Position& position : delivered) on_delivered_(position);
  answer(std::move(answers));
}

void Producer::expire() {
  std::vector<Answer> answers;
  {
    std::lock_guard lock(mutex_);
    in_flight_.expire(shared_->clock.steady(), answers);
  }
  answer(std::move(answers));
}

/// Without the lock: whoever is told may append again.
void Producer::answer(std::vector<Answer> answers) {
  const os::SteadyTime now = shared_->clock.steady();
  for (Answer& answer : answers) {
    Append& append = *answer.append;
    const auto took = now - append.started;
    const bool late = answer.error && answer.error->code == Code::kDeadlineExceeded;
    const bool fair = !late || took >= kFairWait;
    if (append.permit && fair) append.permit->settle(answer.error ? Status(*answer.error) : Status());
    append.permit.reset();
    if (answer.error) {
      (late ? shared_->metrics.failed_deadline : shared_->metrics.failed_other).add();
      answer.done(*std::move(answer.error));
      continue;
    }
    shared_->metrics.delivery_seconds.observe(std::chrono::duration<double>(took).count());
    shared_->metrics.appended_records.add(append.positions.size());
    shared_->metrics.appended_bytes.add(append.bytes.size());
    answer.done(std::move(append.positions));
  }
}

uint64_t Producer::queue_bytes() const {
  std::lock_guard lock(mutex_);
  return in_flight_.charged_bytes();
}

/// Once a probe is due the log calls itself writable: without traffic no probe would ever come.
Status Producer::writable() const {
  const resilience::BreakerStatus status = breaker_.status();
  if (status.state != resilience::BreakerState::kOpen || status.retry_in.count() == 0) return {};
  return unavailable(fmt::format("kafka: {} of the last {} appends failed; tried again in {} ms",
                                 status.failures, status.calls, status.retry_in.count()));
}

}  // namespace weir::log::kafka
