#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "aggregation/definition.h"
#include "yaml/problem.h"

namespace weir::aggregation {

/// Bounds of what a text may ask for; all are inclusive. What a field of a definition may say at most,
/// whoever asks, is in docs/aggregations.md.
struct DefinitionLimits {
  size_t bytes_max = 1u << 20;
  size_t definitions_max = 1'000;
  size_t inputs_max = 50;  ///< Of one definition, as the next ones.
  size_t labels_max = 50;  ///< In `by` or `without`, and in `labels`.
  size_t outputs_max = 50;
  size_t name_bytes_max = 1'024;   ///< Of a label's name, and of `metric`.
  size_t value_bytes_max = 4'096;  ///< Of a label's value.
  int64_t window_ms_min = 1'000;   ///< Of every length in a window.
  int64_t window_ms_max = 86'400'000;
  int64_t panes_max = 1'440;  ///< Size by hop.
  size_t problems_max = 100;  ///< Further ones are left out.
};

struct DefinitionFile {
  std::vector<Definition> definitions;  ///< To be used only without problems.
  std::vector<yaml::Problem> problems;  ///< In the order of the text, each with line and column.
};

/// Reads a YAML document (JSON is one, too) `aggregations: [...]`. docs/aggregations.md says what may stand
/// there. Finds all problems at once. Pure.
DefinitionFile parse_definitions(std::string_view text, const DefinitionLimits& limits = {});
/// The same of a text that is one definition.
DefinitionFile parse_definition(std::string_view text, const DefinitionLimits& limits = {});

/// The definition as a text that parse_definition reads back as the same; every field is in it, so that later
/// defaults change nothing. Of a definition that parse_definition made, or one that it could have made.
std::string to_yaml(const Definition& definition);

}  // namespace weir::aggregation
