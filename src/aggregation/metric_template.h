#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace weir::aggregation {

/// What the placeholders of a template stand for.
struct MetricWords {
  std::string_view metric;
  std::string_view window;
  std::string_view output;
};

/// What is wrong with a template, and at which byte of it.
struct TemplateFault {
  size_t offset = 0;
  std::string message;
};

/// The first fault of a template of metric names, `{metric}:{window}_{output}`; nothing when it has none.
/// Braces are placeholders and nothing else. Pure, as the others.
std::optional<TemplateFault> template_fault(std::string_view text);
/// The template with words in the place of its placeholders. What is none stays as it is.
std::string expand_template(std::string_view text, const MetricWords& words);

}  // namespace weir::aggregation
