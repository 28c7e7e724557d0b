#include "rules/template/value.h"

namespace weir::rules::templates {
namespace {

template <typename... Overloads>
struct Visitor : Overloads... {
  using Overloads::operator()...;
};
template <typename... Overloads>
Visitor(Overloads...) -> Visitor<Overloads...>;

std::string_view type_name(Integer::Type type) {
  switch (type) {
    case Integer::Type::kInt:
      return "int";
    case Integer::Type::kInt32:
      return "int32";
    case Integer::Type::kInt64:
      return "int64";
    case Integer::Type::kByte:
      return "uint8";
    case Integer::Type::kMonth:
      return "time.Month";
    case Integer::Type::kWeekday:
      return "time.Weekday";
  }
  return "int";
}

}  // namespace

Value text_value(std::string text) {
  return {Text{std::make_shared<const std::string>(std::move(text)), false}};
}

Value sample_value(const SampleValue& value) {
  if (const double* number = std::get_if<double>(&value)) return {*number};
  return {std::get<HistogramPtr>(value)};
}

std::string_view type_name(const Value& value) {
  return std::visit(
      Visitor{
          [](None) -> std::string_view { return "<nil>"; },
          [](Nil) -> std::string_view { return "interface {}"; },
          [](bool) -> std::string_view { return "bool"; },
          [](Integer integer) { return type_name(integer.type); },
          [](double) -> std::string_view { return "float64"; },
          [](const Text& text) -> std::string_view { return text.is_html ? "template.HTML" : "string"; },
          [](const LabelMapPtr&) -> std::string_view { return "map[string]string"; },
          [](const ArgumentMapPtr&) -> std::string_view { return "map[string]interface {}"; },
          [](const SamplePtr&) -> std::string_view { return "*template.sample"; },
          [](const VectorPtr&) -> std::string_view { return "template.queryResult"; },
          [](const DataPtr&) -> std::string_view {
            return "struct { Labels map[string]string; ExternalLabels map[string]string; ExternalURL string; "
                   "Value interface {} }";
          },
          [](Time) -> std::string_view { return "*time.Time"; },
          [](Duration) -> std::string_view { return "*time.Duration"; },
          [](const HistogramPtr&) -> std::string_view { return "*histogram.FloatHistogram"; },
      },
      value.held);
}

bool is_true(const Value& value) {
  return std::visit(Visitor{
                        [](None) { return false; },
                        [](Nil) { return false; },
                        [](bool truth) { return truth; },
                        [](Integer integer) { return integer.value != 0; },
                        [](double number) { return number != 0; },
                        [&](const Text&) { return size_of(value) > 0; },
                        [&](const LabelMapPtr&) { return size_of(value) > 0; },
                        [&](const ArgumentMapPtr&) { return size_of(value) > 0; },
                        [](const SamplePtr& sample) { return sample != nullptr; },
                        [&](const VectorPtr&) { return size_of(value) > 0; },
                        [](const auto&) { return true; },
                    },
                    value.held);
}

size_t size_of(const Value& value) {
  return std::visit(Visitor{
                        [](const Text& text) { return text.shared->size(); },
                        [](const LabelMapPtr& map) { return map->size(); },
                        [](const ArgumentMapPtr& map) { return map->values.size(); },
                        [](const VectorPtr& vector) { return vector == nullptr ? 0 : vector->size(); },
                        [](const auto&) { return size_t{0}; },
                    },
                    value.held);
}

size_t weight_of(const Value& value) {
  constexpr size_t kNumber = 16;
  if (const auto* text = value.get<Text>()) return kNumber + text->str().size();
  if (const auto* arguments = value.get<ArgumentMapPtr>()) return (*arguments)->weight;
  if (const auto* vector = value.get<VectorPtr>(); vector != nullptr) return kNumber * (1 + size_of(value));
  const LabelMap* labels = nullptr;
  if (const auto* map = value.get<LabelMapPtr>()) labels = map->get();
  if (const auto* sample = value.get<SamplePtr>(); sample != nullptr && *sample != nullptr)
    labels = &(*sample)->labels;
  size_t weight = kNumber;
  if (labels == nullptr) return weight;
  for (const auto& [name, text] : *labels) weight += name.size() + text.size() + 2;
  return weight;
}

}  // namespace weir::rules::templates
