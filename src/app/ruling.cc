#include "app/ruling.h"

#include <algorithm>
#include <future>

#include <fmt/format.h>

#include "app/comma_list.h"
#include "os/files.h"
#include "os/host.h"
#include "os/path_pattern.h"
#include "rules/evaluation/instant_vector.h"
#include "rules/ruler/rule_documents.h"
#include "telemetry/logger.h"

namespace weir::app {
namespace {

constexpr os::milliseconds kTimeout{30'000};
constexpr os::milliseconds kWriteTimeout{10'000};
constexpr os::milliseconds kLook{1};
constexpr os::milliseconds kRefreshInterval{2'000};
constexpr std::string_view kLeaseName = "ruler";
constexpr os::milliseconds kLeaseTime{8'000};
constexpr os::milliseconds kLeaseTimeout{5'000};

query::EngineOptions engine_options(const config::Config& config) {
  query::EngineOptions options;
  options.lookback = config.query.lookback;
  options.experimental = config.query.experimental;
  return options;
}
  options.unknown_ms_max = config.unknown_max.count();

rules::RulerOptions ruler_options(const config::RulesConfig& config) {
  rules::RulerOptions options;
  options.threads = config.threads;
  options.interval_ms = config.interval.count();
  options.query_offset_ms = config.query_offset.count();
  options.catch_up_ms_max = config.catch_up_max.count();
  options.external_url = config.external_url;
  return options;
}

/// The same in a process that takes the place of one that has crashed, so that it need not wait for its
/// lease.
std::string lease_holder(const config::Config& config) {
  return fmt::format("{} {}", os::uname_info().node, config.server.listen).substr(0, 200);
}

}  // namespace

Ruling::Ruling(const RulingParts& parts)
    : parts_(parts),
      engine_(*parts.engines.store, engine_options(parts.config), parts.clock),
      ingester_(*parts.engines.log, *parts.engines.codec, parts.clock, parts.registry) {}

Ruling::~Ruling() {
  watcher_.request_stop();
  watcher_.join();
  ruler_.reset();
  if (!is_shared()) return;
  const Status given_up = parts_.engines.meta->release_lease(kLeaseName, lease_holder(parts_.config),
                                                             Deadline::after(parts_.clock, kLeaseTimeout));
  if (!given_up.ok())
    telemetry::log_warn("rules", "another ruler has to wait", {{"error", given_up.error().message}});
}

Status Ruling::start() {
  const auto tenant =
      parts_.engines.meta->create_tenant(parts_.config.rules.tenant, Deadline::after(parts_.clock, kTimeout));
  if (!tenant.ok()) return Error(tenant.error()).context("rules.tenant");
  files_tenant_ = tenant->id;
  rules::RulerParts ruler{parts_.clock, parts_.registry, *parts_.engines.meta, {}, {}, {}, {}};
  ruler.watermark_ms = [this](TenantId of) { return parts_.watermark.of(of); };
  ruler.query = [this](TenantId of, const std::string& expr, TimestampMs at_ms) {
    return query(of, expr, at_ms);
  };
  ruler.write = [this](TenantId of, const Batch& samples) { return write(of, samples); };
  ruler.announce = [this](TenantId of, const std::vector<rules::AnnouncedAlert>& alerts) {
    parts_.alerting.announce(of, alerts);
  };
  ruler_ = std::make_unique<rules::Ruler>(ruler_options(parts_.config.rules), ruler);
  ASSIGN_OR_RETURN(files_, read_files());
  RETURN_IF_ERROR(refresh_if_in_charge());
  watcher_ = os::Thread("rules", [this](std::stop_token stop) { watch(std::move(stop)); });
  return {};
}

Result<std::vector<rules::RuleSample>> Ruling::query(TenantId tenant, const std::string& expr,
                                                     TimestampMs at_ms) const {
  const query::QueryContext context{
      tenant, parts_.limits, Deadline::after(parts_.clock, os::milliseconds(parts_.limits.query_timeout_ms))};
  return rules::instant_vector(engine_, context, expr, at_ms);
}

/// Samples that the tenant's limits refuse are logged and lost: they would be refused again.
Status Ruling::write(TenantId tenant, const Batch& samples) {
  const Deadline deadline = Deadline::after(parts_.clock, kWriteTimeout);
  const std::shared_ptr<Batch> batch = ingester_.new_batch();
  *batch = samples;
  std::promise<Result<ingest::Verdict>> promise;
  auto future = promise.get_future();
  ingester_.write({tenant, parts_.limits, deadline}, batch,
                  [&promise](Result<ingest::Verdict> verdict) { promise.set_value(std::move(verdict)); });
  const Result<ingest::Verdict> verdict = future.get();
  RETURN_IF_ERROR(verdict);
  if (!verdict->rejections.empty()) {
    telemetry::log_warn("rules", "samples that rules have made are refused",
                        {{"tenant", tenant.value()},
                         {"samples", verdict->rejected_samples},
                         {"reason", std::string(verdict->rejections.front().reason)}});
  }
  return wait_until_visible(verdict->positions, deadline);
}

Status Ruling::wait_until_visible(const std::vector<log::Position>& positions, Deadline deadline) const {
  for (const log::Position& position : positions) {
    while (true) {
      ASSIGN_OR_RETURN(const Offset visible, parts_.engines.store->visible_offset(position.partition));
      if (visible > position.offset) break;
      if (deadline.passed(parts_.clock))
        return deadline_exceeded("rules: what they have made is not applied yet");
      parts_.clock.sleep_until(parts_.clock.steady() + kLook, {});
    }
  }
  return {};
}

Result<Ruling::Files> Ruling::read_files() const {
  Files files;
  const rules::RuleFileLimits limits;
  for (const std::string& pattern : split_at_commas(parts_.config.rules.files)) {
    const std::vector<std::string> paths = os::matching_paths(os::posix_files(), pattern);
    if (paths.empty() && pattern.find_first_of("*?[") == std::string::npos)
      return not_found(fmt::format("rules.files: {}: no such file", pattern));
    for (const std::string& path : paths) {
      ASSIGN_OR_RETURN(std::string text, os::read_file(os::posix_files(), path, limits.bytes_max));
      if (const auto known = files_.find(path); known != files_.end() && known->second.text == text) {
        files.insert(*known);
        continue;
      }
      rules::RuleFile file = rules::parse_rule_file(text, limits);
      if (!file.problems.empty()) {
        const rules::Problem& first = file.problems.front();
        return invalid_argument(fmt::format("{}:{}: {}; `weir rules check {}` says all that is wrong", path,
                                            yaml::to_text(first.mark), first.message, path));
      }
      files.insert_or_assign(path, ReadFile{std::move(text), std::move(file.groups)});
    }
  }
  return files;
}

/// Takes over what has changed in the files and the catalogue.
Status Ruling::refresh() {
  const Deadline deadline = Deadline::after(parts_.clock, kTimeout);
  ASSIGN_OR_RETURN(Files files, read_files());
  ASSIGN_OR_RETURN(const uint64_t revision, parts_.engines.meta->revision(rules::kRuleKind, deadline));
  const bool same_files = std::ranges::equal(files, files_, [](const auto& a, const auto& b) {
    return a.first == b.first && a.second.text == b.second.text;
  });
  if (refreshed_ && same_files && revision == revision_) return {};
  std::vector<rules::TenantGroup> groups;
  for (const auto& [path, file] : files) {
    for (const rules::RuleGroup& group : file.groups) groups.push_back({files_tenant_, path, group});
  }
  ASSIGN_OR_RETURN(const std::vector<meta::Tenant> tenants, parts_.engines.meta->tenants(deadline));
  for (const meta::Tenant& tenant : tenants) {
    ASSIGN_OR_RETURN(std::vector<rules::StoredGroup> stored,
                     rules::stored_groups(*parts_.engines.meta, tenant.id, deadline));
    for (rules::StoredGroup& one : stored)
      groups.push_back({tenant.id, std::move(one.name_space), std::move(one.group)});
  }
  telemetry::log_info("rules", "rules are read", {{"groups", groups.size()}});
  ruler_->set_groups(std::move(groups));
  files_ = std::move(files);
  revision_ = revision;
  refreshed_ = true;
  return {};
}

/// A catalogue in the data directory is this process's alone, and a lease would cost it a write every two
/// seconds.
bool Ruling::is_shared() const {
  return parts_.config.catalogue.engine != config::CatalogueEngine::kSqlite;
}

/// Until the lease runs out a catalogue that is away changes nothing.
bool Ruling::holds_lease() {
  if (!is_shared()) return true;
  const os::SteadyTime now = parts_.clock.steady();
  const auto lease = parts_.engines.meta->acquire_lease(kLeaseName, lease_holder(parts_.config), kLeaseTime,
                                                        Deadline::after(parts_.clock, kLeaseTimeout));
  if (lease.ok()) lease_until_ = now + kLeaseTime;
  const bool is_anothers = !lease.ok() && lease.error().code == Code::kAlreadyExists;
  return !is_anothers && parts_.clock.steady() < lease_until_;
}

Status Ruling::refresh_if_in_charge() {
  if (holds_lease()) return refresh();
  if (!refreshed_) return {};
  telemetry::log_warn("rules", "another process evaluates the rules from now on");
  ruler_->release_groups();
  refreshed_ = false;
  return {};
}

/// A fault is logged once, and what was read before stays.
void Ruling::watch(std::stop_token stop) {
  std::string last_fault;
  while (parts_.clock.sleep_until(parts_.clock.steady() + kRefreshInterval, stop)) {
    const Status refreshed = refresh_if_in_charge();
    const std::string fault = refreshed.ok() ? "" : refreshed.error().message;
    if (!fault.empty() && fault != last_fault)
      telemetry::log_error("rules", "rules stay as they were", {{"error", fault}});
    last_fault = fault;
  }
}

}  // namespace weir::app
