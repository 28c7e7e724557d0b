#include "schema/registry_client.h"

#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/guarded.h"
#include "net/http.h"
#include "schema/registry_answers.h"
#include "schema/registry_exchange.h"
#include "schema/single_flight.h"
#include "telemetry/logger.h"

namespace weir::schema {
namespace {

// Answers kept of each kind. A registry has a handful for one topic; past this they are asked for again.
constexpr size_t kRememberedMax = 1'000;

/// Answers that never change. Safe from any thread.
template <typename Key, typename Value>
class Memory {
 public:
  std::optional<Value> find(const Key& key) const {
    return known_.with([&](const std::map<Key, Value>& known) -> std::optional<Value> {
      const auto found = known.find(key);
      return found == known.end() ? std::nullopt : std::optional<Value>(found->second);
    });
  }
  void keep(const Key& key, const Value& value) {
    known_.with([&](std::map<Key, Value>& known) {
      if (known.size() < kRememberedMax) known.emplace(key, value);
    });
  }

 private:
  Guarded<std::map<Key, Value>> known_;
};

bool is_backward(std::string_view level) {
  return level == "BACKWARD" || level == "BACKWARD_TRANSITIVE" || level == "FULL" ||
         level == "FULL_TRANSITIVE";
}

std::string path_of(std::string_view subject, std::string_view before, std::string_view after = {}) {
  return fmt::format("{}{}{}", before, net::percent_encode(subject), after);
}

}  // namespace

class RegistryClient::Impl {
 public:
  Impl(const RegistryOptions& options, os::Clock& clock, telemetry::Registry& registry)
      : exchange_(options, clock, registry), registering_(clock), fetching_(clock) {}

  Result<SchemaId> register_schema(std::string_view subject, std::string_view schema, Deadline deadline);
  Result<std::string> schema(SchemaId id, Deadline deadline);
  Status check_compatible(std::string_view subject, std::string_view schema, Deadline deadline);
  Status require_backward(std::string_view subject, Deadline deadline);
  resilience::CircuitBreaker& breaker() { return exchange_.breaker(); }

 private:
  Result<bool> is_backward_already(const std::string& path, Deadline deadline);
  Result<SchemaId> post_schema(std::string_view subject, std::string_view schema, Deadline deadline);
  Error incompatible(std::string_view subject, const Compatibility& verdict, Deadline deadline);

