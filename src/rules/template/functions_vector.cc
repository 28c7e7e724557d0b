#include <algorithm>

#include <fmt/format.h>

#include "rules/template/functions.h"

// Queries and what they answer; after Prometheus' template/template.go.
namespace weir::rules::templates {
namespace {

constexpr size_t kArgumentDepthMax = 16;
constexpr std::string_view kNullPointer = "runtime error: invalid memory address or nil pointer dereference";

std::string label_of(const QueriedSample& sample, const std::string& name) {
  const auto found = sample.labels.find(name);
  return found == sample.labels.end() ? std::string() : found->second;
}

Result<SamplePtr> sample_of(const Value& value) {
  const SamplePtr& sample = *value.get<SamplePtr>();
  if (sample == nullptr) return invalid_argument(std::string(kNullPointer));
  return sample;
}

Result<Value> query(const Call& call) {
  if (!call.surroundings.query) return invalid_argument("queries are not possible here");
  ASSIGN_OR_RETURN(std::vector<QueriedSample> answer, call.surroundings.query(call.text(0)));
  auto vector = std::make_shared<std::vector<SamplePtr>>();
  vector->reserve(answer.size());
  for (QueriedSample& sample : answer)
    vector->push_back(std::make_shared<const QueriedSample>(std::move(sample)));
  return Value{std::move(vector)};
}

Result<Value> first(const Call& call) {
  if (size_of(call.arguments[0]) == 0) return invalid_argument("first() called on vector with no elements");
  return Value{(*call.arguments[0].get<VectorPtr>())->front()};
}

Result<Value> label(const Call& call) {
  ASSIGN_OR_RETURN(const SamplePtr sample, sample_of(call.arguments[1]));
  return text_value(label_of(*sample, call.text(0)));
}

Result<Value> value(const Call& call) {
  ASSIGN_OR_RETURN(const SamplePtr sample, sample_of(call.arguments[0]));
  return sample_value(sample->value);
}

Result<Value> string_value(const Call& call) {
  ASSIGN_OR_RETURN(const SamplePtr sample, sample_of(call.arguments[0]));
  return text_value(label_of(*sample, "__value__"));
}

Result<Value> sort_by_label(const Call& call) {
  const VectorPtr& vector = *call.arguments[1].get<VectorPtr>();
  if (vector == nullptr) return call.arguments[1];
  const std::string& name = call.text(0);
  std::stable_sort(vector->begin(), vector->end(), [&](const SamplePtr& a, const SamplePtr& b) {
    return label_of(*a, name) < label_of(*b, name);
  });
  return call.arguments[1];
}

Result<Value> args(const Call& call) {
  auto map = std::make_shared<ArgumentMap>();
  for (size_t i = 0; i < call.arguments.size(); ++i) {
    const Value& value = call.arguments[i];
    if (const auto* inner = value.get<ArgumentMapPtr>())
      map->depth = std::max(map->depth, (*inner)->depth + 1);
    map->weight += weight_of(value);
    map->values.emplace(fmt::format("arg{}", i), value);
  }
  if (map->depth > kArgumentDepthMax)
    return resource_exhausted(fmt::format("args inside one another {} times", kArgumentDepthMax));
  if (map->weight > call.limits.output_bytes_max)
    return resource_exhausted(fmt::format("args of more than {} bytes", call.limits.output_bytes_max));
  return Value{ArgumentMapPtr(std::move(map))};
}

}  // namespace

std::vector<Function> vector_functions() {
  using enum Parameter;
  return {
      {"query", {kString}, {}, query},
      {"first", {kVector}, {}, first},
      {"label", {kString, kSample}, {}, label},
      {"value", {kSample}, {}, value},
      {"strvalue", {kSample}, {}, string_value},
      {"sortByLabel", {kString, kVector}, {}, sort_by_label},
      {"args", {}, kAny, args},
  };
}

}  // namespace weir::rules::templates
