#include "store/timescale/series_registry.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "pg/binary.h"
#include "store/timescale/cells.h"
#include "store/timescale/label_text.h"
#include "store/timescale/schema.h"
#include "store/timescale/times.h"

namespace weir::store::timescale {
namespace {

constexpr size_t kSeriesPerTransaction = 2'000;

// Look-ups join on columns of a materialized list, the tenant among them: with the tenant as a constant the
// planner of a table without statistics reads all of the tenant's rows, once for each key.
constexpr std::string_view kReadSeries = R"sql(
  with i as materialized (
    select $1 as tenant_id, sha256(u.canonical) as digest, u.ord
    from unnest($2::bytea[]) with ordinality u(canonical, ord))
  select i.ord, s.id, s.seen_from, s.seen_to
  from i join weir.series s on s.tenant_id = i.tenant_id and s.digest = i.digest)sql";

constexpr std::string_view kInsertSeries = R"sql(
  insert into weir.series (tenant_id, metric, labels, canonical, digest, seen_from, seen_to)
  select $1, i.metric, i.labels::jsonb, i.canonical, sha256(i.canonical), i.seen_from, i.seen_to
  from unnest($2::text[], $3::text[], $4::bytea[], $5::timestamptz[], $6::timestamptz[])
    i(metric, labels, canonical, seen_from, seen_to)
  on conflict do nothing)sql";

constexpr std::string_view kReadLabels = R"sql(
  with i as materialized (
    select $1 as tenant_id, u.name, sha256(convert_to(u.value, 'UTF8')) as digest, u.ord
    from unnest($2::text[], $3::text[]) with ordinality u(name, value, ord))
  select i.ord, l.id
  from i join weir.label l on l.tenant_id = i.tenant_id and l.name = i.name and l.digest = i.digest)sql";

constexpr std::string_view kInsertLabels = R"sql(
  insert into weir.label (tenant_id, name, value, digest)
  select $1, i.name, i.value, sha256(convert_to(i.value, 'UTF8')) from unnest($2::text[], $3::text[]) i(name, value)
  on conflict do nothing)sql";

constexpr std::string_view kInsertSeriesLabels = R"sql(
  insert into weir.series_label (label_id, series_id) select * from unnest($1::bigint[], $2::bigint[])
  on conflict do nothing)sql";

int64_t tenant_of(const SeriesUse& use) {
  return static_cast<int64_t>(use.tenant.value());
}

/// The labels of some series, each once. Sorted, so that transactions that make the same ones meet in one
/// order.
class LabelSet {
 public:
  explicit LabelSet(std::span<SeriesUse* const> uses) {
    for (const SeriesUse* use : uses) {
      for (const Label& label : use->labels)
        ids_.emplace(std::pair(text_form(label.name), text_form(label.value)), 0);
    }
  }
  /// Ids of those that the database has.
  Status read(pg::Connection& connection, std::string_view schema, int64_t tenant, Deadline deadline) {
    const std::vector<Entry*> asked = missing();
    if (asked.empty()) return ok_status();
    ASSIGN_OR_RETURN(const auto rows, connection.execute(in_schema(kReadLabels, schema),
                                                         params(asked, tenant).span(), deadline));
    for (size_t row = 0; row < rows->row_count(); ++row) {
      asked[static_cast<size_t>(int_cell(*rows, row, 0) - 1)]->second = int_cell(*rows, row, 1);
    }
    return ok_status();
  }
  Status insert_missing(pg::Connection& connection, std::string_view schema, int64_t tenant,
                        Deadline deadline) {
    const std::vector<Entry*> absent = missing();
    if (absent.empty()) return ok_status();
    RETURN_IF_ERROR(
        connection.execute(in_schema(kInsertLabels, schema), params(absent, tenant).span(), deadline));
    return ok_status();
  }
  int64_t id(const Label& label) const { return ids_.at({text_form(label.name), text_form(label.value)}); }
  bool complete() { return missing().empty(); }

 private:
  using Ids = std::map<std::pair<std::string, std::string>, int64_t>;
  using Entry = Ids::value_type;

  std::vector<Entry*> missing() {
    std::vector<Entry*> out;
    for (Entry& entry : ids_) {
      if (entry.second == 0) out.push_back(&entry);
    }
    return out;
  }
  static pg::Params params(const std::vector<Entry*>& entries, int64_t tenant) {
    std::vector<std::string_view> names, values;
    for (const Entry* entry : entries) {
      names.push_back(entry->first.first);
      values.push_back(entry->first.second);
    }
    pg::Params params;
    params.int8(tenant).text_array(names).text_array(values);
    return params;
  }
  Ids ids_;
};

}  // namespace

SeriesRegistry::SeriesRegistry(std::string schema, uint64_t cache_max, os::milliseconds seen_step)
    : schema_(std::move(schema)), step_ms_(std::max<int64_t>(1, seen_step.count())), cache_(cache_max) {}

Result<uint64_t> SeriesRegistry::resolve(pg::Connection& connection, std::span<SeriesUse> uses,
                                         Deadline deadline) {
  std::map<TenantId, std::vector<SeriesUse*>> unknown;
  for (SeriesUse& use : uses) {
    if (const auto known = cache_.find(use.key)) {
      use.known = *known;
    } else {
      use.known = {};  // An earlier try may have left an id that was rolled back.
      unknown[use.tenant].push_back(&use);
    }
  }
  uint64_t made = 0;
  for (auto& [tenant, all] : unknown) {
    const auto by_labels = [](const SeriesUse* a, const SeriesUse* b) { return a->labels < b->labels; };
    std::sort(all.begin(), all.end(), by_labels);
    for (size_t begin = 0; begin < all.size(); begin += kSeriesPerTransaction) {
      const Uses part = Uses(all).subspan(begin, std::min(kSeriesPerTransaction, all.size() - begin));
      ASSIGN_OR_RETURN(const std::vector<SeriesUse*> absent, read(connection, part, deadline));
      if (!absent.empty()) {
        ASSIGN_OR_RETURN(const uint64_t count, make(connection, absent, deadline));
        made += count;
      }
      for (const SeriesUse* use : part) cache_.put(use->key, use->known);
    }
  }
  return made;
}

