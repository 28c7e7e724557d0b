#include "wire/remote_write_2.h"

#include <optional>
#include <protozero/pbf_reader.hpp>
#include <vector>

#include <fmt/format.h>

#include "base/utf8.h"
#include "wire/remote_write_2_fields.h"
#include "wire/remote_write_builder.h"
#include "wire/remote_write_exemplar.h"
#include "wire/remote_write_metadata.h"

namespace weir::wire {
namespace {

using namespace remote_write_2;
using protozero::data_view;
using protozero::pbf_reader;
using protozero::pbf_wire_type;

std::string_view text(data_view view) {
  return {view.data(), view.size()};
}

constexpr uint32_t texts(uint32_t field) {
  return protozero::tag_and_type(field, pbf_wire_type::length_delimited);
}
constexpr uint32_t varints(uint32_t field) {
  return protozero::tag_and_type(field, pbf_wire_type::varint);
}

/// A text of the table: a view of the body.
struct Symbol {
  std::string_view text;
  uint32_t described = 0;  ///< As help: one more than the index of the metadata that had it last.
  bool utf8 = false;
};

struct SeriesMetadata {
  MetricType type = MetricType::kUnknown;
  uint32_t help_ref = 0;
  uint32_t unit_ref = 0;
};

/// Walks one message. Lives for one call.
class RequestDecoder {
 public:
  RequestDecoder(std::string_view message, size_t decoded_bytes_max, Batch& batch)
      : message_(message),
        decoded_bytes_max_(decoded_bytes_max),
        label_bytes_left_(decoded_bytes_max),
        builder_(message, decoded_bytes_max, batch) {
    builder_.room(kUsualLabelBytes);
  }

  Result<RemoteWriteExtras> decode() {
    try {
      RETURN_IF_ERROR(read_symbols());
      RETURN_IF_ERROR(read_series());
    } catch (const protozero::exception& error) {
      return builder_.fail(error.what());
    }
    return builder_.take_extras();
  }

 private:
  // Protobuf lets fields come in any order, and to pass over the series costs next to nothing.
  Status read_symbols() {
    pbf_reader in(data_view(message_.data(), message_.size()));
    while (in.next()) {
      if (in.tag() < kSymbols)
        return builder_.fail(fmt::format("field {} belongs to remote write 1.0", in.tag()));
      if (in.tag_and_type() == texts(kSymbols)) {
        if (!builder_.try_take_items(1)) return builder_.too_large("too many symbols");
        add_symbol(text(in.get_view()));
        if (!symbols_.front().text.empty()) return builder_.fail("the first symbol is not empty");
      } else {
        in.skip();
      }
      builder_.set_place(in.data().data());
    }
    return {};
  }

  void add_symbol(std::string_view text) {
    symbols_.push_back({.text = text, .utf8 = is_ascii(text) || is_utf8(text)});
  }

  Status read_series() {
    builder_.set_place(message_.data());
    pbf_reader in(data_view(message_.data(), message_.size()));
    while (in.next()) {
      if (in.tag_and_type() == texts(kTimeSeries)) {
        RETURN_IF_ERROR(time_series(in.get_view()));
      } else {
        in.skip();
      }
      builder_.set_place(in.data().data());
    }
    return {};
  }

  Status time_series(data_view view) {
    builder_.set_place(view.data());
    if (symbols_.empty()) return builder_.fail("there are no symbols");
    ASSIGN_OR_RETURN(const bool done, read_plain_series(text(view)));
    if (done) return {};
    return read_any_series(view);
  }

  // The form that every known sender writes: references that are packed and lead to labels in canonical
  // order, then samples, then metadata. It is read in one pass, without the general walk. False for any other
  // form, and for what is to be refused but for metadata: nothing has been done then.
  Result<bool> read_plain_series(std::string_view bytes) {
    const char* at = bytes.data();
    const char* const end = at + bytes.size();
    std::string_view metric;
    const std::string_view labels = copy_plain_labels(at, end, metric);
    if (labels.empty() || labels.size() > label_bytes_left_) return false;
    Batch& batch = builder_.batch();
    const Batch::Mark mark = batch.mark();
    batch.begin_series(labels);
    size_t items = 1;
    Sample sample;
    for (; at != end && read_plain_sample(at, end, sample); ++items)
      batch.add_sample(sample.timestamp_ms, sample.value);
    const std::string_view metadata = plain_metadata(at, end);
    if (at != end || !builder_.try_take_items(items)) {
      batch.rewind(mark);
      return false;
    }
    label_bytes_left_ -= labels.size();
    if (!metadata.empty()) RETURN_IF_ERROR(add_metadata(metadata, metric));
    return true;
  }

