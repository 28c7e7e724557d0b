#include "config/tables/table.h"

namespace weir::config::tables {
namespace {

constexpr Setting kSettings[] = {
    bind<&Config::ingest, &IngestConfig::body_bytes_max>(
        {.key = "ingest.body_bytes_max",
         .kind = Kind::kSize,
         .help = "Largest write request as it comes over the wire; more is 413.",
         .example = "32MiB",
         .min = kKiB,
         .max = kGiB}),
    bind<&Config::ingest, &IngestConfig::decoded_bytes_max>({.key = "ingest.decoded_bytes_max",
                                                             .kind = Kind::kSize,
                                                             .help = "The same after decompression.",
                                                             .example = "128MiB",
                                                             .min = kKiB,
                                                             .max = 4 * kGiB}),
    bind<&Config::ingest, &IngestConfig::elements_max>({.key = "ingest.elements_max",
                                                        .kind = Kind::kCount,
                                                        .help = "Samples in one JSON or InfluxDB write.",
                                                        .example = "10000",
                                                        .min = 1,
                                                        .max = 10 * kMillion}),
    bind<&Config::ingest, &IngestConfig::timeout>({.key = "ingest.timeout",
                                                   .kind = Kind::kDuration,
                                                   .help = "How long a write may wait to become durable.",
                                                   .example = "30s",
                                                   .min = 100,
                                                   .max = 10 * kMinute}),
    bind<&Config::ingest, &IngestConfig::samples_per_second>(
        {.key = "ingest.samples_per_second",
         .kind = Kind::kCount,
         .help = "Samples a second that each tenant may write, over all processes that share a Redis "
                 "(cache.engine); more "
                 "is 429. 0: no limit.",
         .example = "100000",
         .max = 1'000 * kMillion}),
    bind<&Config::ingest, &IngestConfig::samples_burst>(
        {.key = "ingest.samples_burst",
         .kind = Kind::kCount,
         .help = "Samples that a tenant may write at once; a write with more is 413. 0: twice "
                 "samples_per_second.",
         .example = "500000",
         .max = 1'000 * kMillion}),
    bind<&Config::ingest, &IngestConfig::future_max>(
        {.key = "ingest.future_max",
         .kind = Kind::kDuration,
         .help = "How far ahead of the clock a sample may be dated.",
         .example = "1m",
         .max = kYear}),
    bind<&Config::ingest, &IngestConfig::labels_per_series_max>(
        {.key = "ingest.labels_per_series_max",
         .kind = Kind::kCount,
         .help = "Labels of one series, the metric's name included.",
         .example = "30",
         .min = 1,
         .max = 1'000}),
    bind<&Config::ingest, &IngestConfig::label_name_bytes_max>({.key = "ingest.label_name_bytes_max",
                                                                .kind = Kind::kSize,
                                                                .help = "Length of a label's name.",
                                                                .example = "128B",
                                                                .min = 8,
                                                                .max = 64 * kKiB}),
    bind<&Config::ingest, &IngestConfig::label_value_bytes_max>({.key = "ingest.label_value_bytes_max",
                                                                 .kind = Kind::kSize,
                                                                 .help = "Length of a label's value.",
                                                                 .example = "1KiB",
                                                                 .min = 8,
                                                                 .max = 64 * kKiB}),
    bind<&Config::ingest, &IngestConfig::metadata_metrics_max>(
        {.key = "ingest.metadata_metrics_max",
         .kind = Kind::kCount,
         .help = "Metrics of a tenant whose type, unit and help are kept.",
         .example = "50000",
         .min = 1,
         .max = kMillion}),

    bind<&Config::influx, &InfluxConfig::db_label>(
        {.key = "influx.db_label",
         .kind = Kind::kText,
         .help = "A label that holds the database (db) or bucket of what InfluxDB's clients write, where the "
                 "line has no tag of that name. Empty: none.",
         .example = "db",
         .max = 128}),

    bind<&Config::query, &QueryConfig::timeout>(
        {.key = "query.timeout",
         .kind = Kind::kDuration,
         .help = "How long one query may run. A request may ask for less.",
         .example = "2m",
         .min = 10,
         .max = kHour}),
    bind<&Config::query, &QueryConfig::lookback>(
        {.key = "query.lookback",
         .kind = Kind::kDuration,
         .help = "How old a sample may be and still be the current value of its series.",
         .example = "1m",
         .min = kSecond,
         .max = kDay}),
    bind<&Config::query, &QueryConfig::samples_max>(
        {.key = "query.samples_max",
         .kind = Kind::kCount,
         .help = "Samples that one query may read. Each costs 16 bytes while it runs.",
         .example = "100000000",
         .min = 1'000,
         .max = 100'000 * kMillion}),
    bind<&Config::query, &QueryConfig::series_max>({.key = "query.series_max",
                                                    .kind = Kind::kCount,
                                                    .help = "Series that one query may touch.",
                                                    .example = "100000",
                                                    .min = 10,
                                                    .max = 1'000 * kMillion}),
    bind<&Config::query, &QueryConfig::points_per_series_max>({.key = "query.points_per_series_max",
                                                               .kind = Kind::kCount,
                                                               .help = "Steps of one range query.",
                                                               .example = "50000",
                                                               .min = 10,
                                                               .max = 10 * kMillion}),
    bind<&Config::query, &QueryConfig::memory_bytes_max>(
        {.key = "query.memory_bytes_max",
         .kind = Kind::kSize,
         .help = "Memory that the samples, values and histograms of one query may take while it runs.",
         .example = "256MiB",
         .min = kMiB,
         .max = 1'024 * kGiB}),
    bind<&Config::query, &QueryConfig::views_bytes_max>(
        {.key = "query.views_bytes_max",
         .kind = Kind::kSize,
         .help = "Memory for the newest samples of what rules and live queries select, kept up by what is "
                 "written; 0 has each evaluation read the store. Only where log and storage are embedded.",
         .example = "1GiB",
         .max = 1'024 * kGiB}),
    bind<&Config::query, &QueryConfig::queue_wait_max>(
        {.key = "query.queue_wait_max",
         .kind = Kind::kDuration,
         .help = "A query that waited longer for a worker is refused with 503 instead of run.",
         .example = "2s",
         .min = 10,
         .max = kHour}),
    bind<&Config::query, &QueryConfig::slow>(
        {.key = "query.slow",
         .kind = Kind::kDuration,
         .help = "Queries that take longer are logged, and listed by GET /api/v2/queries.",
         .example = "1s",
         .min = 1,
         .max = kHour}),
    bind<&Config::query, &QueryConfig::threads>(
        {.key = "query.threads",
         .kind = Kind::kCount,
         .help = "Threads that read and decode the series of one query that has many. 0 takes one for each "
                 "processor.",
         .example = "2",
         .max = 256}),
    bind<&Config::query, &QueryConfig::experimental>(
        {.key = "query.experimental",
         .kind = Kind::kSwitch,
         .help =
             "Functions and operators of PromQL that Prometheus has behind a feature flag, and may change.",
         .example = "off"}),
};

}  // namespace

std::span<const Setting> requests() {
  return kSettings;
}

}  // namespace weir::config::tables
