#include "store/timescale/schema.h"

namespace weir::store::timescale {
namespace {

// Aggregates leave NaN out, staleness markers among them, for a single one would make a sum NaN for ever. The
// counter columns compose exactly: the drops of an hour are those of its minutes and those between them.
constexpr std::string_view kRollups = R"sql(
create materialized view weir.sample_1m with (timescaledb.continuous) as
  select series_id, time_bucket('1 minute', time) as bucket,
    count(*) filter (where value <> 'NaN') as count,
    sum(value) filter (where value <> 'NaN') as sum,
    min(value) filter (where value <> 'NaN') as min,
    max(value) filter (where value <> 'NaN') as max,
    first(value, time) filter (where value <> 'NaN') as first,
    last(value, time) filter (where value <> 'NaN') as last,
    coalesce(weir.counter_drops(array_agg(value order by time) filter (where value <> 'NaN')), 0) as drops
  from weir.sample group by series_id, time_bucket('1 minute', time) with no data;

create materialized view weir.sample_1h with (timescaledb.continuous) as
  select series_id, time_bucket('1 hour', bucket) as bucket,
    sum(count)::bigint as count, sum(sum) as sum, min(min) as min, max(max) as max,
    first(first, bucket) filter (where count > 0) as first,
    last(last, bucket) filter (where count > 0) as last,
    sum(drops) + coalesce(weir.counter_drops(array_agg(first order by bucket) filter (where count > 0),
                                             array_agg(last order by bucket) filter (where count > 0)), 0) as drops
  from weir.sample_1m group by series_id, time_bucket('1 hour', bucket) with no data;

create materialized view weir.sample_1d with (timescaledb.continuous) as
  select series_id, time_bucket('1 day', bucket) as bucket,
    sum(count)::bigint as count, sum(sum) as sum, min(min) as min, max(max) as max,
    first(first, bucket) filter (where count > 0) as first,
    last(last, bucket) filter (where count > 0) as last,
    sum(drops) + coalesce(weir.counter_drops(array_agg(first order by bucket) filter (where count > 0),
                                             array_agg(last order by bucket) filter (where count > 0)), 0) as drops
  from weir.sample_1h group by series_id, time_bucket('1 day', bucket) with no data;

alter materialized view weir.sample_1m set (timescaledb.materialized_only = false);
alter materialized view weir.sample_1h set (timescaledb.materialized_only = false);
alter materialized view weir.sample_1d set (timescaledb.materialized_only = false);
)sql";

constexpr std::string_view kColumnstore = R"sql(
alter table weir.sample set
  (timescaledb.enable_columnstore, timescaledb.segmentby = 'series_id', timescaledb.orderby = 'time desc');
alter materialized view weir.sample_1m set
  (timescaledb.enable_columnstore, timescaledb.segmentby = 'series_id', timescaledb.orderby = 'bucket');
alter materialized view weir.sample_1h set
  (timescaledb.enable_columnstore, timescaledb.segmentby = 'series_id', timescaledb.orderby = 'bucket');

-- Hours that got samples too late for the policies to look at them again. `touched` tells whether more came since.
create table weir.late_window (bucket timestamptz primary key, touched bigint not null default 1);
)sql";

constexpr std::string_view kViews = R"sql(
do $do$
declare
  level text;
begin
  if not exists (select from pg_roles where rolname = 'weir_view') then return; end if;
  grant select, insert, update, delete on weir.late_window to weir_writer;
  foreach level in array array['sample_1m', 'sample_1h', 'sample_1d'] loop
    execute format('grant select on weir.%I to weir_view, weir_writer', level);
    execute format($view$
      create view weir_api.%I with (security_barrier) as
        select s.tenant_id, a.series_id, s.metric, s.labels, a.bucket, a.count, a.sum, a.sum / nullif(a.count, 0) as avg,
          a.min, a.max, a.first, a.last, a.drops, a.last - a.first + a.drops as increase
        from weir.%I a join weir.series s on s.id = a.series_id $view$, level, level);
    execute format('alter view weir_api.%I owner to weir_view', level);
    execute format('grant select on weir_api.%I to weir_analyst', level);
  end loop;
end $do$;
)sql";

}  // namespace

std::vector<SqlStep> timescale_steps() {
  return {{"rollups", kRollups}, {"columnstore", kColumnstore}, {"views of rollups", kViews}};
}

}  // namespace weir::store::timescale
