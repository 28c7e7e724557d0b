#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/rule_file.h"
#include "yaml/document.h"

namespace weir::rules {

/// A key and its value.
struct Field {
  std::string name;
  const yaml::Node* key = nullptr;
  const yaml::Node* value = nullptr;
};

/// Reads values of a YAML tree as the types of a rule file, and keeps what is wrong with them. An absent
/// value (null) is the empty one of its type.
class FieldReader {
 public:
  explicit FieldReader(std::vector<Problem>& problems) : problems_(problems) {}

  /// The keys of a map with what `<<` merges into it, each once; nothing for another value. `what` is what
  /// messages call it. With `known`, other keys are problems.
  std::vector<Field> fields(const yaml::Node& node, std::string_view what,
                            std::optional<std::span<const std::string_view>> known);
  /// The items of a list; nothing for another value.
  std::vector<const yaml::Node*> items(const yaml::Node& node, std::string_view what);
  std::string text(const yaml::Node& node, std::string_view what);
  int64_t integer(const yaml::Node& node, std::string_view what);
  int64_t duration_ms(const yaml::Node& node, std::string_view what);

  void problem(yaml::Mark mark, std::string message) { problems_.push_back({mark, std::move(message)}); }

 private:
  void add(const yaml::Node& node, std::string_view what, std::vector<Field>& out);
  void merge(const yaml::Node& value, std::string_view what, std::vector<Field>& out);
  bool is_scalar(const yaml::Node& node, std::string_view what, std::string_view expected);

  std::vector<Problem>& problems_;
};

}  // namespace weir::rules
