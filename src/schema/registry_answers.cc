#include "schema/registry_answers.h"

#include <boost/json.hpp>
#include <limits>
#include <optional>

#include <fmt/format.h>

namespace weir::schema {
namespace {

namespace json = boost::json;

// Messages of the registry go into ours; some hold a stack trace.
constexpr size_t kMessageBytesMax = 500;

std::optional<json::object> object_of(std::string_view body) {
  json::error_code failed;
  json::value value = json::parse(json::string_view(body.data(), body.size()), failed);
  if (failed || !value.is_object()) return std::nullopt;
  return std::move(value.as_object());
}

std::string text_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
  if (value == nullptr || !value->is_string()) return {};
  return std::string(value->as_string().data(), value->as_string().size());
}

std::optional<int64_t> number_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
  if (value == nullptr || !value->is_int64()) return std::nullopt;
  return value->as_int64();
}

Error unexpected(std::string_view what) {
  return corruption(fmt::format("schema registry: an answer without {}", what));
}

Error error_of_code(int64_t code, std::string message) {
  // The first three digits are those of HTTP.
  const int64_t status = code >= 10'000 ? code / 100 : code;
  switch (status) {
    case 400:
    case 422:
      return invalid_argument(std::move(message));
    case 401:
    case 403:
      return permission_denied(std::move(message));
    case 404:
      return not_found(std::move(message));
    case 409:
      return failed_precondition(std::move(message));
    case 429:
    case 502:
    case 503:
    case 504:
      return unavailable(std::move(message));
    default:
      return status >= 500 && status < 600 ? internal(std::move(message)) : corruption(std::move(message));
  }
}

}  // namespace

std::string schema_request(std::string_view schema) {
  const json::object request{{"schemaType", "AVRO"},
                             {"schema", json::string_view(schema.data(), schema.size())}};
  return json::serialize(request);
}

std::string level_request(std::string_view level) {
  return json::serialize(json::object{{"compatibility", json::string_view(level.data(), level.size())}});
}

Error error_of_answer(int http_status, std::string_view body) {
  const std::optional<json::object> answer = object_of(body);
  const std::optional<int64_t> code = answer ? number_of(*answer, "error_code") : std::nullopt;
  if (code) {
    const std::string reason = text_of(*answer, "message").substr(0, kMessageBytesMax);
    return error_of_code(*code, fmt::format("schema registry: {} (error {})", reason, *code));
  }
  // Not the API but something before it. Its 404 must not pass for "no such schema".
  std::string message = fmt::format("schema registry: HTTP status {}", http_status);
  if (http_status == 404) return corruption(message + ": the URL is not that of a registry's API");
  return error_of_code(http_status, std::move(message));
}

Result<SchemaId> id_of_answer(std::string_view body) {
  const std::optional<json::object> answer = object_of(body);
  const std::optional<int64_t> id = answer ? number_of(*answer, "id") : std::nullopt;
  if (!id || *id < 0 || *id > std::numeric_limits<uint32_t>::max()) return unexpected("an id");
  return SchemaId(static_cast<uint32_t>(*id));
}

Result<std::string> schema_of_answer(std::string_view body) {
  const std::optional<json::object> answer = object_of(body);
  std::string schema = answer ? text_of(*answer, "schema") : std::string();
  if (schema.empty()) return unexpected("a schema");
  const std::string type = text_of(*answer, "schemaType");  // absent: Avro
  if (!type.empty() && type != "AVRO") {
    return unsupported(fmt::format("schema registry: a schema of type {}, not AVRO", type));
  }
  const json::value* references = answer->if_contains("references");
  if (references != nullptr && references->is_array() && !references->as_array().empty()) {
    return unsupported("schema registry: a schema that refers to others");
  }
  return schema;
}

Result<int64_t> version_of_answer(std::string_view body) {
  const std::optional<json::object> answer = object_of(body);
  const std::optional<int64_t> version = answer ? number_of(*answer, "version") : std::nullopt;
  if (!version) return unexpected("a version");
  return *version;
}

Result<std::string> level_of_answer(std::string_view body) {
  const std::optional<json::object> answer = object_of(body);
  std::string level = answer ? text_of(*answer, "compatibilityLevel") : std::string();
  if (level.empty()) return unexpected("a compatibility level");
  return level;
}

Result<Compatibility> compatibility_of_answer(std::string_view body) {
  const std::optional<json::object> answer = object_of(body);
  const json::value* compatible = answer ? answer->if_contains("is_compatible") : nullptr;
  if (compatible == nullptr || !compatible->is_bool()) return unexpected("a verdict on compatibility");
  Compatibility found{compatible->as_bool(), {}};
  const json::value* messages = answer->if_contains("messages");
  if (messages == nullptr || !messages->is_array()) return found;
  for (const json::value& message : messages->as_array()) {
    if (!message.is_string() || found.reasons.size() >= kMessageBytesMax) continue;
    if (!found.reasons.empty()) found.reasons += "; ";
    found.reasons.append(message.as_string().data(), message.as_string().size());
  }
  found.reasons.resize(std::min(found.reasons.size(), kMessageBytesMax));
  return found;
}

}  // namespace weir::schema
