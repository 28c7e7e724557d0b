#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aggregation/definition_reader.h"
#include "yaml/field_reader.h"

namespace weir::aggregation {

/// Reads values of a YAML text and holds them to bounds, for the readers of a definition's parts. What is
/// wrong becomes a problem, and the value is absent. A field without a value is as one that is not there:
/// null never stands for "false" or 0. Owned by one thread.
class BoundedReader {
 public:
  /// What is given must outlive it; `text` is what the nodes were parsed from.
  BoundedReader(std::string_view text, const DefinitionLimits& limits, std::vector<yaml::Problem>& problems)
      : text_(text), limits_(limits), problems_(problems), fields_(problems) {}

  const DefinitionLimits& limits() const { return limits_; }
  size_t problem_count() const { return problems_.size(); }

  /// The keys of a map that have a value, each once; unknown ones are problems.
  std::vector<yaml::Field> fields(const yaml::Node& node, std::string_view what,
                                  std::optional<std::span<const std::string_view>> known);
  /// The items of a list, of which there may be `items_max`; further ones are left out.
  std::vector<const yaml::Node*> items(const yaml::Node& node, std::string_view what, size_t items_max);
  /// Not empty, UTF-8, at most `bytes_max` bytes.
  std::optional<std::string> text(const yaml::Node& node, std::string_view what, size_t bytes_max);
  std::optional<bool> boolean(const yaml::Node& node, std::string_view what);
  // Between the bounds, both of which are allowed.
  std::optional<int64_t> duration_ms(const yaml::Node& node, std::string_view what, int64_t min_ms,
                                     int64_t max_ms);
  std::optional<int64_t> integer(const yaml::Node& node, std::string_view what, int64_t min, int64_t max);
  std::optional<double> number(const yaml::Node& node, std::string_view what, double min, double max);

  void problem(yaml::Mark mark, std::string message) { fields_.problem(mark, std::move(message)); }
  /// At a byte of a scalar's value.
  void problem_at(const yaml::Node& scalar, size_t offset, std::string message);
  /// `message` may begin with a place in the scalar's value.
  void problem_in(const yaml::Node& scalar, std::string_view what, std::string_view message);

 private:
  template <typename Read>
  auto read(Read read_value) -> std::optional<decltype(read_value())>;

  std::string_view text_;
  const DefinitionLimits& limits_;
  std::vector<yaml::Problem>& problems_;
  yaml::FieldReader fields_;
};

}  // namespace weir::aggregation
