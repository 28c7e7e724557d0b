#pragma once

#include <span>
#include <string>
#include <vector>

#include "pg/connection.h"
#include "store/store.h"
#include "store/timescale/schema.h"

namespace weir::store::timescale {

/// A series that matches.
struct FoundSeries {
  int64_t id;
  Labels labels;
};

/// Answers matchers from the tables of labels. Equality becomes SQL; other matchers are tried on the distinct
/// values of their label, here, by the one implementation of regular expressions that there is. Each use
/// belongs to one connection, best inside one transaction.
class SeriesSearch {
 public:
  SeriesSearch(pg::Connection& connection, std::string_view schema, TenantId tenant, Deadline deadline)
      : connection_(connection), schema_(schema), tenant_(tenant), deadline_(deadline) {}

  /// Series that match and may have samples in `range`, in no order; one more than `series_max` at most.
  Result<std::vector<FoundSeries>> find(std::span<const Matcher> matchers, TimeRange range,
                                        uint64_t series_max);
  /// The same, their ids alone.
  Result<std::vector<int64_t>> find_ids(std::span<const Matcher> matchers, TimeRange range);

  /// Names, or values of `name`, of those series; sorted and unique, the first `limit`.
  Result<std::vector<std::string>> names(const LabelRequest& request);
  Result<std::vector<std::string>> values(std::string_view name, const LabelRequest& request);

 private:
  /// What a series has to have, and must not have, one of.
  struct LabelIds {
    std::vector<std::vector<int64_t>> required;
    std::vector<std::vector<int64_t>> excluded;
    bool impossible = false;
  };
  Result<LabelIds> label_ids(std::span<const Matcher> matchers);
  Result<std::vector<int64_t>> ids_of_value(const std::string& name, const std::string& value);
  Result<std::vector<int64_t>> ids_where(const Matcher& matcher, bool matches);
  Result<std::vector<std::string>> texts(std::string_view column, std::string_view name,
                                         const LabelRequest& request);
  Status search(std::string_view columns, std::span<const Matcher> matchers, TimeRange range, uint64_t limit,
                const std::function<void(const pg::Rows&, size_t row)>& on_row);
  std::string sql(std::string_view text) const { return in_schema(text, schema_); }

  pg::Connection& connection_;
  std::string_view schema_;
  TenantId tenant_;
  Deadline deadline_;
};

/// The part of `range` that timestamptz can express.
TimeRange storable(TimeRange range);

}  // namespace weir::store::timescale
