#include "app/ruling.h"

#include <algorithm>

#include <fmt/format.h>

#include "app/query_options.h"
#include "app/query_views.h"
#include "app/watched_files.h"
#include "rules/evaluation/instant_vector.h"
#include "rules/ruler/rule_documents.h"
#include "telemetry/logger.h"

namespace weir::app {
namespace {

constexpr os::milliseconds kTimeout{30'000};
constexpr os::milliseconds kAggregationWait{2'000};

rules::RulerOptions ruler_options(const config::RulesConfig& config) {
  rules::RulerOptions options;
  options.threads = config.threads;
  options.interval_ms = config.interval.count();
  options.query_offset_ms = config.query_offset.count();
  options.catch_up_ms_max = config.catch_up_max.count();
  options.unknown_ms_max = config.unknown_max.count();
  options.external_url = config.external_url;
  return options;
}

}  // namespace

Ruling::Ruling(const RulingParts& parts)
    : parts_(parts),
      engine_(parts.reader, query_options(parts.config.query), parts.clock),
      writer_({"rules", parts.limits, *parts.engines.log, *parts.engines.codec, *parts.engines.store,
               parts.clock, parts.registry}),
      charge_(parts.config,
              {"ruler", "rules", "rules", [this](bool anew) { return refresh(anew); },
               [this] { ruler_->release_groups(); }},
              *parts.engines.meta, parts.clock) {}

Ruling::~Ruling() {
  charge_.stop();
}

Status Ruling::start() {
  const auto tenant =
      parts_.engines.meta->create_tenant(parts_.config.rules.tenant, Deadline::after(parts_.clock, kTimeout));
  if (!tenant.ok()) return Error(tenant.error()).context("rules.tenant");
  files_tenant_ = tenant->id;
  rules::RulerParts ruler{parts_.clock, parts_.registry, *parts_.engines.meta, {}, {}, {}, {}, {}};
  ruler.watermark_ms = [this](TenantId of) { return watermark_ms(of); };
  ruler.query = [this](TenantId of, const std::string& expr, TimestampMs at_ms) {
    return query(of, expr, at_ms);
  };
  ruler.hold_views = [this](TenantId of, const std::string& expr, store::SelectorViews::OnChange on_change) {
    return hold_views(parts_.views, engine_, of, expr, std::move(on_change));
  };
  ruler.write = [this](TenantId of, const Batch& samples) { return writer_.write(of, samples); };
  ruler.announce = [this](TenantId of, const std::vector<rules::AnnouncedAlert>& alerts) {
    parts_.alerting.announce(of, alerts);
  };
  rules::RulerOptions options = ruler_options(parts_.config.rules);
  options.external_labels = parts_.alerting.external_labels();
  ruler_ = std::make_unique<rules::Ruler>(options, ruler);
  ASSIGN_OR_RETURN(files_, read_files());
  return charge_.start();
}

/// Rules wait for the outputs of windows that have just ended, but not for long: most read no aggregation.
std::optional<TimestampMs> Ruling::watermark_ms(TenantId tenant) const {
  const auto watermark_ms = parts_.watermark.of(tenant);
  if (!watermark_ms || parts_.aggregator == nullptr) return watermark_ms;
  const auto complete_ms = parts_.aggregator->complete_ms(tenant);
  if (!complete_ms) return watermark_ms;
  return std::min(*watermark_ms, std::max(*complete_ms, *watermark_ms - kAggregationWait.count()));
}

Result<std::vector<rules::RuleSample>> Ruling::query(TenantId tenant, const std::string& expr,
                                                     TimestampMs at_ms) const {
  const query::QueryContext context{
      tenant, parts_.limits, Deadline::after(parts_.clock, os::milliseconds(parts_.limits.query_timeout_ms))};
  return rules::instant_vector(engine_, context, expr, at_ms);
}

Result<Ruling::Files> Ruling::read_files() const {
  const rules::RuleFileLimits limits;
  return read_watched_files<ReadFile>(
      "rules.files", parts_.config.rules.files, limits.bytes_max, files_,
      [&](const std::string& path, std::string text) -> Result<ReadFile> {
        rules::RuleFile file = rules::parse_rule_file(text, limits);
        if (file.problems.empty()) return ReadFile{std::move(text), std::move(file.groups)};
        const rules::Problem& first = file.problems.front();
        return invalid_argument(fmt::format("{}:{}: {}; `weir rules check {}` says all that is wrong", path,
                                            yaml::to_text(first.mark), first.message, path));
      });
}

/// Takes over what has changed in the files and the catalogue.
Status Ruling::refresh(bool anew) {
  const Deadline deadline = Deadline::after(parts_.clock, kTimeout);
  ASSIGN_OR_RETURN(Files files, read_files());
  ASSIGN_OR_RETURN(const uint64_t revision, parts_.engines.meta->revision(rules::kRuleKind, deadline));
  if (!anew && same_texts(files, files_) && revision == revision_) return {};
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
  return {};
}

}  // namespace weir::app
