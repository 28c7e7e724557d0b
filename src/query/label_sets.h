#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/labels.h"

/// New label sets out of old ones, as the operators of PromQL make them.
namespace weir::query {

/// The labels that say what the metric is, sorted.
inline constexpr std::array<std::string_view, 3> kMetricLabels = {"__name__", "__type__", "__unit__"};

/// Sorted and without repeats, as the functions below take names.
std::vector<std::string> sorted_names(std::vector<std::string> names);

/// Append to canonical bytes: only the labels in `names` (sorted), and all but those.
void append_kept_labels(LabelsView labels, std::span<const std::string> names, std::string& out);
void append_other_labels(LabelsView labels, std::span<const std::string> names, std::string& out);
/// Only the labels in `names` (sorted).
Labels keep_labels(LabelsView labels, std::span<const std::string> names);
/// All labels but those in `names` (sorted).
Labels drop_labels(LabelsView labels, std::span<const std::string> names);
/// Without kMetricLabels.
Labels drop_metric(LabelsView labels);
/// With `name` set to `value`; an empty value removes the label.
Labels set_label(LabelsView labels, std::string_view name, std::string_view value);

/// Prometheus' text of a label set: `{__name__="up", job="x"}`, names quoted where they must be.
std::string label_text(LabelsView labels);

}  // namespace weir::query
