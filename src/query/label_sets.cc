#include "query/label_sets.h"

#include <algorithm>

#include "query/literals.h"

namespace weir::query {
namespace {

template <typename Predicate>
void append_if(LabelsView labels, Predicate keep, std::string& out) {
  for (const Label& label : labels) {
    if (keep(label.name)) append_label(out, label.name, label.value);
  }
}

template <typename Predicate>
Labels filter(LabelsView labels, Predicate keep) {
  std::string bytes;
  bytes.reserve(labels.bytes().size());
  append_if(labels, keep, bytes);
  return Labels(LabelsView(bytes));
}

bool contains(std::span<const std::string> names, std::string_view name) {
  return std::binary_search(names.begin(), names.end(), name, std::less<>());
}

}  // namespace

std::vector<std::string> sorted_names(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

void append_kept_labels(LabelsView labels, std::span<const std::string> names, std::string& out) {
  append_if(
      labels, [&](std::string_view name) { return contains(names, name); }, out);
}

void append_other_labels(LabelsView labels, std::span<const std::string> names, std::string& out) {
  append_if(
      labels, [&](std::string_view name) { return !contains(names, name); }, out);
}

Labels keep_labels(LabelsView labels, std::span<const std::string> names) {
  return filter(labels, [&](std::string_view name) { return contains(names, name); });
}

Labels drop_labels(LabelsView labels, std::span<const std::string> names) {
  return filter(labels, [&](std::string_view name) { return !contains(names, name); });
}

Labels drop_metric(LabelsView labels) {
  return filter(labels, [](std::string_view name) {
    return std::find(kMetricLabels.begin(), kMetricLabels.end(), name) == kMetricLabels.end();
  });
}

Labels set_label(LabelsView labels, std::string_view name, std::string_view value) {
  std::string bytes;
  bool placed = value.empty();
  for (const Label& label : labels) {
    if (!placed && label.name >= name) {
      append_label(bytes, name, value);
      placed = true;
    }
    if (label.name != name) append_label(bytes, label.name, label.value);
  }
  if (!placed) append_label(bytes, name, value);
  return Labels(LabelsView(bytes));
}

std::string label_text(LabelsView labels) {
  std::string out = "{";
  for (const Label& label : labels) {
    if (out.size() > 1) out += ", ";
    out += is_plain_name(label.name) ? std::string(label.name) : quote(label.name);
    out += '=' + quote(label.value);
  }
  return out + '}';
}

}  // namespace weir::query
