#include "wire/remote_write.h"

#include <optional>
#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>
#include <vector>

#include "base/utf8.h"
#include "wire/remote_write_builder.h"
#include "wire/remote_write_exemplar.h"
#include "wire/remote_write_histogram.h"
#include "wire/remote_write_metadata.h"
#include "wire/snappy_block.h"

namespace weir::wire {
namespace {

using protozero::data_view;
using protozero::pbf_reader;
using protozero::pbf_wire_type;
using protozero::pbf_writer;
using protozero::tag_and_type;

// prometheus/prompb/remote.proto and types.proto.
constexpr uint32_t kTimeSeries = tag_and_type(1, pbf_wire_type::length_delimited);
constexpr uint32_t kMetadata = tag_and_type(3, pbf_wire_type::length_delimited);
constexpr uint32_t kSeriesLabels = tag_and_type(1, pbf_wire_type::length_delimited);
constexpr uint32_t kSeriesSamples = tag_and_type(2, pbf_wire_type::length_delimited);
constexpr uint32_t kSeriesExemplars = tag_and_type(3, pbf_wire_type::length_delimited);
constexpr uint32_t kSeriesHistograms = tag_and_type(4, pbf_wire_type::length_delimited);
constexpr uint32_t kLabelName = tag_and_type(1, pbf_wire_type::length_delimited);
constexpr uint32_t kLabelValue = tag_and_type(2, pbf_wire_type::length_delimited);

std::string_view text(data_view view) {
  return {view.data(), view.size()};
}

/// Walks one message. Lives for one call.
class RequestDecoder {
 public:
  RequestDecoder(std::string_view message, size_t decoded_bytes_max, Batch& batch)
      : message_(message), builder_(message, decoded_bytes_max, batch) {}

  Result<RemoteWriteExtras> decode() {
    try {
      RETURN_IF_ERROR(request());
    } catch (const protozero::exception& error) {
      return builder_.fail(error.what());
    }
    return builder_.take_extras();
  }

 private:
  Status request() {
    pbf_reader in(data_view(message_.data(), message_.size()));
    while (in.next()) {
      switch (in.tag_and_type()) {
        case kTimeSeries:
          RETURN_IF_ERROR(time_series(in.get_view()));
          break;
        case kMetadata:
          add_metadata(in.get_view());
          break;
        default:
          in.skip();
      }
      builder_.set_place(in.data().data());
    }
    return {};
  }

  Status time_series(data_view view) {
    builder_.set_place(view.data());
    // Canonical bytes are the labels' messages without the tags, so never longer than the series.
    char* const canonical = builder_.room(view.size());
    if (read_plain_series(text(view), canonical)) return {};
    return read_any_series(view);
  }

  // The form that every known sender writes: labels in canonical order, lengths of one byte, then samples. It
  // is read in one pass, without the general walk, which takes twice as long. False for any other form, and
  // for whatever is to be refused: nothing has been done then.
  bool read_plain_series(std::string_view bytes, char* canonical) {
    const char* at = bytes.data();
    const char* const end = at + bytes.size();
    const std::string_view labels = copy_plain_labels(at, end, canonical);
    if (!is_ascii(labels)) return false;
    Batch& batch = builder_.batch();
    const Batch::Mark mark = batch.mark();
    batch.begin_series(labels);
    size_t items = 1;
    Sample sample;
    for (; at != end && read_plain_sample(at, end, sample); ++items)
      batch.add_sample(sample.timestamp_ms, sample.value);
    if (at == end && builder_.try_take_items(items)) return true;
    batch.rewind(mark);
    return false;
  }

