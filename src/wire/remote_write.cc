#include "wire/remote_write.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>
#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>
#include <vector>

#include <fmt/format.h>

#include "base/utf8.h"
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
constexpr uint32_t kSampleValue = tag_and_type(1, pbf_wire_type::fixed64);
constexpr uint32_t kSampleTimestamp = tag_and_type(2, pbf_wire_type::varint);

std::string_view text(data_view view) {
  return {view.data(), view.size()};
}

// Texts are short, and a call of memcpy for each costs more than its bytes: they are copied in steps of 16,
// up to 15 bytes too far. So every buffer that a text is copied from or to has this much room at its end.
constexpr size_t kCopySlack = 16;

char* copy(char* at, const char* from, size_t size) {
  char* const end = at + size;
  for (; at < end; at += kCopySlack, from += kCopySlack) std::memcpy(at, from, kCopySlack);
  return end;
}

char* put_text(char* at, std::string_view text) {
  size_t size = text.size();
  for (; size >= 0x80; size >>= 7) *at++ = static_cast<char>(size | 0x80);
  *at++ = static_cast<char>(size);
  return copy(at, text.data(), text.size());
}

// The first bytes of a name as a number that orders as names do, zeros for those that it lacks: most names
// differ there, and no call of memcmp is needed. Reads into the slack.
uint64_t leading_bytes(std::string_view name) {
  if (name.empty()) return 0;
  uint64_t bytes = 0;
  static_assert(sizeof(bytes) <= kCopySlack && std::endian::native == std::endian::little);
  std::memcpy(&bytes, name.data(), sizeof(bytes));
  bytes = __builtin_bswap64(bytes);
  return name.size() >= sizeof(bytes) ? bytes : bytes & ~(~uint64_t{0} >> (8 * name.size()));
}

/// Walks one message. Lives for one call.
class RequestDecoder {
 public:
  RequestDecoder(std::string_view message, size_t decoded_bytes_max, Batch& batch)
      : message_(message), at_(message.data()), batch_(batch), items_left_(decoded_bytes_max / 8) {}

