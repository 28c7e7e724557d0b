#pragma once

#include <memory>
#include <string>

#include "schema/registry_client.h"
#include "wire/record_codec.h"

namespace weir::schema {

/// Log records as any Kafka tool reads them: byte 0, the schema id as 4 bytes big-endian, then
/// weir.MetricBatch in Avro binary. Records of the current schema go through our own codec; records of
/// another one that the registry knows are resolved to it by the Avro library, for which decoding may wait.
/// `open` enforces BACKWARD compatibility for `subject` ("metrics-value"), checks our schema against the
/// latest version, and registers it. Errors: those of RegistryClient; an incompatible schema says which
/// registered version it breaks and what to do. `registry` outlives the codec.
Result<std::unique_ptr<wire::RecordCodec>> open_avro_codec(RegistryClient& registry, std::string_view subject,
                                                           os::Clock& clock, Deadline deadline);

}  // namespace weir::schema
