#include "app/external_labels.h"

#include <string>

#include <fmt/format.h>

#include "app/comma_list.h"
#include "query/literals.h"

namespace weir::app {

Result<rules::TextMap> parse_external_labels(std::string_view text) {
  rules::TextMap labels;
  for (const std::string& part : split_at_commas(text)) {
    const size_t equals = part.find('=');
    const std::string name = part.substr(0, equals);
    if (equals == std::string::npos || !query::is_label_name(name))
      return invalid_argument(fmt::format("\"{}\" is no label; write name=value, separated by commas", part));
    if (!labels.emplace(name, part.substr(equals + 1)).second)
      return invalid_argument(fmt::format("\"{}\" is there twice", name));
  }
  return labels;
}

}  // namespace weir::app
