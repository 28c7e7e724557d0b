#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "rules/rule_file.h"
#include "yaml/document.h"
#include "yaml/field_reader.h"

namespace weir::rules {

using yaml::Field;

/// Makes groups of a YAML tree. `rule_file_reader.cc` reads the fields, `rule_checks.cc` looks at what they
/// say. One use.
class RuleFileReader {
 public:
  /// What is given must outlive it; `text` is what the document was parsed from.
  RuleFileReader(std::string_view text, const RuleFileLimits& limits, UnknownFields unknown, RuleFile& out)
      : text_(text), limits_(limits), out_(out), fields_(out.problems, unknown) {}

  /// What a whole file holds.
  void read(const yaml::Document& document);
  /// One group that is a document of its own.
  void read_group(const yaml::Document& document);

 private:
  /// The values of a rule as they stand in the file; null where they do not.
  struct RuleNodes {
    const yaml::Node* record = nullptr;
    const yaml::Node* alert = nullptr;
    const yaml::Node* expr = nullptr;
    const yaml::Node* for_duration = nullptr;
    const yaml::Node* keep_firing_for = nullptr;
    const yaml::Node* annotations = nullptr;
    std::vector<Field> label_fields = {};
    std::vector<Field> annotation_fields = {};
  };

  void check_second(const yaml::Document& document);
  /// Whether an item of a list is null, which Prometheus passes over; warns of it.
  bool is_empty(const yaml::Node& item, std::string_view what);
  /// Whether a field is one that only vmalert looks at; warns of it.
  bool is_passed_over(const Field& field, std::string_view what);
  void group(const yaml::Node& node);
  Rule rule(const yaml::Node& node);
  TextMap texts(const std::vector<Field>& fields, std::string_view what);
  bool full() const { return out_.problems.size() >= limits_.problems_max; }

  void check_group(const RuleGroup& group, const yaml::Node& name);
  void check_rule(const Rule& rule, const yaml::Node& node, const RuleNodes& nodes);
  void check_kind(const Rule& rule, const yaml::Node& node, const RuleNodes& nodes);
  void check_recording(const Rule& rule, const RuleNodes& nodes);
  void check_expression(const Rule& rule, const yaml::Node& node, const RuleNodes& nodes);
  void check_label_names(const std::vector<Field>& labels, std::string_view what);
  void check_templates(const Rule& rule, const std::vector<Field>& fields, std::string_view what);
  /// The place of a byte of a scalar's value.
  yaml::Mark place(const yaml::Node& scalar, size_t offset) const;

  std::string_view text_;
  const RuleFileLimits& limits_;
  RuleFile& out_;
  yaml::FieldReader fields_;
  absl::flat_hash_map<std::string, size_t> group_lines_;
  size_t rules_ = 0;
};

}  // namespace weir::rules
