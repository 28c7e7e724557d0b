#include "aggregation/bounded_reader.h"

#include <utility>

#include <fmt/format.h>

#include "base/duration.h"
#include "base/utf8.h"
#include "yaml/scalar_position.h"

namespace weir::aggregation {
namespace {

std::string out_of_bounds(std::string_view what, std::string_view value, std::string_view min,
                          std::string_view max) {
  return fmt::format("{}: {}, allowed are {} to {}", what, value, min, max);
}

}  // namespace

// Nothing where reading found a problem.
template <typename Read>
auto BoundedReader::read(Read read_value) -> std::optional<decltype(read_value())> {
  const size_t before = problems_.size();
  auto value = read_value();
  if (problems_.size() > before) return std::nullopt;
  return value;
}

std::vector<yaml::Field> BoundedReader::fields(const yaml::Node& node, std::string_view what,
                                               std::optional<std::span<const std::string_view>> known) {
  std::vector<yaml::Field> fields = fields_.fields(node, what, known);
  std::erase_if(fields, [](const yaml::Field& field) { return field.value->kind == yaml::Kind::kNull; });
  return fields;
}

std::vector<const yaml::Node*> BoundedReader::items(const yaml::Node& node, std::string_view what,
                                                    size_t items_max) {
  std::vector<const yaml::Node*> items = fields_.items(node, what);
  if (items.size() <= items_max) return items;
  problem(items[items_max]->mark, fmt::format("{}: {} items, limit {}", what, items.size(), items_max));
  items.resize(items_max);
  return items;
}

std::optional<std::string> BoundedReader::text(const yaml::Node& node, std::string_view what,
                                               size_t bytes_max) {
  const auto value = read([&] { return fields_.text(node, what); });
  if (!value) return std::nullopt;
  if (value->empty()) {
    problem(node.mark, fmt::format("{}: it is empty", what));
  } else if (value->size() > bytes_max) {
    problem(node.mark, fmt::format("{}: {} bytes, limit {}", what, value->size(), bytes_max));
  } else if (!is_utf8(*value)) {
    problem(node.mark, fmt::format("{}: it is not UTF-8", what));
  } else {
    return value;
  }
  return std::nullopt;
}

std::optional<bool> BoundedReader::boolean(const yaml::Node& node, std::string_view what) {
  return read([&] { return fields_.boolean(node, what); });
}

std::optional<int64_t> BoundedReader::duration_ms(const yaml::Node& node, std::string_view what,
                                                  int64_t min_ms, int64_t max_ms) {
  const auto value = read([&] { return fields_.duration_ms(node, what); });
  if (!value || (*value >= min_ms && *value <= max_ms)) return value;
  problem(node.mark, out_of_bounds(what, node.value, format_duration(min_ms), format_duration(max_ms)));
  return std::nullopt;
}

std::optional<int64_t> BoundedReader::integer(const yaml::Node& node, std::string_view what, int64_t min,
                                              int64_t max) {
  const auto value = read([&] { return fields_.integer(node, what); });
  if (!value || (*value >= min && *value <= max)) return value;
  problem(node.mark, out_of_bounds(what, node.value, std::to_string(min), std::to_string(max)));
  return std::nullopt;
}

std::optional<double> BoundedReader::number(const yaml::Node& node, std::string_view what, double min,
                                            double max) {
  const auto value = read([&] { return fields_.number(node, what); });
  if (!value || (*value >= min && *value <= max)) return value;
  problem(node.mark, out_of_bounds(what, node.value, fmt::format("{}", min), fmt::format("{}", max)));
  return std::nullopt;
}

void BoundedReader::problem_at(const yaml::Node& scalar, size_t offset, std::string message) {
  problem(yaml::position_in(text_, scalar, offset), std::move(message));
}

void BoundedReader::problem_in(const yaml::Node& scalar, std::string_view what, std::string_view message) {
  yaml::Problem problem = yaml::located_in(text_, scalar, what, message);
  problems_.push_back(std::move(problem));
}

}  // namespace weir::aggregation
