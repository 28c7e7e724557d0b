#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "schema/registry_client.h"

/// The bodies of the Confluent Schema Registry's REST API, version 1, as values. Pure functions; an answer
/// that is not what the API says is kCorruption.
namespace weir::schema {

/// {"schemaType":"AVRO","schema":"..."}
std::string schema_request(std::string_view schema);
/// {"compatibility":"BACKWARD"}
std::string level_request(std::string_view level);

/// The error that an answer of 400 and above stands for, with the registry's own message.
Error error_of_answer(int http_status, std::string_view body);

/// `id` of {"id":1}.
Result<SchemaId> id_of_answer(std::string_view body);
/// `schema` of {"schema":"..."}. kUnsupported when it is not Avro, or refers to other schemas.
Result<std::string> schema_of_answer(std::string_view body);
/// `version` of {"version":3}.
Result<int64_t> version_of_answer(std::string_view body);
/// `compatibilityLevel` of {"compatibilityLevel":"BACKWARD"}.
Result<std::string> level_of_answer(std::string_view body);

struct Compatibility {
  bool compatible = false;
  std::string reasons;  ///< The registry's messages, if it gave any, as one line.
};
/// {"is_compatible":true,"messages":["..."]}
Result<Compatibility> compatibility_of_answer(std::string_view body);

}  // namespace weir::schema