  Result<RemoteWriteExtras> decode() {
    try {
      RETURN_IF_ERROR(request());
    } catch (const protozero::exception& error) {
      return fail(error.what());
    }
    return std::move(extras_);
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
      at_ = in.data().data();
    }
    return {};
  }

  Status time_series(data_view view) {
    at_ = view.data();
    // Canonical bytes are the labels' messages without the tags, so never longer than the series.
    if (canonical_.size() < view.size() + kCopySlack) canonical_.resize(view.size() + kCopySlack);
    if (read_plain_series(text(view))) return {};
    return read_any_series(view);
  }

  // The form that every known sender writes: labels in canonical order, lengths of one byte, then samples. It
  // is read in one pass, without the general walk, which takes twice as long. False for any other form, and
  // for whatever is to be refused: nothing has been done then.
  bool read_plain_series(std::string_view bytes) {
    const char* at = bytes.data();
    const char* const end = at + bytes.size();
    const std::string_view canonical = copy_plain_labels(at, end);
    if (!is_ascii(canonical)) return false;
    const Batch::Mark mark = batch_.mark();
    batch_.begin_series(canonical);
    size_t items = 1;
    Sample sample;
    for (; at != end && read_plain_sample(at, end, sample); ++items)
      batch_.add_sample(sample.timestamp_ms, sample.value);
    if (at != end || items > items_left_) {
      batch_.rewind(mark);
      return false;
    }
    items_left_ -= items;
    return true;
  }

  // Copies labels as long as they are plain and in order, and moves `at` behind them. A label's message is
  // its canonical bytes, but for a tag before the name and another before the value.
  std::string_view copy_plain_labels(const char*& at, const char* end) {
    constexpr ptrdiff_t kHeaders = 6;  // the label's tag and size, the name's, the value's
    char* to = canonical_.data();
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
      to = copy(to, at + 3, name_size + 1u);
      to = copy(to, value + 1, value_size + 1u);
      at += size + 2;
    }
    return {canonical_.data(), to};
  }

  static bool read_plain_sample(const char*& at, const char* end, Sample& sample) {
    constexpr ptrdiff_t kBytesMin = 13;  // tag, size, tag, 8 bytes of value, tag, 1 byte of time
    if (end - at < kBytesMin || at[0] != kSeriesSamples || at[2] != kSampleValue ||
        at[11] != kSampleTimestamp)
      return false;
    const char* const sample_end = at + 2 + at[1];
    if (at[1] < kBytesMin - 2 || sample_end > end) return false;
    std::memcpy(&sample.value, at + 3, sizeof(sample.value));
    uint64_t time = 0;
    unsigned shift = 0;
    const char* byte = at + 12;
    for (; byte != sample_end && shift < 63; ++byte, shift += 7) {
      time |= (static_cast<uint64_t>(*byte) & 0x7f) << shift;
      if ((*byte & 0x80) == 0) break;
    }
    if (byte + 1 != sample_end || (*byte & 0x80) != 0) return false;
    sample.timestamp_ms = static_cast<TimestampMs>(time);
    at = sample_end;
    return true;
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
    RETURN_IF_ERROR(take_items(samples_.size() + histograms_.size() + exemplars_.size() + 1));
    RETURN_IF_ERROR(begin_series());
    for (const data_view sample : samples_) add_sample(sample);
    for (const data_view histogram : histograms_) RETURN_IF_ERROR(add_histogram(histogram));
    for (const data_view exemplar : exemplars_) add_exemplar(exemplar);
    return {};
  }

  Status take_items(size_t items) {
    if (items > items_left_)
      return resource_exhausted(fmt::format("remote write: too many samples {}", where()));
    items_left_ -= items;
    return {};
  }

  void add_sample(data_view view) {
    Sample sample;
    pbf_reader in(view);
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

  Status add_histogram(data_view view) {
    HistogramSample sample;
    const Status read = read_histogram_message(text(view), sample);
    if (!read.ok()) {
      refuse_histogram(read.error().message);
      return {};
    }
    RETURN_IF_ERROR(take_items(sample.histogram.size_bytes() / kHistogramBytesPerItem));
    batch_.add_histogram(sample.timestamp_ms, std::move(sample.histogram));
    return {};
  }

  void add_exemplar(data_view view) {
    Exemplar exemplar;
    if (const std::optional<ExemplarFault> fault = read_exemplar_message(text(view), labels_, exemplar)) {
      ++extras_.invalid_exemplars[static_cast<size_t>(*fault)];
      return;
    }
    exemplar.labels = LabelsView(canonical_bytes());
    batch_.add_exemplar(exemplar);
  }

  void add_metadata(data_view view) {
    MetricMetadata metadata;
    std::optional<MetadataFault> fault = read_metadata_message(text(view), metadata);
    if (!fault && extras_.metadata.size() == kMetadataPerBodyMax) fault = MetadataFault::kTooManyInBody;
    if (fault) {
      ++extras_.invalid_metadata[static_cast<size_t>(*fault)];
    } else {
      extras_.metadata.push_back(metadata);
    }
  }

  void refuse_histogram(const std::string& why) {
    ++extras_.invalid_histograms;
    if (extras_.invalid.size() == kInvalidHistogramsKept) return;
    const std::string_view metric = batch_.labels(batch_.series().back()).metric().substr(0, kMetricShown);
    extras_.invalid.push_back(
        {static_cast<uint32_t>(batch_.series_count() - 1), fmt::format("{}: {}", metric, why)});
  }

  // Senders sort and leave out empty values, so the first look nearly always finds the labels canonical as
  // they are.
  Status begin_series() {
    if (!is_canonical()) RETURN_IF_ERROR(make_canonical());
    const std::string_view canonical = canonical_bytes();
    // Lengths below 128 are ASCII too, so one look over the canonical bytes settles almost every series.
    if (!is_ascii(canonical)) RETURN_IF_ERROR(check_utf8());
    batch_.begin_series(canonical);
    return {};
  }

  std::string_view canonical_bytes() {
    char* at = canonical_.data();
    for (const Label& label : labels_) at = put_text(put_text(at, label.name), label.value);
    return {canonical_.data(), at};
  }

  bool is_canonical() const {
    std::string_view previous;
    uint64_t previous_bytes = 0;
    for (const Label& label : labels_) {
      const uint64_t bytes = leading_bytes(label.name);
      if (bytes < previous_bytes || label.value.empty()) return false;
      if (bytes == previous_bytes && label.name <= previous) return false;
      previous = label.name;
      previous_bytes = bytes;
    }
    return true;
  }

  Status make_canonical() {
    std::sort(labels_.begin(), labels_.end());
    std::string_view previous;
    for (const Label& label : labels_) {
      if (label.name.empty()) return fail("a label name is empty");
      if (label.name == previous) return fail(fmt::format("label name \"{}\" is given twice", previous));
      previous = label.name;
    }
    std::erase_if(labels_, [](const Label& label) { return label.value.empty(); });
    return {};
  }

  Status check_utf8() const {
    for (const Label& label : labels_) {
      if (!is_utf8(label.name)) return fail("a label name is not UTF-8");
      if (!is_utf8(label.value))
        return fail(fmt::format("the value of label \"{}\" is not UTF-8", label.name));
    }
    return {};
  }

  std::string where() const {
    return fmt::format("in the message at byte {} of {}", at_ - message_.data(), message_.size());
  }
  Error fail(std::string_view what) const {
    return invalid_argument(fmt::format("remote write: {} {}", what, where()));
  }

  static constexpr size_t kHistogramBytesPerItem = 64;  // 8 for each byte that the limit allows
  static constexpr size_t kMetricShown = 200;

  std::string_view message_;
  const char* at_;  // the time series, or other field, that is being read
  Batch& batch_;
  size_t items_left_;
  RemoteWriteExtras extras_;
  std::vector<Label> labels_;
  std::vector<data_view>
      samples_;  // labels come first by custom only, so samples wait for the end of their series
  std::vector<data_view> histograms_;
  std::vector<data_view> exemplars_;
  std::string canonical_;
};

}  // namespace

Result<RemoteWriteExtras> decode_remote_write(std::string_view body, size_t decoded_bytes_max,
                                              std::string& scratch, Batch& batch) {
  ASSIGN_OR_RETURN(const std::string_view message,
                   snappy_decode(body, decoded_bytes_max, kCopySlack, scratch).context("remote write"));
  const Batch::Mark mark = batch.mark();
  Result<RemoteWriteExtras> extras = RequestDecoder(message, decoded_bytes_max, batch).decode();
  if (!extras.ok()) batch.rewind(mark);
  return extras;
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