  RegistryExchange exchange_;
  Memory<std::string, SchemaId> ids_;  // by subject, a line feed and the schema
  Memory<SchemaId, std::string> schemas_;
  SingleFlight<SchemaId> registering_;
  SingleFlight<std::string> fetching_;
};

Result<SchemaId> RegistryClient::Impl::register_schema(std::string_view subject, std::string_view schema,
                                                       Deadline deadline) {
  const std::string key = fmt::format("{}\n{}", subject, schema);
  if (const std::optional<SchemaId> known = ids_.find(key)) return *known;
  return registering_.ask(key, deadline, [&]() -> Result<SchemaId> {
    if (const std::optional<SchemaId> known = ids_.find(key)) return *known;  // since the question above
    ASSIGN_OR_RETURN(const SchemaId id, post_schema(subject, schema, deadline));
    ids_.keep(key, id);
    schemas_.keep(id, std::string(schema));
    return id;
  });
}

Result<SchemaId> RegistryClient::Impl::post_schema(std::string_view subject, std::string_view schema,
                                                   Deadline deadline) {
  const std::string path = path_of(subject, "/subjects/", "/versions");
  ASSIGN_OR_RETURN(const std::string body, exchange_.ask("POST", path, schema_request(schema), deadline));
  return id_of_answer(body);
}

Result<std::string> RegistryClient::Impl::schema(SchemaId id, Deadline deadline) {
  if (std::optional<std::string> known = schemas_.find(id)) return std::move(*known);
  const std::string path = fmt::format("/schemas/ids/{}", id.value());
  return fetching_.ask(path, deadline, [&]() -> Result<std::string> {
    if (std::optional<std::string> known = schemas_.find(id)) return std::move(*known);
    ASSIGN_OR_RETURN(const std::string body, exchange_.ask("GET", path, {}, deadline));
    ASSIGN_OR_RETURN(std::string schema, schema_of_answer(body));
    schemas_.keep(id, schema);
    return schema;
  });
}

Status RegistryClient::Impl::check_compatible(std::string_view subject, std::string_view schema,
                                              Deadline deadline) {
  const std::string path = path_of(subject, "/compatibility/subjects/", "/versions/latest?verbose=true");
  const Result<std::string> body = exchange_.ask("POST", path, schema_request(schema), deadline);
  if (!body.ok()) {
    // No such subject, or it has no version yet: nothing that could be broken.
    return body.error().code == Code::kNotFound ? ok_status() : Status(body.error());
  }
  ASSIGN_OR_RETURN(const Compatibility verdict, compatibility_of_answer(*body));
  if (verdict.compatible) return {};
  return incompatible(subject, verdict, deadline);
}

Error RegistryClient::Impl::incompatible(std::string_view subject, const Compatibility& verdict,
                                         Deadline deadline) {
  // The verdict stands without the number, which is for people.
  const Result<std::string> body =
      exchange_.ask("GET", path_of(subject, "/subjects/", "/versions/latest"), {}, deadline);
  const Result<int64_t> version = body.ok() ? version_of_answer(*body) : Result<int64_t>(body.error());
  return failed_precondition(
      fmt::format("schema registry: subject \"{}\": the schema cannot read what was written with {}{}{}",
                  subject, version.ok() ? fmt::format("version {}", *version) : "the latest version",
                  verdict.reasons.empty() ? "" : ": ", verdict.reasons));
}

Result<bool> RegistryClient::Impl::is_backward_already(const std::string& path, Deadline deadline) {
  const Result<std::string> found = exchange_.ask("GET", path, {}, deadline);
  // Not found: nothing is set for this subject.
  if (!found.ok() && found.error().code == Code::kNotFound) return false;
  RETURN_IF_ERROR(found);
  ASSIGN_OR_RETURN(const std::string level, level_of_answer(*found));
  return is_backward(level);
}

Status RegistryClient::Impl::require_backward(std::string_view subject, Deadline deadline) {
  const std::string path = path_of(subject, "/config/");
  ASSIGN_OR_RETURN(const bool already, is_backward_already(path, deadline));
  if (already) return {};
  const Result<std::string> set = exchange_.ask("PUT", path, level_request("BACKWARD"), deadline);
  if (!set.ok()) {
    // Another process that starts at the same time may have been faster, which some registries call a
    // conflict.
    ASSIGN_OR_RETURN(const bool meanwhile, is_backward_already(path, deadline));
    if (!meanwhile) return set.error();
  }
  telemetry::log_info("schema", "the subject's compatibility is now BACKWARD", {{"subject", subject}});
  return {};
}

RegistryClient::RegistryClient(const RegistryOptions& options, os::Clock& clock,
                               telemetry::Registry& registry)
    : impl_(std::make_unique<Impl>(options, clock, registry)) {}
RegistryClient::~RegistryClient() = default;

Result<SchemaId> RegistryClient::register_schema(std::string_view subject, std::string_view schema,
                                                 Deadline deadline) {
  return impl_->register_schema(subject, schema, deadline);
}
Result<std::string> RegistryClient::schema(SchemaId id, Deadline deadline) {
  return impl_->schema(id, deadline);
}
Status RegistryClient::check_compatible(std::string_view subject, std::string_view schema,
                                        Deadline deadline) {
  return impl_->check_compatible(subject, schema, deadline);
}
Status RegistryClient::require_backward(std::string_view subject, Deadline deadline) {
  return impl_->require_backward(subject, deadline);
}
resilience::CircuitBreaker& RegistryClient::breaker() {
  return impl_->breaker();
}

}  // namespace weir::schema
