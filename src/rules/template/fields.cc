#include <utility>

#include <fmt/format.h>

#include "model/histogram.h"
#include "rules/template/executor.h"
#include "rules/template/go_time.h"

// Fields of what a template is given, and the methods of times, durations and histograms.
namespace weir::rules::templates {
namespace {

std::optional<Value> field_of(const Data& data, std::string_view name) {
  if (name == "Labels") return Value{data.labels};
  if (name == "ExternalLabels") return Value{data.external_labels};
  if (name == "ExternalURL") return text_value(data.external_url);
  if (name == "Value") return sample_value(data.value);
  return std::nullopt;
}

std::optional<Value> field_of(const QueriedSample& sample, std::string_view name) {
  if (name == "Labels") return Value{std::make_shared<const LabelMap>(sample.labels)};
  if (name == "Value") return sample_value(sample.value);
  return std::nullopt;
}

std::optional<Value> field_of(const Histogram& histogram, std::string_view name) {
  if (name == "Count") return Value{histogram.count};
  if (name == "Sum") return Value{histogram.sum};
  if (name == "ZeroCount") return Value{histogram.zero_count};
  if (name == "ZeroThreshold") return Value{histogram.layout.zero_threshold};
  if (name == "Schema") return Value{Integer{histogram.layout.schema, Integer::Type::kInt32}};
  return std::nullopt;
}

// A field of a struct; nothing where the value is none, or has no such field.
std::optional<Value> struct_field(const Value& receiver, std::string_view name) {
  if (const auto* data = receiver.get<DataPtr>()) return field_of(**data, name);
  if (const auto* histogram = receiver.get<HistogramPtr>()) return field_of(**histogram, name);
  const auto* sample = receiver.get<SamplePtr>();
  return sample == nullptr || *sample == nullptr ? std::nullopt : field_of(**sample, name);
}

// The value of a key; of one that is missing, the zero of its type.
std::optional<Value> map_entry(const Value& receiver, const std::string& name) {
  if (const auto* labels = receiver.get<LabelMapPtr>()) {
    const auto found = (*labels)->find(name);
    return text_value(found == (*labels)->end() ? std::string() : found->second);
  }
  if (const auto* arguments = receiver.get<ArgumentMapPtr>()) {
    const auto found = (*arguments)->values.find(name);
    return found == (*arguments)->values.end() ? Value{Nil()} : found->second;
  }
  return std::nullopt;
}

std::optional<Value> method(const Value& receiver, std::string_view name) {
  if (const auto* time = receiver.get<Time>()) return time_method(*time, name);
  if (const auto* duration = receiver.get<Duration>()) return duration_method(*duration, name);
  return std::nullopt;
}

}  // namespace

Result<Value> Executor::fields(Value receiver, std::span<const std::string> names,
                               const FieldArguments& arguments) {
  for (size_t i = 0; i < names.size(); ++i) {
    const bool is_last = i + 1 == names.size();
    ASSIGN_OR_RETURN(receiver, field(receiver, names[i], is_last ? arguments : FieldArguments{}));
  }
  return receiver;
}

Result<Value> Executor::field(const Value& receiver, const std::string& name,
                              const FieldArguments& arguments) {
  RETURN_IF_ERROR(spend(weight_of(receiver)));
  if (receiver.is<None>()) return Value{None()};
  const auto* sample = receiver.get<SamplePtr>();
  if (receiver.is<Nil>() || (sample != nullptr && *sample == nullptr))
    return error(fmt::format("nil pointer evaluating {}.{}", type_name(receiver), name));
  if (receiver.is<Time>() && name == "Format") return format_method(receiver, arguments);
  if (auto value = method(receiver, name)) {
    const size_t count = arguments.operands.size() + (arguments.final != nullptr ? 1 : 0);
    if (count > 0) return error(fmt::format("wrong number of args for {}: want 0 got {}", name, count));
    return *std::move(value);
  }
  if (auto value = struct_field(receiver, name)) {
    if (arguments.any())
      return error(fmt::format("{} has arguments but cannot be invoked as function", name));
    return *std::move(value);
  }
  if (auto value = map_entry(receiver, name)) {
    if (arguments.any()) return error(fmt::format("{} is not a method but has arguments", name));
    return *std::move(value);
  }
  return error(fmt::format("can't evaluate field {} in type {}", name, type_name(receiver)));
}

Result<Value> Executor::format_method(const Value& receiver, const FieldArguments& arguments) {
  const size_t count = arguments.operands.size() + (arguments.final != nullptr ? 1 : 0);
  if (count != 1) return error(fmt::format("wrong number of args for Format: want 1 got {}", count));
  auto layout = arguments.final != nullptr
                    ? fit(*arguments.final, Parameter::kString)
                    : argument(arguments.operands[0], Parameter::kString, *arguments.dot);
  if (!layout.ok()) return layout;
  return text_value(format_time(*receiver.get<Time>(), layout->get<Text>()->str()));
}

}  // namespace weir::rules::templates
