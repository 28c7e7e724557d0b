#pragma once

#include <memory>
#include <string>

#include "schema/registry_client.h"
#include "wire/record_codec.h"

namespace weir::schema {

/// Log records as any Kafka tool reads them: byte 0, the schema id as 4 bytes big-endian, then
/// weir.MetricBatch in Avro binary: docs/formats/metric-batch.md. Records of the current schema go through
/// our own codec; records of another one that the registry knows are resolved to it (schema_resolver.h), for
/// which decoding may wait for the registry, once for each schema.
/// `decode` fails with kCorruption when the registry says that it does not have the id, with kUnsupported
/// when its schema cannot become ours, with kUnavailable or kDeadlineExceeded when it cannot be asked.
///
/// `open_avro_codec` enforces BACKWARD compatibility for `subject` ("metrics-value"), checks our schema
/// against the latest version, and registers it. Errors: those of RegistryClient; an incompatible schema says
/// which registered version it breaks and what to do. `registry` and `clock` outlive the codec.
Result<std::unique_ptr<wire::RecordCodec>> open_avro_codec(RegistryClient& registry, std::string_view subject,
                                                           os::Clock& clock, Deadline deadline);

}  // namespace weir::schema
