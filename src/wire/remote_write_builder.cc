#include "wire/remote_write_builder.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/utf8.h"
#include "wire/remote_write_histogram.h"

namespace weir::wire {
namespace {

using protozero::data_view;
using protozero::pbf_reader;
using protozero::pbf_wire_type;
using protozero::tag_and_type;

// The same numbers in prometheus.Sample and io.prometheus.write.v2.Sample.
constexpr uint32_t kSampleValue = tag_and_type(1, pbf_wire_type::fixed64);
constexpr uint32_t kSampleTimestamp = tag_and_type(2, pbf_wire_type::varint);

constexpr size_t kHistogramBytesPerItem = 64;  // 8 for each byte that the limit allows
constexpr size_t kMetricShown = 200;

}  // namespace

Status RemoteWriteBuilder::take_items(size_t items) {
  if (!try_take_items(items)) return too_large("too many samples");
  return {};
}

// Senders sort and leave out empty values, so the first look nearly always finds the labels canonical as
// they are.
Status RemoteWriteBuilder::begin_series(std::vector<Label>& labels) {
  if (!is_canonical(labels)) RETURN_IF_ERROR(make_canonical(labels));
  const std::string_view canonical = canonical_bytes(labels);
  // Lengths below 128 are ASCII too, so one look over the canonical bytes settles almost every series.
  if (!is_ascii(canonical)) RETURN_IF_ERROR(check_utf8(labels));
  batch_.begin_series(canonical);
  return {};
}

void RemoteWriteBuilder::add_sample(std::string_view message) {
  Sample sample;
  pbf_reader in(data_view(message.data(), message.size()));
  while (in.next()) {
    switch (in.tag_and_type()) {
      case kSampleValue:
        sample.value = in.get_double();
        break;
      case kSampleTimestamp:
        sample.timestamp_ms = in.get_int64();
        break;
      default:
        in.skip();
    }
  }
  batch_.add_sample(sample.timestamp_ms, sample.value);
}

Status RemoteWriteBuilder::add_histogram(std::string_view message) {
  HistogramSample sample;
  const Status read = read_histogram_message(message, sample);
  if (!read.ok()) {
    refuse_histogram(read.error().message);
    return {};
  }
  RETURN_IF_ERROR(take_items(sample.histogram.size_bytes() / kHistogramBytesPerItem));
  batch_.add_histogram(sample.timestamp_ms, std::move(sample.histogram));
  return {};
}

void RemoteWriteBuilder::refuse_histogram(std::string_view why) {
  ++extras_.invalid_histograms;
  if (extras_.invalid.size() == kInvalidHistogramsKept) return;
  const std::string_view metric = batch_.labels(batch_.series().back()).metric().substr(0, kMetricShown);
  extras_.invalid.push_back(
      {static_cast<uint32_t>(batch_.series_count() - 1), fmt::format("{}: {}", metric, why)});
}

void RemoteWriteBuilder::add_exemplar(std::optional<ExemplarFault> fault, const std::vector<Label>& labels,
                                      Exemplar exemplar) {
  if (fault) {
    ++extras_.invalid_exemplars[static_cast<size_t>(*fault)];
    return;
  }
  exemplar.labels = LabelsView(canonical_bytes(labels));
  batch_.add_exemplar(exemplar);
}

bool RemoteWriteBuilder::add_metadata(std::optional<MetadataFault> fault, const MetricMetadata& metadata) {
  if (!fault && extras_.metadata.size() == kMetadataPerBodyMax) fault = MetadataFault::kTooManyInBody;
  if (fault) {
    ++extras_.invalid_metadata[static_cast<size_t>(*fault)];
  } else {
    extras_.metadata.push_back(metadata);
  }
  return !fault;
}

std::string_view RemoteWriteBuilder::canonical_bytes(const std::vector<Label>& labels) {
  char* at = canonical_.data();
  for (const Label& label : labels) at = put_text(put_text(at, label.name), label.value);
  return {canonical_.data(), at};
}

bool RemoteWriteBuilder::is_canonical(const std::vector<Label>& labels) {
  std::string_view previous;
  uint64_t previous_bytes = 0;
  for (const Label& label : labels) {
    const uint64_t bytes = leading_bytes(label.name);
    if (bytes < previous_bytes || label.value.empty()) return false;
    if (bytes == previous_bytes && label.name <= previous) return false;
    previous = label.name;
    previous_bytes = bytes;
  }
  return true;
}

Status RemoteWriteBuilder::make_canonical(std::vector<Label>& labels) const {
  std::sort(labels.begin(), labels.end());
  std::string_view previous;
  for (const Label& label : labels) {
    if (label.name.empty()) return fail("a label name is empty");
    if (label.name == previous) return fail(fmt::format("label name \"{}\" is given twice", previous));
    previous = label.name;
  }
  std::erase_if(labels, [](const Label& label) { return label.value.empty(); });
  return {};
}

Status RemoteWriteBuilder::check_utf8(const std::vector<Label>& labels) const {
  for (const Label& label : labels) {
    if (!is_utf8(label.name)) return fail("a label name is not UTF-8");
    if (!is_utf8(label.value)) return fail(fmt::format("the value of label \"{}\" is not UTF-8", label.name));
  }
  return {};
}

std::string RemoteWriteBuilder::where() const {
  return fmt::format("in the message at byte {} of {}", at_ - message_.data(), message_.size());
}

Error RemoteWriteBuilder::fail(std::string_view what) const {
  return invalid_argument(fmt::format("remote write: {} {}", what, where()));
}

Error RemoteWriteBuilder::too_large(std::string_view what) const {
  return resource_exhausted(fmt::format("remote write: {} {}", what, where()));
}

}  // namespace weir::wire
