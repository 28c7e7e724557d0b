#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "aggregation/aggregator.h"
#include "app/alerting.h"
#include "app/charge.h"
#include "app/engines.h"
#include "app/series_writer.h"
#include "app/watermark.h"
#include "query/engine.h"
#include "rules/ruler/ruler.h"
#include "store/views/selector_views.h"

namespace weir::app {

/// What rules are evaluated with. All outlives it.
struct RulingParts {
  const config::Config& config;
  const Limits& limits;  ///< Of every tenant.
  os::Clock& clock;
  telemetry::Registry& registry;
  Engines& engines;
  store::Store& reader;         ///< What rules read: the store, perhaps through views.
  store::SelectorViews* views;  ///< Of it; may be null.
  Watermark& watermark;
  Alerting& alerting;
  const aggregation::Aggregator* aggregator;  ///< What rules may read the outputs of; may be null.
};

/// The role ruler: reads rules out of files and the catalogue, has them evaluated over the store, and brings
/// what they make into the log. What a file or the catalogue has is looked at again every few seconds. Of
/// several processes the one that holds a lease of the catalogue does all of it; another takes over when that
/// one ends, or is not heard of. Owned by one thread; `ruler` is safe from any.
class Ruling {
 public:
  explicit Ruling(const RulingParts& parts);
  /// Finishes the evaluations under way.
  ~Ruling();

  /// Reads the rule files: with a fault in one, the server does not start. Then begins to evaluate.
  Status start();

  const rules::Ruler& ruler() const { return *ruler_; }
  /// As Ruler::applied; safe from any thread.
  void applied(std::span<const store::AppliedRecord> records) { ruler_->applied(records); }

 private:
  /// What was read last, so that what has not changed is not read again.
  struct ReadFile {
    std::string text;
    std::vector<rules::RuleGroup> groups;
  };
  using Files = std::map<std::string, ReadFile>;

  std::optional<TimestampMs> watermark_ms(TenantId tenant) const;
  Result<std::vector<rules::RuleSample>> query(TenantId tenant, const std::string& expr,
                                               TimestampMs at_ms) const;
  Result<Files> read_files() const;
  Status refresh(bool anew);

  const RulingParts parts_;
  query::Engine engine_;
  SeriesWriter writer_;
  Charge charge_;  // outlives the ruler: it lets another process be in charge
  TenantId files_tenant_ = TenantId::nobody();
  Files files_;
  uint64_t revision_ = 0;  // of the documents in the catalogue
  std::unique_ptr<rules::Ruler> ruler_;
};

}  // namespace weir::app
