#include <protozero/pbf_writer.hpp>
#include <string>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "wire/remote_write_2.h"
#include "wire/remote_write_2_fields.h"
#include "wire/remote_write_histogram.h"
#include "wire/snappy_block.h"

namespace weir::wire {
namespace {

using namespace remote_write_2;
using protozero::pbf_writer;

/// Writes one request. Lives for one call.
class RequestEncoder {
 public:
  RequestEncoder(const Batch& batch, std::span<const MetricMetadata> metadata)
      : batch_(batch), metadata_(metadata) {
    ref("");
  }

  std::string encode() {
    std::string all_series;
    pbf_writer series_out(all_series);
    for (size_t i = 0; i < batch_.series_count(); ++i) {
      std::string series;  // written even when it is empty, unlike a message that is written in place
      pbf_writer out(series);
      add_series(batch_.series()[i], out);
      if (!metadata_.empty()) add_metadata(metadata_[i], out);
      series_out.add_message(kTimeSeries, series);
    }
    std::string message;
    pbf_writer out(message);
    for (const std::string_view symbol : symbols_) out.add_string(kSymbols, symbol.data(), symbol.size());
    return message + all_series;
  }

 private:
  void add_series(const Batch::Series& series, pbf_writer& out) {
    add_labels(batch_.labels(series), kLabelsRefs, out);
    for (uint32_t i = 0; i < series.sample_count; ++i) {
      pbf_writer sample(out, kSamples);
      sample.add_double(1, batch_.values(series)[i]);
      sample.add_int64(2, batch_.timestamps_ms(series)[i]);
    }
    for (uint32_t i = 0; i < series.histogram_count; ++i) {
      std::string histogram;
      append_histogram_message(batch_.histogram_times_ms(series)[i], batch_.histograms(series)[i], histogram);
      out.add_message(kHistograms, histogram);
    }
    for (uint32_t i = 0; i < series.exemplar_count; ++i) {
      const Exemplar exemplar = batch_.exemplar(series, i);
      pbf_writer exemplar_out(out, kExemplars);
      add_labels(exemplar.labels, kExemplarLabelsRefs, exemplar_out);
      exemplar_out.add_double(kExemplarValue, exemplar.value);
      exemplar_out.add_int64(kExemplarTimestamp, exemplar.timestamp_ms);
    }
  }

  void add_labels(LabelsView labels, uint32_t field, pbf_writer& out) {
    std::vector<uint32_t> refs;
    for (const Label& label : labels) {
      refs.push_back(ref(label.name));
      refs.push_back(ref(label.value));
    }
    out.add_packed_uint32(field, refs.begin(), refs.end());
  }

  void add_metadata(const MetricMetadata& metadata, pbf_writer& out) {
    pbf_writer message(out, kMetadata);
    message.add_enum(kMetadataType, static_cast<int32_t>(metadata.type));
    message.add_uint32(kMetadataHelpRef, ref(metadata.help));
    message.add_uint32(kMetadataUnitRef, ref(metadata.unit));
  }

  uint32_t ref(std::string_view text) {
    const auto [found, added] = refs_.try_emplace(std::string(text), static_cast<uint32_t>(symbols_.size()));
    if (added) symbols_.push_back(text);
    return found->second;
  }

  const Batch& batch_;
  std::span<const MetricMetadata> metadata_;
  std::vector<std::string_view> symbols_;
  absl::flat_hash_map<std::string, uint32_t> refs_;
};

}  // namespace

std::string encode_remote_write_2(const Batch& batch, std::span<const MetricMetadata> metadata) {
  std::string body;
  snappy_encode(RequestEncoder(batch, metadata).encode(), body);
  return body;
}

}  // namespace weir::wire
