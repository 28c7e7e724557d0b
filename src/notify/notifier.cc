#include "notify/notifier.h"

#include <algorithm>
#include <atomic>

#include <fmt/format.h>

#include "telemetry/logger.h"

namespace weir::notify {
namespace {

// How long a step of the wall clock may go unseen.
constexpr int64_t kWaitMsMax = 1'000;
/// Of a test: for so long its attempts may begin, and so many are made at once.
constexpr os::milliseconds kTestBegins{5'000};
constexpr size_t kTestThreads = 8;
constexpr size_t kNamesShownMax = 50;

Error no_such_receiver(const Config& config, std::string_view name) {
  std::string names;
  const size_t shown = std::min(config.receivers.size(), kNamesShownMax);
  for (size_t i = 0; i < shown; ++i)
    names += fmt::format("{}\"{}\"", i == 0 ? "" : ", ", config.receivers[i].name);
  if (shown < config.receivers.size()) names += fmt::format(" and {} more", config.receivers.size() - shown);
  return not_found(fmt::format("there is no receiver \"{}\"; there are {}", name, names));
}

Notification test_notification(const Receiver& receiver, const Integration& integration, TimestampMs now_ms) {
  Notification test;
  const Labels labels = Labels::of({{"alertname", "WeirTest"}});
  test.target = {TenantId::nobody(), "{}:" + labels_text(labels), receiver.name, integration.name()};
  test.group_labels = labels;
  test.alerts = {{.labels = labels,
                  .annotations = {{"summary", "A test of the receiver; nothing is wrong."}},
                  .starts_at_ms = now_ms,
                  .ends_at_ms = std::nullopt,
                  .generator_url = {}}};
  test.firing = {fingerprint(labels)};
  test.incidents = {incident(test.alerts.front())};
  test.made_at_ms = now_ms;
  return test;
}

}  // namespace

Result<std::unique_ptr<Notifier>> Notifier::start(std::shared_ptr<const Config> config,
                                                  NotifierOptions options, os::FileSystem& files,
                                                  telemetry::Registry& registry) {
  ASSIGN_OR_RETURN(net::OutboundGuard guard, net::OutboundGuard::create(options.outbound));
  return std::unique_ptr<Notifier>(
      new Notifier(std::move(config), std::move(options), std::move(guard), files, registry));
}

Notifier::Notifier(std::shared_ptr<const Config> config, NotifierOptions options, net::OutboundGuard guard,
                   os::FileSystem& files, telemetry::Registry& registry)
    : options_(std::move(options)),
      guard_(std::move(guard)),
      context_{guard_, files, options_.external_url, options_.attempt_timeout_ms},
      config_(config),
      dispatcher_(config, options_.dispatcher,
                  [this](TenantId tenant, LabelsView labels, TimestampMs now_ms) {
                    return silences_.is_silenced(tenant, labels, now_ms);
                  }),
      groups_gauge_(registry.observe_gauge("weir_notification_groups", "Groups of alerts.", {},
                                           [this] {
                                             std::lock_guard lock(mutex_);
                                             return static_cast<double>(dispatcher_.group_count());
                                           })),
      delivery_(std::make_unique<Delivery>(
          options_.delivery, registry,
          [this](const Notification& notification, bool delivered) { settle(notification, delivered); })),
      thread_("notify", [this](std::stop_token stop) { run(stop); }) {
  delivery_->set_senders(senders_of(*config));
}

Notifier::~Notifier() {
  thread_.request_stop();
  thread_.join();
  delivery_.reset();
}

Delivery::Senders Notifier::senders_of(const Config& config) const {
  Delivery::Senders senders;
  for (const Receiver& receiver : config.receivers) {
    for (const Integration& integration : receiver.integrations)
      senders.emplace(Lane{receiver.name, integration.name()}, make_sender(integration, context_));
  }
  return senders;
}

Status Notifier::insert(TenantId tenant, std::span<const Alert> alerts) {
  Status taken;
  {
    std::lock_guard lock(mutex_);
    taken = dispatcher_.insert(tenant, alerts, clock_.wall_ms());
    ++changes_;
  }
  changed_.notify_all();
  return taken;
}

void Notifier::reload(std::shared_ptr<const Config> config) {
  delivery_->set_senders(senders_of(*config));
  {
    std::lock_guard lock(mutex_);
    config_ = config;
    dispatcher_.reload(std::move(config), clock_.wall_ms());
    ++changes_;
  }
  changed_.notify_all();
}

std::vector<NotificationLog::Document> Notifier::export_log(TenantId tenant) {
  std::lock_guard lock(mutex_);
  return dispatcher_.log().take_changed(tenant);
}

void Notifier::give_again(TenantId tenant, size_t shard) {
  std::lock_guard lock(mutex_);
  dispatcher_.log().give_again(tenant, shard);
}

Status Notifier::import_log(TenantId tenant, std::string_view bytes) {
  std::lock_guard lock(mutex_);
  return dispatcher_.log().decode(tenant, bytes);
}

void Notifier::settle(const Notification& notification, bool delivered) {
  std::lock_guard lock(mutex_);
  dispatcher_.settle(notification, delivered, clock_.wall_ms());
}

void Notifier::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    std::vector<Notification> due;
    {
      std::unique_lock lock(mutex_);
      const TimestampMs now_ms = clock_.wall_ms();
      due = dispatcher_.due(now_ms);
      if (due.empty()) {
        const int64_t wait_ms = std::clamp<int64_t>(
            dispatcher_.next_due_ms().value_or(now_ms + kWaitMsMax) - now_ms, 1, kWaitMsMax);
        changed_.wait_until(lock, stop, clock_.steady() + os::milliseconds(wait_ms),
                            [&, seen = changes_] { return changes_ != seen; });
        continue;
      }
    }
    for (Notification& notification : due) delivery_->push(std::move(notification));
  }
}

Result<std::vector<TestOutcome>> Notifier::test(std::string_view receiver) {
  std::shared_ptr<const Config> config;
  {
    std::lock_guard lock(mutex_);
    config = config_;
  }
  const Receiver* found = config->receiver(receiver);
  if (found == nullptr) return no_such_receiver(*config, receiver);
  const os::SteadyTime until = clock_.steady() + kTestBegins;
  const size_t count = found->integrations.size();
  std::vector<TestOutcome> outcomes(count);
  std::atomic<size_t> next{0};
  std::vector<os::Thread> threads;
  for (size_t i = 0; i < std::min(count, kTestThreads); ++i) {
    threads.emplace_back("notify-test", [&](std::stop_token) {
      for (size_t at = next++; at < count; at = next++)
        outcomes[at] = test(*found, found->integrations[at], until);
    });
  }
  for (os::Thread& thread : threads) thread.join();
  return outcomes;
}

TestOutcome Notifier::test(const Receiver& receiver, const Integration& integration,
                           os::SteadyTime until) const {
  if (clock_.steady() >= until)
    return {integration.name(), false, "not tried: the others of this receiver took too long"};
  const auto sender = make_sender(integration, context_);
  const SendOutcome outcome = sender->send(test_notification(receiver, integration, clock_.wall_ms()));
  telemetry::log_info("notify", "a receiver was tested",
                      {{"receiver", receiver.name},
                       {"integration", integration.name()},
                       {"delivered", outcome.delivered()},
                       {"error", outcome.error}});
  return {integration.name(), outcome.delivered(), outcome.error};
}

}  // namespace weir::notify
