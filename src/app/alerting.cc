#include "app/alerting.h"

#include <fmt/format.h>

#include "app/comma_list.h"
#include "app/external_labels.h"
#include "net/http.h"
#include "net/url.h"
#include "os/files.h"
#include "query/label_sets.h"
#include "telemetry/logger.h"

namespace weir::app {
namespace {

constexpr std::string_view kLogKind = "notification-log";
constexpr os::milliseconds kCatalogueTimeout{5'000};
constexpr os::milliseconds kKeepInterval{1'000};
constexpr os::milliseconds kRetry{1'000};
/// Of Prometheus, for an Alertmanager that hears nothing more: alerts are announced again within a minute.
constexpr int64_t kResendMs = 60'000;
constexpr size_t kWaitingMax = 100'000;

/// As the console and Prometheus' own pages link to an expression.
std::string generator_url(const std::string& external_url, const std::string& expr) {
  if (external_url.empty()) return {};
  return fmt::format("{}/graph?g0.expr={}&g0.tab=1", external_url, net::percent_encode(expr));
}

}  // namespace

Result<std::unique_ptr<Alerting>> Alerting::start(const Parts& parts) {
  const net::OutboundPolicy policy{.internal = parts.config.alerting.internal};
  ASSIGN_OR_RETURN(net::OutboundGuard guard, net::OutboundGuard::create(policy));
  auto labels = parse_external_labels(parts.config.rules.external_labels);
  if (!labels.ok()) return Error(labels.error()).context("rules.external_labels");
  std::unique_ptr<Alerting> alerting(new Alerting(parts, std::move(guard)));
  alerting->external_labels_ = *std::move(labels);
  RETURN_IF_ERROR(alerting->start_receivers());
  RETURN_IF_ERROR(alerting->start_alertmanagers());
  return alerting;
}

Alerting::Alerting(const Parts& parts, net::OutboundGuard guard)
    : parts_(parts),
      guard_(std::move(guard)),
      dropped_(
          parts.registry.counter("weir_alertmanager_dropped_alerts_total",
                                 "Alerts that no Alertmanager took and that others had to make room for.")) {}

Alerting::~Alerting() {
  sender_.request_stop();
  keeper_.request_stop();
  sender_.join();
  keeper_.join();
  if (notifier_) keep_changed_logs();
}

Status Alerting::start_receivers() {
  const std::string& path = parts_.config.alerting.config_file;
  if (path.empty()) return {};
  const notify::ConfigLimits limits;
  auto text = os::read_file(parts_.files, path, limits.bytes_max);
  if (!text.ok()) return std::move(text).error().context("alerting.config_file");
  notify::ReadConfig read = notify::parse_config(*text, limits);
  if (!read.problems.empty()) {
    std::string all;
    for (const yaml::Problem& problem : read.problems)
      all += fmt::format("\n{}:{}: {}", path, yaml::to_text(problem.mark), problem.message);
    return invalid_argument("alerting.config_file:" + all);
  }
  notify::NotifierOptions options;
  options.outbound.internal = parts_.config.alerting.internal;
  options.external_url = parts_.config.rules.external_url;
  ASSIGN_OR_RETURN(notifier_,
                   notify::Notifier::start(std::make_shared<const notify::Config>(std::move(read.config)),
                                           std::move(options), parts_.files, parts_.registry));
  silences_.emplace(notifier_->silences(), parts_.meta, parts_.clock);
  RETURN_IF_ERROR(
      silences_->refresh(Deadline::after(parts_.clock, kCatalogueTimeout)).context("reading the silences"));
  keeper_ = os::Thread("notify-keeper", [this](std::stop_token stop) { keep_up(std::move(stop)); });
  return {};
}

Status Alerting::start_alertmanagers() {
  std::vector<notify::AlertmanagerTarget> targets;
  for (std::string& url : split_at_commas(parts_.config.alerting.alertmanagers)) {
    const auto parsed = net::parse_url(url);
    if (!parsed.ok()) return Error(parsed.error()).context(fmt::format("alerting.alertmanagers: {}", url));
    targets.push_back({.url = {.text = std::move(url), .file = {}}});
  }
  if (targets.empty()) return {};
  alertmanagers_ = std::make_unique<notify::AlertmanagerClient>(
      std::move(targets), notify::SenderContext{guard_, parts_.files, parts_.config.rules.external_url});
  sender_ =
      os::Thread("alertmanager", [this](std::stop_token stop) { send_to_alertmanagers(std::move(stop)); });
  return {};
}

notify::Alert Alerting::told(const rules::AnnouncedAlert& announced) const {
  const rules::Alert& alert = announced.alert;
  Labels labels = alert.labels;
  for (const auto& [name, value] : external_labels_) {
    if (labels.view().get(name).empty()) labels = query::set_label(labels, name, value);
  }
  return {.labels = std::move(labels),
          .annotations = alert.annotations,
          .starts_at_ms = alert.fired_at_ms.value_or(alert.active_at_ms),
          .ends_at_ms = alert.resolved_at_ms,
          .generator_url = generator_url(parts_.config.rules.external_url, announced.expr)};
}

void Alerting::announce(TenantId tenant, const std::vector<rules::AnnouncedAlert>& announced) {
  std::vector<notify::Alert> alerts;
  for (const rules::AnnouncedAlert& one : announced) alerts.push_back(told(one));
  if (notifier_) {
    recall(tenant);
    if (const Status taken = notifier_->insert(tenant, alerts); !taken.ok())
      telemetry::log_warn("alerting", "alerts beyond the limit are not told",
                          {{"tenant", tenant.value()}, {"error", taken.error().message}});
  }
  if (alertmanagers_) hand_over(tenant, alerts);
}

/// What was told before this process began, before the tenant's first alerts.
void Alerting::recall(TenantId tenant) {
  std::lock_guard lock(logs_mutex_);
  if (!recalled_.insert(tenant).second) return;
  const auto documents = parts_.meta.list(tenant, kLogKind, Deadline::after(parts_.clock, kCatalogueTimeout));
  Status known = documents.ok() ? ok_status() : Status(documents.error());
  for (size_t i = 0; known.ok() && i < documents->size(); ++i)
    known = notifier_->import_log(tenant, (*documents)[i].body);
  if (known.ok()) return;
  telemetry::log_error("alerting", "what was told is not known; it may be told again",
                       {{"tenant", tenant.value()}, {"error", known.error().message}});
}

/// With the catalogue: what was told goes there, and silences that another process has made come from there.
/// A fault of reading them is logged once.
void Alerting::keep_up(std::stop_token stop) {
  std::string last_fault;
  while (parts_.clock.sleep_until(parts_.clock.steady() + kKeepInterval, stop)) {
    keep_changed_logs();
    const Status read = silences_->refresh(Deadline::after(parts_.clock, kCatalogueTimeout));
    const std::string fault = read.ok() ? "" : read.error().message;
    if (!fault.empty() && fault != last_fault)
      telemetry::log_warn("alerting", "silences of other processes are not known", {{"error", fault}});
    last_fault = fault;
  }
}

void Alerting::keep_changed_logs() {
  std::lock_guard lock(logs_mutex_);
  for (const TenantId tenant : recalled_) {
    for (const notify::NotificationLog::Document& document : notifier_->export_log(tenant)) {
      const Status kept = keep(tenant, document);
      if (kept.ok()) continue;
      notifier_->give_again(tenant, document.shard);
      telemetry::log_warn("alerting", "cannot keep what was told",
                          {{"tenant", tenant.value()}, {"error", kept.error().message}});
    }
  }
}

Status Alerting::keep(TenantId tenant, const notify::NotificationLog::Document& document) {
  const std::string key = fmt::format("{:02x}", document.shard);
  const Deadline deadline = Deadline::after(parts_.clock, kCatalogueTimeout);
  if (!document.bytes.empty()) {
    RETURN_IF_ERROR(parts_.meta.put(tenant, kLogKind, key, document.bytes, std::nullopt, deadline));
    return ok_status();
  }
  Status erased = parts_.meta.erase(tenant, kLogKind, key, std::nullopt, deadline);
  return !erased.ok() && erased.error().code == Code::kNotFound ? ok_status() : erased;
}

void Alerting::hand_over(TenantId tenant, const std::vector<notify::Alert>& alerts) {
  {
    std::lock_guard lock(mutex_);
    for (const notify::Alert& alert : alerts) {
      waiting_.insert_or_assign(std::pair(tenant, alert.labels), alert);
      if (waiting_.size() <= kWaitingMax) continue;
      waiting_.erase(waiting_.begin());
      dropped_.add();
    }
  }
  changed_.notify_all();
}

/// What no Alertmanager took is sent again, unless there is something newer of it.
void Alerting::send_to_alertmanagers(std::stop_token stop) {
  while (!stop.stop_requested()) {
    Waiting taken;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, stop, [this] { return !waiting_.empty(); });
      std::swap(taken, waiting_);
    }
    std::vector<notify::Alert> alerts;
    for (const auto& [key, alert] : taken) alerts.push_back(alert);
    const TimestampMs until_ms = notify::fires_until_ms(parts_.clock.wall_ms(), 0, kResendMs);
    if (alerts.empty() || alertmanagers_->send(alerts, until_ms).ok()) continue;
    {
      std::lock_guard lock(mutex_);
      waiting_.merge(taken);
    }
    parts_.clock.sleep_until(parts_.clock.steady() + kRetry, stop);
  }
}

}  // namespace weir::app
