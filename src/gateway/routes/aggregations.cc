#include <charconv>

#include <fmt/format.h>

#include "aggregation/definition_documents.h"
#include "aggregation/definition_reader.h"
#include "gateway/answers.h"
#include "gateway/parameters.h"
#include "gateway/routes/handlers.h"
#include "wire/json_writer.h"

// Streaming aggregations: how they do, and the definitions in the catalogue.
namespace weir::gateway {
namespace {

constexpr os::milliseconds kTimeout{10'000};

/// One call of this API, when it is its turn.
struct AggregationCall {
  const AggregationServices& services;
  const net::HttpRequest& request;
  std::string name;  ///< As the path has it; empty where it has none.
  std::string tenant_name;
  Deadline deadline;

  /// kNotFound when there is no such tenant.
  Result<TenantId> tenant() const {
    ASSIGN_OR_RETURN(const auto found, services.tenants.find(tenant_name, deadline));
    if (!found) return not_found(fmt::format("aggregation \"{}\": there is none of this name", name));
    return *found;
  }
};

std::string entity_tag(uint64_t version) {
  return fmt::format("\"{}\"", version);
}

/// `If-Match` with a version, `If-None-Match: *` for one that is to be new; nullopt where any will do.
Result<std::optional<uint64_t>> wanted_version(const net::HttpRequest& request) {
  if (request.headers.get("If-None-Match") == "*") return std::optional<uint64_t>(0);
  std::string_view tag = request.headers.get("If-Match");
  if (tag.empty() || tag == "*") return std::optional<uint64_t>();
  uint64_t version = 0;
  if (tag.size() > 2 && tag.front() == '"' && tag.back() == '"') {
    tag = tag.substr(1, tag.size() - 2);
    const auto [end, fault] = std::from_chars(tag.data(), tag.data() + tag.size(), version);
    if (fault == std::errc() && end == tag.data() + tag.size()) return std::optional(version);
  }
  return invalid_argument("If-Match is none of the entity tags that this server gives: a number in quotes");
}

void write_status(wire::JsonWriter& json, const aggregation::AggregationStatus& status) {
  json.begin_object();
  json.text("name", status.definition.name);
  json.text("definition", aggregation::to_yaml(status.definition));
  const auto time = [&](std::string_view name, std::optional<TimestampMs> at_ms) {
    if (at_ms.value_or(0) > 0) {
      json.text(name, format_time(*at_ms));
    } else {
      json.null(name);
    }
  };
  time("watermark", status.watermark_ms);
  time("closed_until", status.closed_ms);
  json.count("windows", status.windows);
  json.count("samples", status.samples);
  json.count("outputs", status.outputs);
  json.count("late_samples", status.late_samples);
  json.count("corrections", status.corrections);
  json.count("too_late_samples", status.too_late);
  json.count("corrections_waiting", status.waiting);
  json.count("failures", status.failures);
  json.text("last_error", status.last_error);
  json.number("last_seconds", std::chrono::duration<double>(status.took).count());
  json.end_object();
}

net::HttpResponse list(const AggregationCall& call) {
  const auto tenant = call.services.tenants.find(call.tenant_name, call.deadline);
  if (!tenant.ok()) return problem(tenant.error());
  std::string out;
  wire::JsonWriter json(out);
  json.begin_object();
  json.key("aggregations");
  json.begin_array();
  for (const auto& status : call.services.aggregator.status(tenant->value_or(TenantId::nobody())))
    write_status(json, status);
  json.end_array();
  json.end_object();
  return net::HttpResponse::json(200, std::move(out));
}

/// As YAML, with its version.
Result<net::HttpResponse> show(const AggregationCall& call) {
  ASSIGN_OR_RETURN(const TenantId tenant, call.tenant());
  ASSIGN_OR_RETURN(const auto stored,
                   aggregation::stored_definition(call.services.meta, tenant, call.name, call.deadline));
  auto response = net::HttpResponse::text(200, aggregation::to_yaml(stored.definition), "application/yaml");
  response.headers.set("ETag", entity_tag(stored.version));
  return response;
}

Result<aggregation::Definition> read_definition(const AggregationCall& call) {
  aggregation::DefinitionFile file = aggregation::parse_definition(call.request.body);
  if (!file.problems.empty()) {
    std::string all;
    for (const yaml::Problem& one : file.problems)
      all += fmt::format("{}{}: {}", all.empty() ? "" : "\n", yaml::to_text(one.mark), one.message);
    return invalid_argument(std::move(all));
  }
  aggregation::Definition definition = std::move(file.definitions.front());
  if (definition.name == call.name) return definition;
  return invalid_argument(
      fmt::format("the definition is named \"{}\", the path says \"{}\"", definition.name, call.name));
}

Result<net::HttpResponse> store(const AggregationCall& call) {
  ASSIGN_OR_RETURN(const auto version, wanted_version(call.request));
  ASSIGN_OR_RETURN(const aggregation::Definition definition, read_definition(call));
  ASSIGN_OR_RETURN(const TenantId tenant,
                   call.services.tenants.find_or_create(call.tenant_name, call.deadline));
  ASSIGN_OR_RETURN(const uint64_t stored, aggregation::store_definition(call.services.meta, tenant,
                                                                        definition, version, call.deadline));
  net::HttpResponse response =
      net::HttpResponse::text(200, aggregation::to_yaml(definition), "application/yaml");
  response.headers.set("ETag", entity_tag(stored));
  return response;
}

Result<net::HttpResponse> erase(const AggregationCall& call) {
  ASSIGN_OR_RETURN(const auto version, wanted_version(call.request));
  ASSIGN_OR_RETURN(const TenantId tenant, call.tenant());
  RETURN_IF_ERROR(
      aggregation::erase_definition(call.services.meta, tenant, call.name, version, call.deadline));
  return net::HttpResponse::text(204, "");
}

/// A version that is not there any more is the caller's precondition.
net::HttpResponse refusal(const Error& error) {
  return error.code == Code::kAlreadyExists ? problem(412, error) : problem(error);
}

using Answer = Result<net::HttpResponse> (*)(const AggregationCall& call);

void answer_by(Answer answer, Services& services, Call call) {
  if (!services.aggregations) return call.respond(not_served(services.process, "processor"));
  std::string name = call.path_parameters.empty() ? "" : call.path_parameters.front();
  on_worker(services, std::move(call), problem,
            [answer, name = std::move(name)](Services& parts, const net::HttpRequest& request) {
              Result<std::string> tenant = tenant_name(request.headers);
              if (!tenant.ok()) return problem(tenant.error());
              auto response = answer({*parts.aggregations, request, name, *std::move(tenant),
                                      Deadline::after(parts.clock, kTimeout)});
              return response.ok() ? *std::move(response) : refusal(response.error());
            });
}

}  // namespace

void handle_aggregations(Services& services, Call call) {
  answer_by([](const AggregationCall& one) -> Result<net::HttpResponse> { return list(one); }, services,
            std::move(call));
}
void handle_aggregation(Services& services, Call call) {
  answer_by(show, services, std::move(call));
}
void handle_store_aggregation(Services& services, Call call) {
  answer_by(store, services, std::move(call));
}
void handle_erase_aggregation(Services& services, Call call) {
  answer_by(erase, services, std::move(call));
}

}  // namespace weir::gateway
