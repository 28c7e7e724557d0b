#pragma once

#include <optional>
#include <protozero/pbf_writer.hpp>
#include <string_view>
#include <vector>

#include "model/exemplar.h"

/// The messages `prometheus.Exemplar` and `prometheus.Label` of remote write 1.0
/// (prometheus/prompb/types.proto). Readers throw protozero::exception when the bytes are no message, so the
/// body around them is damaged.
namespace weir::wire {

/// Fills in what the message has; views into it.
void read_label_message(std::string_view message, Label& label);

/// Reads an exemplar over whatever is in `labels` and `exemplar`. `labels` gets its labels in canonical
/// order, views into the message, and `exemplar` all but them. Returns what is wrong, if anything is.
std::optional<ExemplarFault> read_exemplar_message(std::string_view message, std::vector<Label>& labels,
                                                   Exemplar& exemplar);

/// Brings labels of an exemplar, as they were sent, into canonical order, without those that are empty.
/// Returns what is wrong with them, if anything is.
std::optional<ExemplarFault> make_canonical_exemplar(std::vector<Label>& labels);

/// Adds each label as field 1 of the message being written.
void append_label_messages(LabelsView labels, protozero::pbf_writer& out);
/// Adds the fields of an exemplar to its message.
void append_exemplar_fields(const Exemplar& exemplar, protozero::pbf_writer& out);

}  // namespace weir::wire