  // Puts labels together as long as they are plain, moves `at` behind their references, and finds the
  // metric's name. Empty for labels of another form.
  std::string_view copy_plain_labels(const char*& at, const char* end, std::string_view& metric) {
    const uint64_t metric_bytes = leading_bytes(kMetricName);
    const char* const refs_end = end_of_plain(at, end, kLabelsRefs);
    if (refs_end == nullptr) return {};
    char* const begin = builder_.room(0);
    const char* const room_end = begin + builder_.room_bytes() - kCopySlack;
    char* to = begin;
    std::string_view previous;
    uint64_t previous_bytes = 0;
    for (at += 2; at != refs_end;) {
      const Symbol* const name = plain_symbol(at, refs_end);
      const Symbol* const value = plain_symbol(at, refs_end);
      if (name == nullptr || value == nullptr) return {};
      const size_t bytes_needed = put_text_bytes(name->text) + put_text_bytes(value->text);
      if (static_cast<size_t>(room_end - to) < bytes_needed) return {};  // the general walk makes room
      const uint64_t bytes = leading_bytes(name->text);
      if (bytes < previous_bytes || (bytes == previous_bytes && name->text <= previous)) return {};
      if (bytes == metric_bytes && name->text.size() == kMetricName.size()) metric = value->text;
      previous = name->text;
      previous_bytes = bytes;
      to = put_text(put_text(to, name->text), value->text);
    }
    return {begin, to};
  }

  // The symbol of the reference at `at`, which is moved behind it; null for one that is in no plain label.
  const Symbol* plain_symbol(const char*& at, const char* end) const {
    uint64_t ref = 0;
    if (!read_plain_varint(at, end, ref) || ref >= symbols_.size()) return nullptr;
    const Symbol& symbol = symbols_[ref];
    return symbol.utf8 && !symbol.text.empty() ? &symbol : nullptr;
  }

  // The message, when it is all that is left; `at` is moved to the end then.
  static std::string_view plain_metadata(const char*& at, const char* end) {
    if (at == end || end_of_plain(at, end, kMetadata) != end) return {};
    const std::string_view message(at + 2, end);
    at = end;
    return message;
  }

  // The end of a field with bytes at `at`, when it is that field, its length has one byte, and it ends by
  // `end`; else null.
  static const char* end_of_plain(const char* at, const char* end, uint32_t field) {
    if (end - at < 2 || at[0] != static_cast<char>(texts(field))) return nullptr;
    const auto size = static_cast<uint8_t>(at[1]);
    return size < 0x80 && size <= end - at - 2 ? at + 2 + size : nullptr;
  }

  Status read_any_series(data_view view) {
    refs_.clear();
    samples_.clear();
    histograms_.clear();
    exemplars_.clear();
    SeriesMetadata metadata;
    pbf_reader in(view);
    while (in.next()) {
      switch (in.tag_and_type()) {
        case texts(kLabelsRefs):
        case varints(kLabelsRefs):
          read_refs(in);
          break;
        case texts(kSamples):
          samples_.push_back(in.get_view());
          break;
        case texts(kHistograms):
          histograms_.push_back(in.get_view());
          break;
        case texts(kExemplars):
          exemplars_.push_back(in.get_view());
          break;
        case texts(kMetadata):
          read_metadata(text(in.get_view()), metadata);
          break;
        default:
          in.skip();
      }
    }
    RETURN_IF_ERROR(builder_.take_items(samples_.size() + histograms_.size() + exemplars_.size() + 1));
    RETURN_IF_ERROR(find_labels());
    RETURN_IF_ERROR(make_room());
    RETURN_IF_ERROR(builder_.begin_series(labels_));
    const std::string_view metric = metric_of(labels_);
    for (const data_view sample : samples_) builder_.add_sample(text(sample));
    for (const data_view histogram : histograms_) RETURN_IF_ERROR(builder_.add_histogram(text(histogram)));
    for (const data_view exemplar : exemplars_) RETURN_IF_ERROR(add_exemplar(exemplar));
    return add_metadata(metadata, metric, !histograms_.empty());
  }

  void read_refs(pbf_reader& in) {
    if (in.has_wire_type(pbf_wire_type::varint)) return refs_.push_back(in.get_uint32());
    for (const uint32_t ref : in.get_packed_uint32()) refs_.push_back(ref);
  }

  // Brings the labels that refs_ lead to into labels_, in the order of the references.
  Status find_labels() {
    labels_.clear();
    if (refs_.size() % 2 != 0) return builder_.fail("a label name has no value");
    if (refs_.size() / 2 > builder_.items_left()) return builder_.too_large("too many labels");
    for (size_t i = 0; i < refs_.size(); i += 2) {
      Label& label = labels_.emplace_back();
      RETURN_IF_ERROR(find_symbol(refs_[i], label.name));
      RETURN_IF_ERROR(find_symbol(refs_[i + 1], label.value));
    }
    return {};
  }

  Status find_symbol(uint32_t ref, std::string_view& found) const {
    if (ref >= symbols_.size())
      return builder_.fail(fmt::format("a reference to symbol {} of {}", ref, symbols_.size()));
    found = symbols_[ref].text;
    return {};
  }

  Status make_room() {
    size_t bytes = 0;
    for (const Label& label : labels_) bytes += put_text_bytes(label.name) + put_text_bytes(label.value);
    RETURN_IF_ERROR(take_label_bytes(bytes));
    builder_.room(bytes);
    return {};
  }