Result<std::vector<SeriesUse*>> SeriesRegistry::read(pg::Connection& connection, Uses uses,
                                                     Deadline deadline) {
  std::vector<std::string_view> canonical;
  for (const SeriesUse* use : uses) canonical.push_back(use->labels.bytes());
  pg::Params params;
  params.int8(tenant_of(*uses[0])).bytea_array(canonical);
  ASSIGN_OR_RETURN(const auto rows,
                   connection.execute(in_schema(kReadSeries, schema_), params.span(), deadline));
  for (size_t row = 0; row < rows->row_count(); ++row) {
    SeriesUse& use = *uses[static_cast<size_t>(int_cell(*rows, row, 0) - 1)];
    use.known = {int_cell(*rows, row, 1), {time_cell(*rows, row, 2), time_cell(*rows, row, 3)}};
  }
  std::vector<SeriesUse*> absent;
  for (SeriesUse* use : uses) {
    if (use->known.id == 0) absent.push_back(use);
  }
  return absent;
}

Result<uint64_t> SeriesRegistry::make(pg::Connection& connection, Uses uses, Deadline deadline) {
  const int64_t tenant = tenant_of(*uses[0]);
  // A series and its labels come into being together: without its labels nothing would ever find it again.
  RETURN_IF_ERROR(connection.run("begin", deadline));
  LabelSet labels(uses);
  RETURN_IF_ERROR(labels.read(connection, schema_, tenant, deadline));
  RETURN_IF_ERROR(labels.insert_missing(connection, schema_, tenant, deadline));
  // Read by a new statement: who lost a race sees the winner's rows only now.
  RETURN_IF_ERROR(labels.read(connection, schema_, tenant, deadline));
  ASSIGN_OR_RETURN(const uint64_t made, insert(connection, uses, deadline));
  ASSIGN_OR_RETURN(const auto absent, read(connection, uses, deadline));
  if (!absent.empty() || !labels.complete())
    return internal("timescale: a series that was made is not there");
  std::vector<int64_t> label_ids, series_ids;
  for (const SeriesUse* use : uses) {
    for (const Label& label : use->labels) {
      label_ids.push_back(labels.id(label));
      series_ids.push_back(use->known.id);
    }
  }
  pg::Params params;
  params.int8_array(label_ids).int8_array(series_ids);
  RETURN_IF_ERROR(connection.execute(in_schema(kInsertSeriesLabels, schema_), params.span(), deadline));
  RETURN_IF_ERROR(connection.run("commit", deadline));
  return made;
}

Result<uint64_t> SeriesRegistry::insert(pg::Connection& connection, Uses uses, Deadline deadline) {
  std::vector<std::string> metrics, json;
  std::vector<std::string_view> canonical;
  std::vector<TimestampMs> from, to;
  for (const SeriesUse* use : uses) {
    metrics.push_back(text_form(use->labels.metric()));
    json.push_back(json_of(use->labels));
    canonical.push_back(use->labels.bytes());
    const TimeRange seen =
        wide(use->range, static_cast<int64_t>(use->key.hash[0] % static_cast<uint64_t>(step_ms_)));
    from.push_back(seen.mint_ms);
    to.push_back(seen.maxt_ms);
  }
  const std::vector<std::string_view> metric_views(metrics.begin(), metrics.end());
  const std::vector<std::string_view> json_views(json.begin(), json.end());
  pg::Params params;
  params.int8(tenant_of(*uses[0])).text_array(metric_views).text_array(json_views).bytea_array(canonical);
  params.timestamp_array(from).timestamp_array(to);
  ASSIGN_OR_RETURN(const auto rows,
                   connection.execute(in_schema(kInsertSeries, schema_), params.span(), deadline));
  return rows->affected();
}

/// Whole steps, and at the end a phase of the series' own, so that long-lived series are not all widened at
/// once.
TimeRange SeriesRegistry::wide(TimeRange range, int64_t phase_ms) const {
  return {std::max(kTimeMinMs, floor_to(range.mint_ms, step_ms_)),
          std::min(kTimeMaxMs, floor_to(range.maxt_ms, step_ms_) + step_ms_ + phase_ms)};
}

std::vector<SeriesUse> SeriesRegistry::widened(std::span<const SeriesUse> uses) const {
  std::vector<SeriesUse> out;
  for (const SeriesUse& use : uses) {
    const bool inside =
        use.known.seen.mint_ms <= use.range.mint_ms && use.range.maxt_ms <= use.known.seen.maxt_ms;
    if (inside || use.range.mint_ms > use.range.maxt_ms) continue;
    SeriesUse wider = use;
    const TimeRange more = wide(use.range, use.known.id % step_ms_);
    wider.known.seen.mint_ms = std::min(use.known.seen.mint_ms, more.mint_ms);
    if (use.range.maxt_ms > use.known.seen.maxt_ms) wider.known.seen.maxt_ms = more.maxt_ms;
    out.push_back(wider);
  }
  return out;
}

void SeriesRegistry::remember(std::span<const SeriesUse> uses) {
  for (const SeriesUse& use : uses) cache_.put(use.key, use.known);
}

void SeriesRegistry::forget(std::span<const SeriesUse> uses) {
  for (const SeriesUse& use : uses) cache_.forget(use.key);
}

}  // namespace weir::store::timescale
