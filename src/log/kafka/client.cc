#include "log/kafka/client.h"

#include <array>

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "log/kafka/errors.h"
#include "log/kafka/security_advice.h"
#include "telemetry/logger.h"

namespace weir::log::kafka {
namespace {

/// librdkafka repeats itself with each attempt to connect.
constexpr os::milliseconds kLogInterval{10'000};
/// syslog's levels.
constexpr int kSyslogWarning = 4;

telemetry::Counter& counter_of(int error, KafkaMetrics& metrics) {
  switch (error) {
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
      return metrics.errors_transport;
    case RD_KAFKA_RESP_ERR__SSL:
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
      return metrics.errors_security;
    case RD_KAFKA_RESP_ERR__FATAL:
      return metrics.errors_fatal;
    default:
      return metrics.errors_other;
  }
}

}  // namespace

Result<std::unique_ptr<Client>> Client::create(std::shared_ptr<Shared> shared, ClientKind kind) {
  ASSIGN_OR_RETURN(Handle<rd_kafka_conf_s> conf, client_conf(shared->options, kind));
  std::array<char, 512> text{};
  const auto type = kind == ClientKind::kProducer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER;
  Handle<rd_kafka_s> handle(rd_kafka_new(type, conf.get(), text.data(), text.size()));
  if (handle == nullptr)
    return invalid_argument(fmt::format("kafka: {}", with_names_for_values(text.data(), shared->options)));
  conf.release();  // it is the instance's now
  if (kind == ClientKind::kMember) rd_kafka_poll_set_consumer(handle.get());
  rd_kafka_set_log_queue(handle.get(), nullptr);
  Handle<rd_kafka_queue_s> events(kind == ClientKind::kMember ? rd_kafka_queue_get_consumer(handle.get())
                                                              : rd_kafka_queue_get_main(handle.get()));
  return std::make_unique<Client>(std::move(shared), std::move(handle), std::move(events));
}

Client::Client(std::shared_ptr<Shared> shared, Handle<rd_kafka_s> handle, Handle<rd_kafka_queue_s> events)
    : shared_(std::move(shared)),
      handle_(std::move(handle)),
      events_(std::move(events)),
      last_error_(std::in_place, unavailable("no broker has answered yet")) {}

Handle<rd_kafka_op_s> Client::poll(os::milliseconds wait) {
  Handle<rd_kafka_op_s> event(rd_kafka_queue_poll(events_.get(), static_cast<int>(wait.count())));
  if (event == nullptr) return nullptr;
  switch (rd_kafka_event_type(event.get())) {
    case RD_KAFKA_EVENT_ERROR:
      on_error(*event);
      return nullptr;
    case RD_KAFKA_EVENT_LOG:
      on_log(*event);
      return nullptr;
    case RD_KAFKA_EVENT_STATS:
      on_statistics(*event);
      return nullptr;
    case RD_KAFKA_EVENT_NONE:
      return nullptr;
    default:
      return event;
  }
}

void Client::wake() {
  rd_kafka_queue_yield(events_.get());
}

std::optional<std::string> Client::fatal_error() const {
  std::array<char, 512> text{};
  if (rd_kafka_fatal_error(handle_.get(), text.data(), text.size()) == RD_KAFKA_RESP_ERR_NO_ERROR)
    return std::nullopt;
  return without_secrets(text.data(), shared_->secrets);
}

Error Client::last_error() const {
  return last_error_.with([](const Error& error) { return error; });
}

/// That every broker is down is said beside the reason, which came before it.
void Client::on_error(rd_kafka_op_s& event) {
  const int error = rd_kafka_event_error(&event);
  counter_of(error, shared_->metrics).add();
  if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) return shared_->connection.set_down(last_error().message);
  std::string text = without_secrets(rd_kafka_event_error_string(&event), shared_->secrets);
  if (const std::string_view advice = security_advice(error, text); !advice.empty())
    text += fmt::format(" ({})", advice);
  last_error_.with([&](Error& last) { last = Error{code_of(error), text}; });
}

void Client::on_log(rd_kafka_op_s& event) {
  const char* facility = nullptr;
  const char* text = nullptr;
  int level = 0;
  if (rd_kafka_event_log(&event, &facility, &text, &level) != 0) return;
  if (std::string_view(facility) == "CONFWARN") level = kSyslogWarning + 1;
  const os::SteadyTime now = shared_->clock.steady();
  auto [last, first] = logged_.try_emplace(facility, now);
  if (!first && now - last->second < kLogInterval) return;
  last->second = now;
  telemetry::log_line(level <= kSyslogWarning ? telemetry::Level::kWarn : telemetry::Level::kDebug, "log",
                      without_secrets(text, shared_->secrets), {{"facility", facility}});
}

void Client::on_statistics(rd_kafka_op_s& event) {
  const Statistics now = parse_statistics(rd_kafka_event_stats(&event));
  shared_->metrics.retries.add(now.retries - std::min(now.retries, statistics_.retries));
  shared_->metrics.connects.add(now.connects - std::min(now.connects, statistics_.connects));
  shared_->metrics.brokers_up.set(static_cast<double>(now.brokers_up));
  statistics_ = now;
}

}  // namespace weir::log::kafka
