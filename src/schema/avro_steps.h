#pragma once

#include <functional>
#include <set>
#include <string>

#include <avro.h>

#include "base/bytes.h"
#include "base/result.h"

/// What SchemaResolver is made of.
namespace weir::schema {

/// Reads a value of the writer's schema and appends it as one of the reader's. Fails the reader when the
/// bytes are not what the schema says.
using Step = std::function<void(ByteReader& in, std::string& out)>;

/// Fields as "Record.field", see `empty_defaults`.
using FieldNames = std::set<std::string, std::less<>>;

/// The step from `writer` to `reader`. Both outlive it. `place` names the value, for messages. A field that
/// the writer lacks must be among `empty_defaults`. kUnsupported when no value of the writer could be one of
/// the reader's.
Result<Step> step_between(avro_schema_t writer, avro_schema_t reader, const FieldNames& empty_defaults,
                          const std::string& place);

/// Passes over a value of `schema`.
void skip_value(avro_schema_t schema, ByteReader& in);

}  // namespace weir::schema
