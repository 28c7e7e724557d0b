#include "app/aggregating.h"

#include <algorithm>

#include <fmt/format.h>

#include "aggregation/definition_documents.h"
#include "aggregation/definition_reader.h"
#include "app/watched_files.h"
#include "telemetry/logger.h"

namespace weir::app {
namespace {

constexpr os::milliseconds kTimeout{30'000};
constexpr os::milliseconds kLetterTimeout{10'000};
constexpr os::milliseconds kRefreshInterval{2'000};

}  // namespace

Aggregating::Aggregating(const AggregatingParts& parts)
    : parts_(parts),
      writer_({"aggregation", parts.limits, *parts.engines.log, *parts.engines.codec, *parts.engines.store,
               parts.clock, parts.registry}),
      leadership_(parts.config, "aggregator", *parts.engines.meta, parts.clock) {}

Aggregating::~Aggregating() {
  watcher_.request_stop();
  watcher_.join();
  aggregator_.reset();
}

Status Aggregating::start() {
  const auto tenant = parts_.engines.meta->create_tenant(parts_.config.aggregations.tenant,
                                                         Deadline::after(parts_.clock, kTimeout));
  if (!tenant.ok()) return Error(tenant.error()).context("aggregations.tenant");
  files_tenant_ = tenant->id;
  aggregation::AggregatorOptions options;
  options.threads = parts_.config.aggregations.threads;
  aggregator_ = std::make_unique<aggregation::Aggregator>(
      options,
      aggregation::AggregatorParts{
          parts_.clock, parts_.registry, *parts_.engines.meta, *parts_.engines.store, *parts_.engines.log,
          *parts_.engines.codec, [this](TenantId of) { return parts_.watermark.of(of); },
          [this](TenantId of, const Batch& samples) { return writer_.write(of, samples); },
          [this](const aggregation::LateSamples& late) { return set_aside(late); }});
  ASSIGN_OR_RETURN(files_, read_files());
  RETURN_IF_ERROR(refresh_if_in_charge());
  watcher_ = os::Thread("aggregations", [this](std::stop_token stop) { watch(std::move(stop)); });
  return ok_status();
}

/// A record of its own, so that it can be sent again once the bound is another.
Status Aggregating::set_aside(const aggregation::LateSamples& late) {
  std::vector<uint32_t> all(late.batch.series_count());
  for (uint32_t i = 0; i < all.size(); ++i) all[i] = i;
  wire::DeadLetter letter{late.position.partition,
                          late.position.offset,
                          parts_.clock.wall_ms(),
                          std::string(code_name(Code::kTooOld)),
                          late.message,
                          {}};
  parts_.engines.codec->encode(late.batch, all, letter.payload);
  return parts_.dead_letters.put(late.tenant, letter, Deadline::after(parts_.clock, kLetterTimeout));
}

Result<Aggregating::Files> Aggregating::read_files() const {
  return read_watched_files<ReadFile>(
      "aggregations.files", parts_.config.aggregations.files, aggregation::DefinitionLimits().bytes_max,
      files_, [](const std::string& path, std::string text) -> Result<ReadFile> {
        aggregation::DefinitionFile file = aggregation::parse_definitions(text);
        if (file.problems.empty()) return ReadFile{std::move(text), std::move(file.definitions)};
        const yaml::Problem& first = file.problems.front();
        return invalid_argument(fmt::format("{}:{}: {}; `weir aggregations check {}` says all that is wrong",
                                            path, yaml::to_text(first.mark), first.message, path));
      });
}

/// Takes over what has changed in the files and the catalogue.
Status Aggregating::refresh() {
  const Deadline deadline = Deadline::after(parts_.clock, kTimeout);
  ASSIGN_OR_RETURN(Files files, read_files());
  ASSIGN_OR_RETURN(const uint64_t revision,
                   parts_.engines.meta->revision(aggregation::kDefinitionKind, deadline));
  if (refreshed_ && same_texts(files, files_) && revision == revision_) return ok_status();
  std::vector<aggregation::TenantDefinition> definitions;
  for (const auto& [path, file] : files) {
    for (const aggregation::Definition& one : file.definitions) definitions.push_back({files_tenant_, one});
  }
  ASSIGN_OR_RETURN(const std::vector<meta::Tenant> tenants, parts_.engines.meta->tenants(deadline));
  for (const meta::Tenant& tenant : tenants) {
    ASSIGN_OR_RETURN(auto stored, aggregation::stored_definitions(*parts_.engines.meta, tenant.id, deadline));
    for (aggregation::StoredDefinition& one : stored)
      definitions.push_back({tenant.id, std::move(one.definition)});
  }
  if (!definitions.empty() || refreshed_)
    telemetry::log_info("aggregation", "aggregations are read", {{"aggregations", definitions.size()}});
  RETURN_IF_ERROR(aggregator_->set_definitions(std::move(definitions)));
  files_ = std::move(files);
  revision_ = revision;
  refreshed_ = true;
  return ok_status();
}

Status Aggregating::refresh_if_in_charge() {
  if (leadership_.holds()) return refresh();
  if (!refreshed_) return ok_status();
  telemetry::log_warn("aggregation", "another process makes the aggregations from now on");
  aggregator_->release();
  refreshed_ = false;
  return ok_status();
}

/// A fault is logged once, and what was read before stays.
void Aggregating::watch(std::stop_token stop) {
  std::string last_fault;
  while (parts_.clock.sleep_until(parts_.clock.steady() + kRefreshInterval, stop)) {
    const Status refreshed = refresh_if_in_charge();
    const std::string fault = refreshed.ok() ? "" : refreshed.error().message;
    if (!fault.empty() && fault != last_fault)
      telemetry::log_error("aggregation", "aggregations stay as they were", {{"error", fault}});
    last_fault = fault;
  }
}

}  // namespace weir::app
