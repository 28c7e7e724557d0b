#include "config/tables/table.h"

namespace weir::config::tables {
namespace {

constexpr Setting kSettings[] = {
    bind<&Config::storage, &StorageConfig::engine>(
        {.key = "storage.engine",
         .kind = Kind::kChoice,
         .help = "Where series and samples are: in this process's data directory, or in TimescaleDB.",
         .example = "timescale",
         .choices = kStorageEngineNames}),
    bind<&Config::storage, &StorageConfig::path>(
        {.key = "storage.path",
         .kind = Kind::kText,
         .help = "Data directory; created if missing. One process at a time.",
         .example = "/var/lib/weir",
         .min = 1,
         .max = 4'000}),
    bind<&Config::storage, &StorageConfig::partitions>(
        {.key = "storage.partitions",
         .kind = Kind::kCount,
         .help = "Partitions of the log and the store, each applied by a thread of its own. 0 is one for "
                 "each four processors. Read when a data directory is created, which then keeps its own "
                 "number.",
         .example = "8",
         .max = 256}),
    bind<&Config::storage, &StorageConfig::retention>(
        {.key = "storage.retention",
         .kind = Kind::kDuration,
         .help = "How long samples are kept. 0 keeps them for ever.",
         .example = "90d",
         .max = 100 * kYear}),
    bind<&Config::storage, &StorageConfig::tenant_retention>(
        {.key = "storage.tenant_retention",
         .kind = Kind::kDurations,
         .help =
             "How long the samples of some tenants are kept, in place of storage.retention. Older ones are "
             "out of sight at once; their room comes back in the background. Tenants that are not there "
             "yet are made at the start.",
         .example = "audit=0s,trial=1w",
         .max = 100 * kYear}),
    bind<&Config::storage, &StorageConfig::out_of_order_window>(
        {.key = "storage.out_of_order_window",
         .kind = Kind::kDuration,
         .help = "How late a sample may come at no extra cost. Older ones are taken too, but rewrite blocks.",
         .example = "10m",
         .max = kDay}),
    bind<&Config::storage, &StorageConfig::block_window>(
        {.key = "storage.block_window",
         .kind = Kind::kDuration,
         .help = "Time range of a fresh block. Longer packs better and keeps more in memory.",
         .example = "1h",
         .min = kMinute,
         .max = kDay}),
    bind<&Config::storage, &StorageConfig::head_bytes_max>(
        {.key = "storage.head_bytes_max",
         .kind = Kind::kSize,
         .help = "Memory for samples that are not in blocks yet. Above it the oldest are written early.",
         .example = "4GiB",
         .min = 16 * kMiB,
         .max = kTiB}),
    bind<&Config::storage, &StorageConfig::scrub_interval>(
        {.key = "storage.scrub_interval",
         .kind = Kind::kDuration,
         .help = "In this time all blocks are read again once, so that decay of the disk is found early. 0 "
                 "never does.",
         .example = "1d",
         .max = kYear}),
    bind<&Config::storage, &StorageConfig::flush_timeout>(
        {.key = "storage.flush_timeout",
         .kind = Kind::kDuration,
         .help =
             "Time that a server which is told to stop takes to write these samples to blocks, so that the "
             "next start has nothing to apply again. What is not written by then, or when a second signal "
             "comes, stays in the log, as after a crash. 0 writes nothing.",
         .example = "1m",
         .max = 10 * kMinute}),

    bind<&Config::log, &LogConfig::engine>(
        {.key = "log.engine",
         .kind = Kind::kChoice,
         .help = "Where samples become durable: the journal in the data directory, or Kafka.",
         .example = "kafka",
         .choices = kLogEngineNames}),
    bind<&Config::log, &LogConfig::segment_bytes>(
        {.key = "log.segment_bytes",
         .kind = Kind::kSize,
         .help = "Size of the files of the durable log. Files are preallocated, and deleted as a whole.",
         .example = "128MiB",
         .min = kMiB,
         .max = 4 * kGiB}),
    bind<&Config::log, &LogConfig::record_bytes_max>(
        {.key = "log.record_bytes_max",
         .kind = Kind::kSize,
         .help = "Largest record of the durable log: the part of one request that goes to one partition.",
         .example = "32MiB",
         .min = 64 * kKiB,
         .max = kGiB}),
    bind<&Config::log, &LogConfig::queue_bytes_max>(
        {.key = "log.queue_bytes_max",
         .kind = Kind::kSize,
         .help = "Bytes waiting for the disk. Beyond it writes are answered 503 with Retry-After.",
         .example = "256MiB",
         .min = kMiB,
         .max = 64 * kGiB}),
    bind<&Config::log, &LogConfig::tail_cache_bytes>(
        {.key = "log.tail_cache_bytes",
         .kind = Kind::kSize,
         .help = "Newest records kept in memory, so that processing does not read the disk.",
         .example = "256MiB",
         .max = 64 * kGiB}),
    bind<&Config::log, &LogConfig::free_bytes_min>(
        {.key = "log.free_bytes_min",
         .kind = Kind::kSize,
         .help = "With less free space on the disk writes are refused, and resume at 1.5 times as much.",
         .example = "10GiB",
         .max = kTiB}),

    bind<&Config::catalogue, &CatalogueConfig::engine>(
        {.key = "catalogue.engine",
         .kind = Kind::kChoice,
         .help = "Where tenants and their settings are: a file in the data directory, or PostgreSQL.",
         .example = "postgres",
         .choices = kCatalogueEngineNames}),
    bind<&Config::catalogue, &CatalogueConfig::url>(
        {.key = "catalogue.url",
         .help = "How to reach PostgreSQL, as a URL or key=value pairs. \"weir migrate\" makes its tables.",
         .example = "postgresql://weir:secret@db.example/weir",
         .min = 1,
         .max = 4'000,
         .secret = true}),

    bind<&Config::cache, &CacheConfig::engine>(
        {.key = "cache.engine",
         .kind = Kind::kChoice,
         .help = "Where cached answers and rate limits are: in memory, or in Redis, shared.",
         .example = "redis",
         .choices = kCacheEngineNames}),
    bind<&Config::cache, &CacheConfig::bytes_max>({.key = "cache.bytes_max",
                                                   .kind = Kind::kSize,
                                                   .help = "Memory for cached query results.",
                                                   .example = "512MiB",
                                                   .max = kTiB}),
    bind<&Config::cache, &CacheConfig::ttl>(
        {.key = "cache.ttl",
         .kind = Kind::kDuration,
         .help = "How long an answer is kept. A cached answer is always the one that an evaluation would "
                 "give, so this bounds space and not age. 0 caches no answers.",
         .example = "1h",
         .max = kDay}),
};

}  // namespace

std::span<const Setting> storage() {
  return kSettings;
}

}  // namespace weir::config::tables
