#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/tenant_id.h"
#include "net/outbound_guard.h"
#include "notify/config.h"
#include "notify/delivery.h"
#include "notify/dispatcher.h"
#include "notify/silence.h"
#include "os/clock.h"
#include "os/files.h"
#include "os/threads.h"
#include "telemetry/metrics.h"

namespace weir::notify {

struct NotifierOptions {
  DispatcherOptions dispatcher;
  DeliveryOptions delivery;
  net::OutboundPolicy outbound;
  std::string external_url;            ///< Of this server, as users reach it; may be empty.
  int64_t attempt_timeout_ms = 5'000;  ///< Of one attempt to deliver.
};

/// What came of a test of one integration.
struct TestOutcome {
  std::string integration;  ///< "webhook[0]".
  bool delivered = false;
  std::string error;
};

/// Takes alerts and tells the receivers of a configuration about them. Safe from any thread.
///
///     auto notifier = Notifier::start(config, options, os::posix_files(), registry);
///     for (bytes : stored) notifier->import_log(tenant, bytes);                // before its first alerts
///     notifier->insert(tenant, alerts);                                        // after each evaluation
///     for (document : notifier->export_log(tenant)) store(tenant, document);   // soon after, and at the end
class Notifier {
 public:
  /// `config` is one without problems. `files` and `registry` outlive it. kInvalidArgument for a policy that
  /// is none.
  static Result<std::unique_ptr<Notifier>> start(std::shared_ptr<const Config> config,
                                                 NotifierOptions options, os::FileSystem& files,
                                                 telemetry::Registry& registry);
  /// Ends attempts that run, and makes no others. What was not delivered is, after `import_log` and `insert`
  /// in another process, told there.
  ~Notifier();

  /// As Dispatcher::insert.
  Status insert(TenantId tenant, std::span<const Alert> alerts);
  /// Goes on with another configuration; what was told stays told.
  void reload(std::shared_ptr<const Config> config);

  /// What was told to whom, as documents to be kept: those that have changed since the last call. As
  /// NotificationLog::take_changed; with `give_again` for one that could not be kept.
  std::vector<NotificationLog::Document> export_log(TenantId tenant);
  void give_again(TenantId tenant, size_t shard);
  /// Adds a document that another process kept. As NotificationLog::decode.
  Status import_log(TenantId tenant, std::string_view bytes);

  Silences& silences() { return silences_; }

  /// Sends an alert that says that it is a test to every integration of a receiver, once, past all grouping
  /// and silences; waits for it. Several are told at a time; what has not had its turn within 5 s, since the
  /// others are slow, is not told and says so, so that with attempts of 5 s (emails: 10 s) it takes no longer
  /// than 15 s. kNotFound without such a receiver; the message names those there are.
  Result<std::vector<TestOutcome>> test(std::string_view receiver);

 private:
  Notifier(std::shared_ptr<const Config> config, NotifierOptions options, net::OutboundGuard guard,
           os::FileSystem& files, telemetry::Registry& registry);
  void run(std::stop_token stop);
  void settle(const Notification& notification, bool delivered);
  Delivery::Senders senders_of(const Config& config) const;
  TestOutcome test(const Receiver& receiver, const Integration& integration, os::SteadyTime until) const;

  const NotifierOptions options_;
  const net::OutboundGuard guard_;
  os::Clock& clock_ = os::system_clock();
  const SenderContext context_;
  Silences silences_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::shared_ptr<const Config> config_;  // as what follows, guarded by mutex_
  Dispatcher dispatcher_;
  uint64_t changes_ = 0;
  std::unique_ptr<telemetry::Registry::Handle> groups_gauge_;
  std::unique_ptr<Delivery> delivery_;
  os::Thread thread_;  // asks the dispatcher what is due
};

}  // namespace weir::notify
