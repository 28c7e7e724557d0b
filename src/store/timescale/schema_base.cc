#include "store/timescale/schema.h"

namespace weir::store::timescale {
namespace {

// Texts: what is no UTF-8, or holds a NUL, is kept as label_text.h says. Digests are SHA-256, so that values
// of any length can be unique.
constexpr std::string_view kTables = R"sql(
create schema if not exists weir;

create table weir.setting (name text primary key, value text not null);

create table weir.label (
  id bigint generated always as identity primary key,
  tenant_id bigint not null,
  name text collate "C" not null,
  value text collate "C" not null,
  digest bytea not null,
  unique (tenant_id, name, digest));

create table weir.series (
  id bigint generated always as identity primary key,
  tenant_id bigint not null,
  metric text collate "C" not null,
  labels jsonb not null,
  canonical bytea not null,
  digest bytea not null,
  seen_from timestamptz not null,
  seen_to timestamptz not null,
  unique (tenant_id, digest)) with (fillfactor = 80);
create index series_metric on weir.series (tenant_id, metric);

create table weir.series_label (
  label_id bigint not null,
  series_id bigint not null,
  primary key (label_id, series_id));
create index series_label_series on weir.series_label (series_id, label_id);

create table weir.consumer_offset (
  topic text not null,
  partition int not null,
  epoch bigint not null,
  next_offset bigint not null,
  commits bigint not null default 0,
  mint timestamptz,
  maxt timestamptz,
  primary key (topic, partition)) with (fillfactor = 50);

comment on column weir.series.seen_from is 'No sample of the series is older; rounded down.';
comment on column weir.series.seen_to is 'No sample of the series is newer; rounded up.';
comment on table weir.consumer_offset is 'Moves in the transaction of the samples, under the epoch of the owner.';
)sql";

// The layout is chosen once: a hypertable where all of TimescaleDB is there, native partitions elsewhere.
constexpr std::string_view kSample = R"sql(
do $do$
begin
  if exists (select from pg_extension where extname = 'timescaledb')
     and current_setting('timescaledb.license', true) = 'timescale' then
    create table weir.sample (series_id bigint not null, time timestamptz not null, value float8 not null);
    perform create_hypertable('weir.sample', by_range('time', interval '1 day'), create_default_indexes => false);
    insert into weir.setting values ('layout', 'hypertable');
  else
    create table weir.sample (series_id bigint not null, time timestamptz not null, value float8 not null)
      partition by range (time);
    insert into weir.setting values ('layout', 'native');
  end if;
end $do$;
create unique index sample_series_time on weir.sample (series_id, time);

-- Made apart and attached: that takes no lock for which readers or writers of the table wait.
create function weir.ensure_partition(lo timestamptz, hi timestamptz) returns void
language plpgsql security definer set search_path = pg_catalog set timezone = 'UTC' as $fn$
declare
  part text := 'sample_' || replace((extract(epoch from lo) * 1000)::bigint::text, '-', 'm');
begin
  perform pg_advisory_xact_lock(hashtext('weir.sample'));
  if to_regclass('weir.' || part) is not null then return; end if;
  execute format('create table weir.%I (like weir.sample including all)', part);
  execute format('alter table weir.sample attach partition weir.%I for values from (%L) to (%L)', part, lo, hi);
end $fn$;

create function weir.drop_partitions_before(cutoff timestamptz) returns int
language plpgsql security definer set search_path = pg_catalog as $fn$
declare
  part record;
  dropped int := 0;
begin
  for part in
    select c.relname, substring(pg_get_expr(c.relpartbound, c.oid) from 'TO \(''([^'']+)''\)')::timestamptz as hi
    from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'weir.sample'::regclass
  loop
    if part.hi <= cutoff then
      execute format('drop table weir.%I', part.relname);
      dropped := dropped + 1;
    end if;
  end loop;
  return dropped;
end $fn$;

-- A counter's increase is last - first + drops, where each fall of the value adds the value before it.
create function weir.counter_drops(value float8[]) returns float8
language plpgsql immutable strict parallel safe as $fn$
declare
  sum float8 := 0;
  before float8;
  now float8;
begin
  foreach now in array value loop
    if now < before then sum := sum + before; end if;
    before := now;
  end loop;
  return sum;
end $fn$;

-- The same between neighbouring buckets, of which only first and last values are known.
create function weir.counter_drops(first float8[], last float8[]) returns float8
language plpgsql immutable strict parallel safe as $fn$
declare
  sum float8 := 0;
begin
  for i in 2 .. coalesce(array_length(first, 1), 0) loop
    if first[i] < last[i - 1] then sum := sum + last[i - 1]; end if;
  end loop;
  return sum;
end $fn$;
)sql";

// Who may see what. Roles belong to the whole server, so they may be there already, and without the right to
// make them there are no views for analysts.
constexpr std::string_view kAccess = R"sql(
revoke execute on function weir.ensure_partition, weir.drop_partitions_before from public;

