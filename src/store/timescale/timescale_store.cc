#include "store/timescale/timescale_store.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "os/threads.h"
#include "pg/binary.h"
#include "store/timescale/cells.h"
#include "store/timescale/erasure.h"
#include "store/timescale/fingerprint.h"
#include "store/timescale/maintenance.h"
#include "store/timescale/sample_writer.h"
#include "store/timescale/selection.h"
#include "store/timescale/store_metrics.h"
#include "store/timescale/times.h"
#include "telemetry/logger.h"

namespace weir::store::timescale {
namespace {

constexpr size_t kCommitsWaiting = 1'024;
constexpr os::milliseconds kMaintenanceTimeout{10 * 60'000};

Status check(const TimescaleStoreOptions& options) {
  RETURN_IF_ERROR(check_schema_name(options.schema));
  if (options.write_connections_max == 0 || options.read_connections_max == 0) {
    return invalid_argument("timescale: at least one connection to write and one to read");
  }
  if (options.chunk_interval < std::chrono::minutes(1)) {
    return invalid_argument("timescale: chunk_interval is 1 minute or more");
  }
  if (options.retention.count() != 0 && options.retention < std::chrono::hours(1)) {
    return invalid_argument("timescale: retention is 1 hour or more, or 0 to keep everything");
  }
  return ok_status();
}

pg::PoolOptions pool_options(const TimescaleStoreOptions& options, size_t connections_max,
                             std::string_view purpose) {
  pg::PoolOptions pool;
  pool.connection.conninfo = options.conninfo;
  pool.connection.application_name = fmt::format("weir {}", purpose);
  pool.connection.result_bytes_max = 1u << 30;
  pool.connections_max = connections_max;
  return pool;
}

/// Every join of the writer looks a few thousand keys up by an index. Tables that have just been filled have
/// no statistics that would tell the planner so, and a plan that was kept from when a table was empty reads
/// all of it for each key.
pg::PoolOptions writer_options(const TimescaleStoreOptions& options) {
  pg::PoolOptions pool = pool_options(options, options.write_connections_max, "write");
  pool.on_connect =
      "set plan_cache_mode = force_custom_plan; set enable_seqscan = off; set enable_hashjoin = off; "
      "set enable_mergejoin = off; set enable_material = off";
  return pool;
}

class TimescaleStore final : public Store {
 public:
  TimescaleStore(const TimescaleStoreOptions& options, const StoredSettings& settings,
                 std::optional<AggregateState> aggregates, os::Clock& clock, telemetry::Registry& registry);
  ~TimescaleStore() override;

  Result<Lease> acquire(PartitionId partition, Deadline deadline) override;
  /// Its tables have no place for them.
  bool keeps_histograms() const override { return false; }
  void commit(const Commit& commit, Deadline deadline, Completion<CommitReport> done) override;
  Result<Offset> durable_offset(PartitionId partition) override { return visible_offset(partition); }
  Result<Offset> visible_offset(PartitionId partition) override;
  Result<std::unique_ptr<SeriesSet>> select(TenantId tenant, const SelectRequest& request,
                                            Deadline deadline) override;
  Result<uint64_t> fingerprint(TenantId tenant, TimeRange range, Deadline deadline) override {
    return fingerprints_.read(tenant, range, deadline);
  }
  Result<std::vector<std::string>> label_names(TenantId tenant, const LabelRequest& request,
                                               Deadline deadline) override;
  Result<std::vector<std::string>> label_values(TenantId tenant, std::string_view name,
                                                const LabelRequest& request, Deadline deadline) override;
  Result<std::vector<Labels>> series(TenantId tenant, const LabelRequest& request,
                                     Deadline deadline) override;
  Result<EraseReport> erase(TenantId tenant, std::span<const Matcher> matchers, TimeRange range,
                            Deadline deadline) override {
    return erasure_.run(tenant, matchers, range, deadline);
  }
  Status compact(Deadline deadline) override;
  Status flush(Deadline) override { return ok_status(); }
  Status snapshot(const SnapshotRequest&, Deadline) override {
    return unsupported(
        "no snapshot: the samples are in PostgreSQL; back them up there, with pg_dump, or with a base "
        "backup and archived WAL for any point in time");
  }
  Result<StoreStatus> status() const override;

 private:
  /// Runs `work` with a search in one snapshot, and the request as far as retention lets it see.
  using Search = std::function<Status(SeriesSearch&, const LabelRequest&)>;
  Status searching(TenantId tenant, const LabelRequest& request, Deadline deadline, const Search& work);
  Deadline soon() const { return Deadline::after(clock_, options_.call_timeout); }
  std::string sql(std::string_view text) const { return in_schema(text, options_.schema); }
  void maintain(std::stop_token stop);

  const TimescaleStoreOptions options_;
  const StoredSettings settings_;
  const std::optional<AggregateState> aggregates_;
  os::Clock& clock_;
  const RetentionBounds retention_;
  StoreMetrics metrics_;
  mutable pg::Pool write_pool_;
  mutable pg::Pool read_pool_;
  pg::Pool maintenance_pool_;  ///< Of one: what it runs takes long and is none of the others' business.
  SeriesRegistry series_;
  SampleWriter writer_;
  Erasure erasure_;
  Fingerprints fingerprints_;
  Maintenance maintenance_;
  std::vector<std::unique_ptr<resilience::Breakers::Watch>> watches_;
  os::WorkerPool workers_;
  os::Thread maintainer_;
};

TimescaleStore::TimescaleStore(const TimescaleStoreOptions& options, const StoredSettings& settings,
                               std::optional<AggregateState> aggregates, os::Clock& clock,
                               telemetry::Registry& registry)
    : options_(options),
      settings_(settings),
      aggregates_(std::move(aggregates)),
      clock_(clock),
      retention_(options.retention, options.tenant_retention, clock),
      metrics_(registry),
      write_pool_("timescale write", writer_options(options), {}, clock, registry),
      read_pool_("timescale read", pool_options(options, options.read_connections_max, "read"), {}, clock,
                 registry),
      maintenance_pool_("timescale maintenance", pool_options(options, 1, "maintenance"), {}, clock,
                        registry),
      series_(options.schema, options.series_cache_max, os::milliseconds(settings.chunk_ms / 24)),
      writer_(options, settings, write_pool_, series_, clock),
      erasure_(options_, settings, write_pool_, clock),
      fingerprints_(options, read_pool_, clock),
      maintenance_(options, settings, maintenance_pool_, clock),
      workers_(
          {.name = "timescale", .threads = options.write_connections_max, .queue_max = kCommitsWaiting}) {
  if (options.breakers != nullptr) {
    for (pg::Pool* pool : {&write_pool_, &read_pool_}) {
      watches_.push_back(options.breakers->watch(pool->breaker()));
    }
  }
  if (options.maintenance_interval.count() > 0) {
    maintainer_ = os::Thread("ts-maintain", [this](std::stop_token stop) { maintain(stop); });
  }
}

TimescaleStore::~TimescaleStore() {
  maintainer_.request_stop();
  workers_.stop();
  maintainer_.join();
}

void TimescaleStore::maintain(std::stop_token stop) {
  while (clock_.sleep_until(clock_.steady() + options_.maintenance_interval, stop)) {
    const Status status = maintenance_.tidy(Deadline::after(clock_, kMaintenanceTimeout));
    if (!status.ok()) telemetry::log_warn("store", "maintenance failed", {{"error", status.error().message}});
  }
}

Result<Lease> TimescaleStore::acquire(PartitionId partition, Deadline deadline) {
  pg::Params params;
  params.text(options_.topic).int4(static_cast<int32_t>(partition.value()));
  Lease lease{partition, Epoch(0), Offset(0)};
  RETURN_IF_ERROR(write_pool_.with(deadline, [&](pg::Connection& connection) -> Status {
    ASSIGN_OR_RETURN(
        const auto rows,
        connection.execute(sql("insert into weir.consumer_offset as o (topic, partition, epoch, "
                               "next_offset) values ($1, $2, 1, 0) on conflict (topic, partition) do "
                               "update set epoch = o.epoch + 1 returning epoch, next_offset"),
                           params.span(), deadline));
    lease.epoch = Epoch(static_cast<uint64_t>(int_cell(*rows, 0, 0)));
    lease.resume = Offset(int_cell(*rows, 0, 1));
    return ok_status();
  }));
  return lease;
}

void TimescaleStore::commit(const Commit& commit, Deadline deadline, Completion<CommitReport> done) {
  // The completion is shared with the task, so that it can still be told when the queue refuses the task.
  auto shared = std::make_shared<Completion<CommitReport>>(std::move(done));
  const Status posted = workers_.post([this, commit, deadline, shared] {
    const os::SteadyTime start = clock_.steady();
    Result<CommitReport> report = writer_.commit(commit, deadline);
    if (report.ok()) {
      for (const AppliedRecord& record : commit.records) report->dropped_exemplars += record.exemplar_count();
    }
    metrics_.count(report, std::chrono::duration<double>(clock_.steady() - start).count());
    (*shared)(std::move(report));
  });
  if (!posted.ok()) (*shared)(posted.error());
}

Result<Offset> TimescaleStore::visible_offset(PartitionId partition) {
  pg::Params params;
  params.text(options_.topic).int4(static_cast<int32_t>(partition.value()));
  const Deadline deadline = soon();
  Offset next(0);
  RETURN_IF_ERROR(read_pool_.with(deadline, [&](pg::Connection& connection) -> Status {
    ASSIGN_OR_RETURN(
        const auto rows,
        connection.execute(
            sql("select next_offset from weir.consumer_offset where topic = $1 and partition = $2"),
            params.span(), deadline));
    if (rows->row_count() == 1) next = Offset(int_cell(*rows, 0, 0));
    return ok_status();
  }));
  return next;
}

Result<std::unique_ptr<SeriesSet>> TimescaleStore::select(TenantId tenant, const SelectRequest& request,
                                                          Deadline deadline) {
  const SelectionOptions options{options_.schema, options_.selection_samples_max,
                                 aggregates_ ? &*aggregates_ : nullptr, metrics_.aggregate_buckets_read()};
  SelectRequest visible = request;
  visible.range = retention_.visible(tenant, request.range);
  ASSIGN_OR_RETURN(auto selection, Selection::open(read_pool_, options, tenant, visible, deadline));
  return std::unique_ptr<SeriesSet>(std::move(selection));
}

Status TimescaleStore::searching(TenantId tenant, const LabelRequest& request, Deadline deadline,
                                 const Search& work) {
  LabelRequest visible = request;
  visible.range = retention_.visible(tenant, request.range);
  if (visible.range.mint_ms > visible.range.maxt_ms) return ok_status();
  return read_pool_.with(deadline, [&](pg::Connection& connection) -> Status {
    RETURN_IF_ERROR(connection.run("begin isolation level repeatable read read only", deadline));
    SeriesSearch search(connection, options_.schema, tenant, deadline);
    RETURN_IF_ERROR(work(search, visible));
    return connection.run("commit", deadline);
  });
}

Result<std::vector<std::string>> TimescaleStore::label_names(TenantId tenant, const LabelRequest& request,
                                                             Deadline deadline) {
  std::vector<std::string> names;
  RETURN_IF_ERROR(
      searching(tenant, request, deadline, [&](SeriesSearch& search, const auto& visible) -> Status {
        ASSIGN_OR_RETURN(names, search.names(visible));
        return ok_status();
      }));
  return names;
}

Result<std::vector<std::string>> TimescaleStore::label_values(TenantId tenant, std::string_view name,
                                                              const LabelRequest& request,
                                                              Deadline deadline) {
  std::vector<std::string> values;
  RETURN_IF_ERROR(
      searching(tenant, request, deadline, [&](SeriesSearch& search, const auto& visible) -> Status {
        ASSIGN_OR_RETURN(values, search.values(name, visible));
        return ok_status();
      }));
  return values;
}

Result<std::vector<Labels>> TimescaleStore::series(TenantId tenant, const LabelRequest& request,
                                                   Deadline deadline) {
  std::vector<Labels> all;
  RETURN_IF_ERROR(
      searching(tenant, request, deadline, [&](SeriesSearch& search, const auto& visible) -> Status {
        ASSIGN_OR_RETURN(auto found, search.find(visible.matchers, visible.range, UINT64_MAX));
        for (FoundSeries& one : found) all.push_back(std::move(one.labels));
        return ok_status();
      }));
  const auto end = all.begin() + static_cast<std::ptrdiff_t>(std::min<uint64_t>(request.limit, all.size()));
  std::partial_sort(all.begin(), end, all.end());
  all.erase(end, all.end());
  return all;
}

Status TimescaleStore::compact(Deadline deadline) {
  RETURN_IF_ERROR(maintenance_.retire(deadline));
  RETURN_IF_ERROR(maintenance_.tidy(deadline));
  return maintenance_.compress(deadline);
}

Result<StoreStatus> TimescaleStore::status() const {
  const Deadline deadline = soon();
  StoreStatus status;
  // Counting is exact while it is cheap; the planner's estimates serve for the rest.
  const std::string text = sql(settings_.layout == Layout::kHypertable ? R"sql(
      select coalesce(hypertable_size('weir.sample'), 0)::bigint, approximate_row_count('weir.sample'),
        (select count(*) from timescaledb_information.chunks where hypertable_schema = 'weir'
           and hypertable_name = 'sample'),
        coalesce(min(mint), 'epoch'), coalesce(max(maxt), 'epoch'), (select count(*) from weir.series)
      from weir.consumer_offset)sql"
                                                                       : R"sql(
      select coalesce(sum(p.size), 0)::bigint, coalesce(sum(p.rows), 0)::bigint, count(p.size)::bigint,
        coalesce(min(o.mint), 'epoch'), coalesce(max(o.maxt), 'epoch'), (select count(*) from weir.series)
      from (select min(mint) as mint, max(maxt) as maxt from weir.consumer_offset) o
      left join (select pg_total_relation_size(c.oid) as size, greatest(c.reltuples, 0) as rows
        from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'weir.sample'::regclass) p
      on true)sql");
  RETURN_IF_ERROR(read_pool_.with(deadline, [&](pg::Connection& connection) -> Status {
    ASSIGN_OR_RETURN(const auto rows, connection.execute(text, {}, deadline));
    status.block_bytes = static_cast<uint64_t>(int_cell(*rows, 0, 0));
    status.block_samples = static_cast<uint64_t>(int_cell(*rows, 0, 1));
    status.block_count = static_cast<uint64_t>(int_cell(*rows, 0, 2));
    status.mint_ms = time_cell(*rows, 0, 3);
    status.maxt_ms = time_cell(*rows, 0, 4);
    status.active_series = static_cast<uint64_t>(int_cell(*rows, 0, 5));
    if (status.block_bytes > (64u << 20)) return ok_status();
    ASSIGN_OR_RETURN(const auto exact,
                     connection.execute(sql("select count(*) from weir.sample"), {}, deadline));
    status.block_samples = static_cast<uint64_t>(int_cell(*exact, 0, 0));
    return ok_status();
  }));
  if (options_.retention.count() > 0 && status.maxt_ms > 0) {
    status.mint_ms = std::max(status.mint_ms, clock_.wall_ms() - options_.retention.count());
  }
  return status;
}

}  // namespace

Result<std::unique_ptr<Store>> open(const TimescaleStoreOptions& options, os::Clock& clock,
                                    telemetry::Registry& registry, Deadline deadline, ServerReport& report) {
  RETURN_IF_ERROR(check(options));
  ASSIGN_OR_RETURN(auto connection, pg::Connection::open({.conninfo = options.conninfo}, clock, deadline));
  const MigrationSet base("store", options.schema, base_steps());
  RETURN_IF_ERROR(pg::check_schema(*connection, base.component(), base.migrations(), deadline));
  ASSIGN_OR_RETURN(const StoredSettings settings, read_settings(*connection, options.schema, deadline));
  if (settings.layout == Layout::kHypertable) {
    const MigrationSet rollups("store_rollups", options.schema, timescale_steps());
    RETURN_IF_ERROR(pg::check_schema(*connection, rollups.component(), rollups.migrations(), deadline));
  }
  ASSIGN_OR_RETURN(report, inspect(*connection, options.schema, deadline));
  std::optional<AggregateState> aggregates;
  if (settings.layout == Layout::kHypertable) {
    std::string why_not;
    ASSIGN_OR_RETURN(aggregates,
                     AggregateState::probe(*connection, options.schema, report.timescale, deadline, why_not));
    if (!aggregates) report.missing.push_back("Queries cannot use continuous aggregates: " + why_not);
  }
  report.aggregates_in_queries = aggregates.has_value();
  return std::unique_ptr<Store>(
      std::make_unique<TimescaleStore>(options, settings, std::move(aggregates), clock, registry));
}

Result<std::vector<std::string>> migrate(const TimescaleStoreOptions& options, os::Clock& clock,
                                         Deadline deadline) {
  RETURN_IF_ERROR(check(options));
  ASSIGN_OR_RETURN(auto connection, pg::Connection::open({.conninfo = options.conninfo}, clock, deadline));
  const MigrationSet base("store", options.schema, base_steps());
  ASSIGN_OR_RETURN(pg::MigrationReport report,
                   pg::migrate(*connection, base.component(), base.migrations(), deadline));
  std::vector<std::string> applied = std::move(report.applied);
  // The layout stands in a setting; the interval is noted by apply_settings, which needs to know the layout.
  ASSIGN_OR_RETURN(const Layout layout, read_layout(*connection, options.schema, deadline));
  if (layout == Layout::kHypertable) {
    const MigrationSet rollups("store_rollups", options.schema, timescale_steps());
    ASSIGN_OR_RETURN(report, pg::migrate(*connection, rollups.component(), rollups.migrations(), deadline));
    applied.insert(applied.end(), report.applied.begin(), report.applied.end());
  }
  RETURN_IF_ERROR(apply_settings(*connection, options, layout, deadline));
  return applied;
}

}  // namespace weir::store::timescale