  Status take_label_bytes(size_t bytes) {
    if (bytes > label_bytes_left_)
      return builder_.too_large(fmt::format("labels of more than {} bytes, the limit", decoded_bytes_max_));
    label_bytes_left_ -= bytes;
    return {};
  }

  static std::string_view metric_of(const std::vector<Label>& labels) {
    for (const Label& label : labels) {
      if (label.name == kMetricName) return label.value;
    }
    return {};
  }

  Status add_exemplar(data_view view) {
    refs_.clear();
    Exemplar exemplar;
    pbf_reader in(view);
    while (in.next()) {
      switch (in.tag_and_type()) {
        case texts(kLabelsRefs):
        case varints(kLabelsRefs):
          read_refs(in);
          break;
        case protozero::tag_and_type(kExemplarValue, pbf_wire_type::fixed64):
          exemplar.value = in.get_double();
          break;
        case varints(kExemplarTimestamp):
          exemplar.timestamp_ms = in.get_int64();
          break;
        default:
          in.skip();
      }
    }
    RETURN_IF_ERROR(find_labels());
    const std::optional<ExemplarFault> fault = exemplar_fault();
    if (!fault) RETURN_IF_ERROR(make_room());
    builder_.add_exemplar(fault, labels_, exemplar);
    return {};
  }

  // A look at the size first: symbols are as long as a body, and can be named again and again.
  std::optional<ExemplarFault> exemplar_fault() {
    size_t bytes = 0;
    for (const Label& label : labels_) bytes += label.name.size() + label.value.size();
    if (bytes > kExemplarLabelBytesMax) return ExemplarFault::kLabelsTooLong;
    return make_canonical_exemplar(labels_);
  }

  static void read_metadata(std::string_view message, SeriesMetadata& metadata) {
    pbf_reader in(data_view(message.data(), message.size()));
    while (in.next()) {
      switch (in.tag_and_type()) {
        case varints(kMetadataType):
          metadata.type = metric_type_of(in.get_enum());
          break;
        case varints(kMetadataHelpRef):
          metadata.help_ref = in.get_uint32();
          break;
        case varints(kMetadataUnitRef):
          metadata.unit_ref = in.get_uint32();
          break;
        default:
          in.skip();
      }
    }
  }

  Status add_metadata(std::string_view message, std::string_view metric) {
    SeriesMetadata metadata;
    read_metadata(message, metadata);
    return add_metadata(metadata, metric, false);
  }

  Status add_metadata(const SeriesMetadata& of_series, std::string_view metric, bool has_histograms) {
    MetricMetadata said;
    said.type = of_series.type;
    said.metric = has_histograms ? metric : family_of(said.type, metric);
    RETURN_IF_ERROR(find_symbol(of_series.unit_ref, said.unit));
    RETURN_IF_ERROR(find_symbol(of_series.help_ref, said.help));
    if (said.type == MetricType::kUnknown && said.unit.empty() && said.help.empty()) return {};
    Symbol& help = symbols_[of_series.help_ref];
    if (is_said(said, help)) return {};
    const std::optional<MetadataFault> fault = metadata_fault(said, help, symbols_[of_series.unit_ref]);
    if (!fault) said.help = cut_help(said.help);
    if (builder_.add_metadata(fault, said))
      help.described = static_cast<uint32_t>(builder_.extras().metadata.size());
    return {};
  }

  // Series of a family, or of a few that come by turns, need not say the same again.
  bool is_said(const MetricMetadata& metadata, const Symbol& help) const {
    if (help.described == 0) return false;
    const MetricMetadata& before = builder_.extras().metadata[help.described - 1];
    return before.type == metadata.type && before.metric == metadata.metric && before.unit == metadata.unit;
  }

  static std::optional<MetadataFault> metadata_fault(const MetricMetadata& metadata, const Symbol& help,
                                                     const Symbol& unit) {
    if (metadata.metric.empty()) return MetadataFault::kMissingMetricName;
    if (!help.utf8 || !unit.utf8) return MetadataFault::kNotUtf8;
    return std::nullopt;
  }

  static constexpr size_t kUsualLabelBytes = 4'096;  // of one series

  std::string_view message_;
  size_t decoded_bytes_max_;
  size_t label_bytes_left_;
  RemoteWriteBuilder builder_;
  std::vector<Symbol> symbols_;
  std::vector<uint32_t> refs_;  // of the labels being read
  std::vector<Label> labels_;
  std::vector<data_view> samples_;  // labels come first by custom only, so what is theirs waits
  std::vector<data_view> histograms_;
  std::vector<data_view> exemplars_;
};

}  // namespace

Result<RemoteWriteExtras> decode_remote_write_2(std::string_view body, size_t decoded_bytes_max,
                                                std::string& scratch, Batch& batch) {
  return decode_remote_write_body<RequestDecoder>(body, decoded_bytes_max, scratch, batch);
}

}  // namespace weir::wire