create table weir.tenant_access (login name not null, tenant_id bigint not null, primary key (login, tenant_id));
comment on table weir.tenant_access is 'Which tenants a login sees through the views of weir_api.';

do $do$
declare
  role text;
begin
  foreach role in array array['weir_writer', 'weir_view', 'weir_analyst'] loop
    begin
      if not exists (select from pg_roles where rolname = role) then
        execute format('create role %I nologin', role);
      end if;
    exception when duplicate_object or unique_violation then null;
    end;
  end loop;
  execute format('grant weir_writer, weir_view to %I', current_user);

  grant usage on schema weir to weir_writer, weir_view;
  grant select, insert, update, delete on weir.label, weir.series, weir.series_label, weir.consumer_offset, weir.sample
    to weir_writer;
  grant select on weir.setting to weir_writer;
  grant execute on function weir.ensure_partition, weir.drop_partitions_before to weir_writer;
  grant select on weir.label, weir.series, weir.series_label, weir.sample, weir.tenant_access to weir_view;

  create schema weir_api;
  grant usage, create on schema weir_api to weir_view;
  grant usage on schema weir_api to weir_analyst;
  create view weir_api.series with (security_barrier) as
    select id as series_id, tenant_id, metric, labels, seen_from, seen_to from weir.series;
  create view weir_api.label with (security_barrier) as
    select l.tenant_id, sl.series_id, l.name, l.value
    from weir.label l join weir.series_label sl on sl.label_id = l.id;
  create view weir_api.sample with (security_barrier) as
    select s.tenant_id, d.series_id, s.metric, s.labels, d.time, d.value
    from weir.sample d join weir.series s on s.id = d.series_id;
  alter view weir_api.series owner to weir_view;
  alter view weir_api.label owner to weir_view;
  alter view weir_api.sample owner to weir_view;
  grant select on all tables in schema weir_api to weir_analyst;
exception when insufficient_privilege then
  raise notice 'no right to make roles: no views for analysts';
end $do$;

-- Forced, so that the owner of the tables is held to it too. A login sees the tenants that tenant_access gives it,
-- and may narrow them further by `set tenant.id`.
do $do$
declare
  guarded text;
begin
  foreach guarded in array array['series', 'label'] loop
    execute format('alter table weir.%I enable row level security', guarded);
    execute format('alter table weir.%I force row level security', guarded);
    execute format('create policy owner on weir.%I to %I using (true) with check (true)', guarded, current_user);
    if exists (select from pg_roles where rolname = 'weir_writer') then
      execute format('create policy writer on weir.%I to weir_writer using (true) with check (true)', guarded);
    end if;
    if exists (select from pg_roles where rolname = 'weir_view') then
      execute format($policy$
        create policy tenant on weir.%I for select to weir_view using (
          tenant_id = any (array(select a.tenant_id from weir.tenant_access a where a.login = session_user))
          and tenant_id = coalesce(nullif(current_setting('tenant.id', true), '')::bigint, tenant_id))
        $policy$, guarded);
    end if;
  end loop;
end $do$;
)sql";

// Which commit of a partition changed an hour of a tenant last: what fingerprint.cc reads. A row of each
// partition, so that their commits do not wait for each other; only what no index has changes, so that an
// update stays on its page. Deletions have a row of their own, under no topic and for all hours.
constexpr std::string_view kVersions = R"sql(
create table weir.hour_version (
  tenant_id bigint not null,
  hour timestamptz not null,
  topic text not null,
  partition int not null,
  version bigint not null,
  changed timestamptz not null default now(),
  primary key (tenant_id, hour, topic, partition)) with (fillfactor = 50);

comment on table weir.hour_version is 'Moves in the transaction of the samples; a row that has rested for a week is removed.';

-- Retention by tenant: on columnstore this deletes whole segments.
create procedure weir.delete_tenant_before(tenant bigint, cutoff timestamptz)
language plpgsql as $fn$
declare
  one bigint;
begin
  for one in select id from weir.series where tenant_id = tenant and seen_from < cutoff order by id loop
    delete from weir.sample where series_id = one and time < cutoff;
    update weir.series set seen_from = greatest(seen_from, cutoff) where id = one and seen_to >= cutoff;
    delete from weir.series where id = one and seen_to < cutoff;
    -- There is no foreign key to do this: it would be checked for each label of each new series.
    if found then delete from weir.series_label where series_id = one; end if;
    insert into weir.hour_version values (tenant, '-infinity', '', 0, 1)
      on conflict (tenant_id, hour, topic, partition) do update set version = hour_version.version + 1, changed = now();
    commit;
  end loop;
end $fn$;

do $do$
begin
  if exists (select from pg_roles where rolname = 'weir_writer') then
    grant select, insert, update, delete on weir.hour_version to weir_writer;
  end if;
end $do$;
)sql";

}  // namespace

std::vector<SqlStep> base_steps() {
  return {{"series and offsets", kTables},
          {"samples", kSample},
          {"access", kAccess},
          {"versions of hours", kVersions}};
}

}  // namespace weir::store::timescale