  // Copies labels as long as they are plain and in order, and moves `at` behind them. A label's message is
  // its canonical bytes, but for a tag before the name and another before the value.
  static std::string_view copy_plain_labels(const char*& at, const char* end, char* canonical) {
    constexpr ptrdiff_t kHeaders = 6;  // the label's tag and size, the name's, the value's
    char* to = canonical;
    std::string_view previous;
    uint64_t previous_bytes = 0;
    while (end - at >= kHeaders && at[0] == kSeriesLabels && at[2] == kLabelName) {
      const auto size = static_cast<uint8_t>(at[1]);
      const auto name_size = static_cast<uint8_t>(at[3]);
      if (size >= 0x80 || name_size >= 0x80 || end - at < size + 2 || name_size + 4 > size) break;
      const char* const value = at + 4 + name_size;  // its tag
      const auto value_size = static_cast<uint8_t>(value[1]);
      if (value[0] != kLabelValue || value_size == 0 || name_size + value_size + 4 != size) break;
      const std::string_view name(at + 4, name_size);
      const uint64_t bytes = leading_bytes(name);
      if (bytes < previous_bytes || (bytes == previous_bytes && name <= previous)) break;
      previous = name;
      previous_bytes = bytes;
      to = copy_text(to, at + 3, name_size + 1u);
      to = copy_text(to, value + 1, value_size + 1u);
      at += size + 2;
    }
    return {canonical, to};
  }

  Status read_any_series(data_view view) {
    labels_.clear();
    samples_.clear();
    histograms_.clear();
    exemplars_.clear();
    pbf_reader in(view);
    while (in.next()) {
      switch (in.tag_and_type()) {
        case kSeriesLabels:
          read_label_message(text(in.get_view()), labels_.emplace_back());
          break;
        case kSeriesSamples:
          samples_.push_back(in.get_view());
          break;
        case kSeriesExemplars:
          exemplars_.push_back(in.get_view());
          break;
        case kSeriesHistograms:
          histograms_.push_back(in.get_view());
          break;
        default:
          in.skip();
      }
    }
    RETURN_IF_ERROR(builder_.take_items(samples_.size() + histograms_.size() + exemplars_.size() + 1));
    RETURN_IF_ERROR(builder_.begin_series(labels_));
    for (const data_view sample : samples_) builder_.add_sample(text(sample));
    for (const data_view histogram : histograms_) RETURN_IF_ERROR(builder_.add_histogram(text(histogram)));
    for (const data_view exemplar : exemplars_) add_exemplar(exemplar);
    return {};
  }

  void add_exemplar(data_view view) {
    Exemplar exemplar;
    const std::optional<ExemplarFault> fault = read_exemplar_message(text(view), labels_, exemplar);
    builder_.add_exemplar(fault, labels_, exemplar);
  }

  void add_metadata(data_view view) {
    MetricMetadata metadata;
    const std::optional<MetadataFault> fault = read_metadata_message(text(view), metadata);
    builder_.add_metadata(fault, metadata);
  }

  std::string_view message_;
  RemoteWriteBuilder builder_;
  std::vector<Label> labels_;
  std::vector<data_view>
      samples_;  // labels come first by custom only, so samples wait for the end of their series
  std::vector<data_view> histograms_;
  std::vector<data_view> exemplars_;
};

}  // namespace

Result<RemoteWriteExtras> decode_remote_write(std::string_view body, size_t decoded_bytes_max,
                                              std::string& scratch, Batch& batch) {
  return decode_remote_write_body<RequestDecoder>(body, decoded_bytes_max, scratch, batch);
}

std::string encode_remote_write(const Batch& batch) {
  std::string message;
  pbf_writer request(message);
  for (const Batch::Series& series : batch.series()) {
    pbf_writer out(request, 1);
    append_label_messages(batch.labels(series), out);
    for (uint32_t i = 0; i < series.sample_count; ++i) {
      pbf_writer sample(out, 2);
      sample.add_double(1, batch.values(series)[i]);
      sample.add_int64(2, batch.timestamps_ms(series)[i]);
    }
    for (uint32_t i = 0; i < series.histogram_count; ++i) {
      std::string histogram;
      append_histogram_message(batch.histogram_times_ms(series)[i], batch.histograms(series)[i], histogram);
      out.add_message(4, histogram);
    }
    for (uint32_t i = 0; i < series.exemplar_count; ++i) {
      pbf_writer message_out(out, 3);
      append_exemplar_fields(batch.exemplar(series, i), message_out);
    }
  }
  std::string body;
  snappy_encode(message, body);
  return body;
}

}  // namespace weir::wire
