#include "app/cli/label_text.h"

#include "model/labels.h"

namespace weir::app::cli {

std::string label_text(const JsonPart& labels) {
  std::string metric = labels[kMetricName].text();
  std::string out = "{";
  for (const auto& [name, value] : labels.fields()) {
    if (name == kMetricName) continue;
    if (out.size() > 1) out += ", ";
    out += name + "=";
    append_quoted(out, value.text());
  }
  if (!metric.empty() && out == "{") return metric;
  return metric + out + "}";
}

}  // namespace weir::app::cli
