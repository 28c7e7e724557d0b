#include "wire/remote_write_exemplar.h"

#include <algorithm>
#include <protozero/pbf_reader.hpp>

#include "base/utf8.h"

namespace weir::wire {
namespace {

using protozero::data_view;
using protozero::pbf_reader;
using protozero::pbf_wire_type;
using protozero::pbf_writer;
using protozero::tag_and_type;

constexpr uint32_t kLabelName = tag_and_type(1, pbf_wire_type::length_delimited);
constexpr uint32_t kLabelValue = tag_and_type(2, pbf_wire_type::length_delimited);
constexpr uint32_t kExemplarLabels = tag_and_type(1, pbf_wire_type::length_delimited);
constexpr uint32_t kExemplarValue = tag_and_type(2, pbf_wire_type::fixed64);
constexpr uint32_t kExemplarTimestamp = tag_and_type(3, pbf_wire_type::varint);

std::string_view text(data_view view) {
  return {view.data(), view.size()};
}

}  // namespace

void read_label_message(std::string_view message, Label& label) {
  pbf_reader in(data_view(message.data(), message.size()));
  while (in.next()) {
    switch (in.tag_and_type()) {
      case kLabelName:
        label.name = text(in.get_view());
        break;
      case kLabelValue:
        label.value = text(in.get_view());
        break;
      default:
        in.skip();
    }
  }
}

std::optional<ExemplarFault> read_exemplar_message(std::string_view message, std::vector<Label>& labels,
                                                   Exemplar& exemplar) {
  labels.clear();
  exemplar = {};
  pbf_reader in(data_view(message.data(), message.size()));
  while (in.next()) {
    switch (in.tag_and_type()) {
      case kExemplarLabels:
        read_label_message(text(in.get_view()), labels.emplace_back());
        break;
      case kExemplarValue:
        exemplar.value = in.get_double();
        break;
      case kExemplarTimestamp:
        exemplar.timestamp_ms = in.get_int64();
        break;
      default:
        in.skip();
    }
  }
  return make_canonical_exemplar(labels);
}

std::optional<ExemplarFault> make_canonical_exemplar(std::vector<Label>& labels) {
  std::sort(labels.begin(), labels.end());
  std::string_view previous;
  for (const Label& label : labels) {
    if (label.name.empty()) return ExemplarFault::kEmptyLabelName;
    if (label.name == previous) return ExemplarFault::kRepeatedLabelName;
    if (!is_utf8(label.name) || !is_utf8(label.value)) return ExemplarFault::kNotUtf8;
    previous = label.name;
  }
  std::erase_if(labels, [](const Label& label) { return label.value.empty(); });
  if (!fit_exemplar(labels)) return ExemplarFault::kLabelsTooLong;
  return std::nullopt;
}

void append_label_messages(LabelsView labels, pbf_writer& out) {
  for (const Label& label : labels) {
    pbf_writer pair(out, 1);
    pair.add_string(1, label.name.data(), label.name.size());
    pair.add_string(2, label.value.data(), label.value.size());
  }
}

void append_exemplar_fields(const Exemplar& exemplar, pbf_writer& out) {
  append_label_messages(exemplar.labels, out);
  out.add_double(2, exemplar.value);
  out.add_int64(3, exemplar.timestamp_ms);
}

}  // namespace weir::wire
