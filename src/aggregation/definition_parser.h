#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aggregation/bounded_reader.h"
#include "aggregation/definition.h"

namespace weir::aggregation {

/// Makes a definition of a YAML map. `definition_parser.cc` reads the fields, `definition_checks.cc` looks at
/// what they say together. What is wrong is a problem of the reader, and the definition is then not to be
/// used. One use.
class DefinitionParser {
 public:
  /// What is given must outlive it.
  DefinitionParser(const yaml::Node& node, BoundedReader& reader) : node_(node), reader_(reader) {}

  Definition parse();
  /// Where the name stands; after `parse`.
  yaml::Mark name_mark() const;

 private:
  const yaml::Field* find(std::string_view name) const;
  /// The value of a field that has to be there; null, and a problem, when it is not.
  const yaml::Node* required(std::string_view name, std::string_view with);

  void read_name();
  void read_inputs();
  void read_grouping();
  std::vector<std::string> read_label_list(const yaml::Field& field);
  std::optional<std::string> read_label_name(const yaml::Node& node, std::string_view what);
  void read_window();
  void read_outputs();
  void read_metric();
  void read_extra_labels();
  void read_times();
  void read_bounds();

  bool has_quantiles() const;
  /// Labels that outputs set are none that tell groups apart.
  void keep_set_labels_out_of_groups();
  void check_metric(const yaml::Node& node);
  void check_metric_tells_outputs_apart(const yaml::Node& node);
  void check_metric_is_no_input(const yaml::Node& node);

  const yaml::Node& node_;
  BoundedReader& reader_;
  std::vector<yaml::Field> fields_;
  Definition out_;
};

}  // namespace weir::aggregation
