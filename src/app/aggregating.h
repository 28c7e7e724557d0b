#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "aggregation/aggregator.h"
#include "app/charge.h"
#include "app/engines.h"
#include "app/series_writer.h"
#include "app/watermark.h"
#include "stream/dead_letters.h"
#include "stream/processor.h"

namespace weir::app {

/// What aggregations are made with. All outlives it.
struct AggregatingParts {
  const config::Config& config;
  const Limits& limits;  ///< Of every tenant.
  os::Clock& clock;
  telemetry::Registry& registry;
  Engines& engines;
  stream::DeadLetters& dead_letters;  ///< Get the samples that came too late.
  Watermark& watermark;
};

/// Reads streaming aggregations out of files and the catalogue, and has them made. What those have is looked
/// at again every few seconds. Of several processes with the role processor the one that holds a lease of the
/// catalogue makes all of them. Owned by one thread; `aggregator` and `applied` are safe from any.
class Aggregating {
 public:
  explicit Aggregating(const AggregatingParts& parts);
  /// Finishes what is under way.
  ~Aggregating();

  /// Reads the files: with a fault in one, the server does not start. Then begins.
  Status start();

  const aggregation::Aggregator& aggregator() const { return *aggregator_; }
  void applied(const stream::AppliedRecords& applied) {
    aggregator_->applied({applied.partition, applied.from, applied.next, applied.records});
  }

 private:
  struct ReadFile {
    std::string text;
    std::vector<aggregation::Definition> definitions;
  };
  using Files = std::map<std::string, ReadFile>;

  Status set_aside(const aggregation::LateSamples& late);
  Result<Files> read_files() const;
  Status refresh(bool anew);

  const AggregatingParts parts_;
  SeriesWriter writer_;
  Charge charge_;  // outlives the aggregator: it lets another process be in charge
  TenantId files_tenant_ = TenantId::nobody();
  Files files_;
  uint64_t revision_ = 0;  // of the documents in the catalogue
  std::unique_ptr<aggregation::Aggregator> aggregator_;
};

}  // namespace weir::app
