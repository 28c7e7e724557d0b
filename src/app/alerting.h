#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "config/config.h"
#include "meta/meta_store.h"
#include "notify/alertmanager_client.h"
#include "notify/kept_silences.h"
#include "notify/notifier.h"
#include "os/threads.h"
#include "rules/ruler/ruler.h"

namespace weir::app {

/// Hands the alerts of rules to those who tell people of them: the receivers of a configuration of
/// Alertmanager's kind, and Alertmanagers beside this server. Safe from any thread.
class Alerting {
 public:
  struct Parts {
    const config::Config& config;
    os::Clock& clock;
    os::FileSystem& files;
    telemetry::Registry& registry;
    meta::MetaStore& meta;  ///< Keeps silences, and what was told, so that it is not told again.
  };

  /// kInvalidArgument where the configuration has a fault, with its place. What the parts have outlives it.
  static Result<std::unique_ptr<Alerting>> start(const Parts& parts);
  /// Ends the attempts under way.
  ~Alerting();

  /// As RulerParts::announce. May wait for the catalogue with a tenant's first alerts.
  void announce(TenantId tenant, const std::vector<rules::AnnouncedAlert>& alerts);

  const rules::TextMap& external_labels() const { return external_labels_; }
  /// Null, as `silences`, where no receivers are configured.
  notify::Notifier* notifier() { return notifier_.get(); }
  notify::KeptSilences* silences() { return silences_ ? &*silences_ : nullptr; }

 private:
  explicit Alerting(const Parts& parts, net::OutboundGuard guard);
  Status start_receivers();
  Status start_alertmanagers();
  notify::Alert told(const rules::AnnouncedAlert& announced) const;
  void recall(TenantId tenant);
  void hand_over(TenantId tenant, const std::vector<notify::Alert>& alerts);
  void send_to_alertmanagers(std::stop_token stop);
  void keep_up(std::stop_token stop);
  void keep_changed_logs();
  Status keep(TenantId tenant, const notify::NotificationLog::Document& document);

  /// What Alertmanagers are to be told: the newest of each alert of each tenant.
  using Waiting = std::map<std::pair<TenantId, Labels>, notify::Alert>;

  const Parts parts_;
  const net::OutboundGuard guard_;
  rules::TextMap external_labels_;
  std::unique_ptr<notify::Notifier> notifier_;                 // null without a configuration
  std::optional<notify::KeptSilences> silences_;               // with the notifier
  std::unique_ptr<notify::AlertmanagerClient> alertmanagers_;  // null without one
  telemetry::Counter& dropped_;
  std::mutex logs_mutex_;
  std::set<TenantId> recalled_;  // tenants whose log has been read; by logs_mutex_
  std::mutex mutex_;
  std::condition_variable_any changed_;
  Waiting waiting_;    // guarded by mutex_
  os::Thread sender_;  // the threads are last: they use all else
  os::Thread keeper_;
};

}  // namespace weir::app
