#pragma once

#include "config/config.h"
#include "log/embedded/embedded_log.h"
#include "log/kafka/kafka_log.h"
#include "meta/postgres/postgres_meta_store.h"
#include "redis/client.h"
#include "schema/registry_client.h"
#include "store/embedded/embedded_store.h"
#include "store/timescale/timescale_store.h"

/// The configuration as the options of each engine. Pure.
namespace weir::app {

log::embedded::EmbeddedLogOptions journal_options(const config::Config& config);
/// The journal beside it for dead letters, which are whole records of the other and a little more.
log::embedded::EmbeddedLogOptions dead_letter_journal_options(const config::Config& config);
log::kafka::KafkaLogOptions topic_options(const config::Config& config);
log::kafka::KafkaLogOptions dead_letter_topic_options(const config::Config& config);
schema::RegistryOptions registry_options(const config::Config& config);
redis::ClientOptions redis_options(const config::Config& config);
meta::postgres::PostgresMetaOptions catalogue_options(const config::Config& config);
store::embedded::EmbeddedStoreOptions embedded_store_options(const config::Config& config,
                                                             uint32_t partitions);
store::timescale::TimescaleStoreOptions timescale_options(const config::Config& config);

}  // namespace weir::app
