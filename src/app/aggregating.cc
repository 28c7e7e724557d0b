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

}  // namespace

Aggregating::Aggregating(const AggregatingParts& parts)
    : parts_(parts),
      writer_({"aggregation", parts.limits, *parts.engines.log, *parts.engines.codec, *parts.engines.store,
               parts.clock, parts.registry}),
      charge_(parts.config,
              {"aggregator", "aggregation", "aggregations", [this](bool anew) { return refresh(anew); },
               [this] { aggregator_->release(); }},
              *parts.engines.meta, parts.clock) {}

Aggregating::~Aggregating() {
  charge_.stop();
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
  return charge_.start();
}

Status Aggregating::set_aside(const aggregation::LateSamples& late) {
  const wire::DeadLetter letter = stream::late_letter(*parts_.engines.codec, late.position, late.batch,
                                                      parts_.clock.wall_ms(), late.message);
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
Status Aggregating::refresh(bool anew) {
  const Deadline deadline = Deadline::after(parts_.clock, kTimeout);
  ASSIGN_OR_RETURN(Files files, read_files());
  ASSIGN_OR_RETURN(const uint64_t revision,
                   parts_.engines.meta->revision(aggregation::kDefinitionKind, deadline));
  if (!anew && same_texts(files, files_) && revision == revision_) return ok_status();
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
  if (!definitions.empty() || !anew)
    telemetry::log_info("aggregation", "aggregations are read", {{"aggregations", definitions.size()}});
  RETURN_IF_ERROR(aggregator_->set_definitions(std::move(definitions)));
  files_ = std::move(files);
  revision_ = revision;
  return ok_status();
}

}  // namespace weir::app
