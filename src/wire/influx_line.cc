#include "wire/influx_line.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/utf8.h"
#include "wire/influx_name.h"

// The grammar: InfluxData's "Line protocol" page, and their decoder (github.com/influxdata/line-protocol)
// where the page leaves something open. Ours: a tag without a value is no label, comments may hold any bytes,
// and a number has no digits but decimal ones.
namespace weir::wire {
namespace {

constexpr size_t kTagsPerLineMax = 1'000;

/// For messages: a name may be as long as the text.
std::string quoted(std::string_view text) {
  constexpr size_t kShown = 64;
  size_t end = std::min(text.size(), kShown);
  const auto inside = [&] { return end < text.size() && (static_cast<uint8_t>(text[end]) & 0xc0) == 0x80; };
  while (end > 0 && inside()) --end;  // of a UTF-8 character
  return fmt::format("\"{}\"{}", text.substr(0, end), end < text.size() ? "..." : "");
}

/// Reads one text. Lives for one call.
class Decoder {
 public:
  Decoder(std::string_view text, const InfluxOptions& options, Batch& batch)
      : options_(options), batch_(batch), at_(text.data()), end_(at_ + text.size()) {}

  Result<InfluxReport> decode() {
    while (find_line()) {
      first_line_ = line_;
      const bool good = line();
      if (exhausted_) {
        return resource_exhausted(
            fmt::format("line protocol: more than {} samples, the limit", options_.samples_max));
      }
      if (good) {
        RETURN_IF_ERROR(keep());
      } else {
        skip_line();
      }
    }
    return std::move(report_);
  }

 private:
  struct Tag {
    Label label;
    const char* at;
  };
  struct Field {
    size_t key_begin;  // in keys_
    size_t key_size;
    double value;
  };

  // Moves to the next line that says something. False at the end of the text.
  bool find_line() {
    while (true) {
      begin_ = at_;
      skip_spaces();
      if (at_ == end_) return false;
      if (*at_ == '#') {
        skip_line();
      } else if (!end_of_line()) {
        return true;
      }
    }
  }

  // False for a bad line, with `at_` no further than the end of the physical line where the fault is.
  bool line() {
    measurement_.clear();
    tags_.clear();
    unescaped_.clear();
    keys_.clear();
    fields_.clear();
    strings_ = 0;
    return measurement() && tags() && fields() && timestamp() && well_formed() && end_of_line();
  }

  bool measurement() {
    const InfluxName name = read_name(kInfluxMeasurement);
    if (name.text.empty()) return refuse(at_, "expected a measurement, found {}", found());
    append_unescaped(name, kInfluxMeasurement, measurement_);
    measurement_ += '_';
    return true;
  }

  bool tags() {
    while (at_ != end_ && *at_ == ',') {
      ++at_;
      if (!tag()) return false;
    }
    if (at_ == end_ || *at_ != ' ')
      return refuse(at_, "expected a comma and a tag, or a space and a field, found {}", found());
    skip_spaces();
    return make_canonical();
  }

  bool tag() {
    const char* const begin = at_;
    const InfluxName key = read_name(kInfluxKey);
    if (key.text.empty()) return refuse(begin, "expected a tag's name, found {}", found());
    if (!skip('='))
      return refuse(at_, "expected \"=\" after the tag's name {}, found {}", quoted(key.text), found());
    const InfluxName value = read_name(kInfluxKey);
    if (at_ != end_ && *at_ == '=')
      return refuse(at_, "found \"=\" in the value of tag {}, expected \"\\=\"", quoted(key.text));
    if (key.text == kMetricName)
      return refuse(begin, "a tag may not be called {}, which holds the name of a series", kMetricName);
    if (tags_.size() == kTagsPerLineMax)
      return refuse(begin, "more than {} tags, the limit", kTagsPerLineMax);
    tags_.push_back({{unescaped(key), unescaped(value)}, begin});
    return true;
  }

  // The sorted labels that all series of the line have.
  bool make_canonical() {
    std::sort(tags_.begin(), tags_.end(), [](const Tag& a, const Tag& b) {
      return a.label.name < b.label.name || (a.label.name == b.label.name && a.at < b.at);
    });
    for (size_t i = 1; i < tags_.size(); ++i) {
      if (tags_[i].label.name == tags_[i - 1].label.name)
        return refuse(tags_[i].at, "tag {} is given twice", quoted(tags_[i].label.name));
    }
    std::erase_if(tags_, [](const Tag& tag) { return tag.label.value.empty(); });
    add_extra();
    before_name_.clear();
    after_name_.clear();
    for (const Tag& tag : tags_)
      append_label(tag.label.name < kMetricName ? before_name_ : after_name_, tag.label.name,
                   tag.label.value);
    return true;
  }

  void add_extra() {
    const Label& extra = options_.extra;
    if (extra.name.empty() || extra.value.empty()) return;
    const auto place =
        std::lower_bound(tags_.begin(), tags_.end(), extra.name,
                         [](const Tag& tag, std::string_view name) { return tag.label.name < name; });
    if (place == tags_.end() || place->label.name != extra.name) tags_.insert(place, {extra, nullptr});
  }

  bool fields() {
    do {
      if (!field()) return false;
    } while (skip(','));
    if (at_ != end_ && *at_ != ' ' && !at_end_of_line())
      return refuse(at_, "expected a comma, a space or the end of the line after a field, found {}", found());
    return true;
  }

  bool field() {
    const InfluxName key = read_name(kInfluxKey);
    if (key.text.empty()) return refuse(at_, "expected a field's name, found {}", found());
    if (!skip('='))
      return refuse(at_, "expected \"=\" after the field's name {}, found {}", quoted(key.text), found());
    const InfluxKind kind = at_ == end_ ? InfluxKind::kNone : influx_kind(*at_);
    if (kind == InfluxKind::kString) return string(key.text);
    const char* const begin = at_;
    const std::string_view value = read_value();
    const auto number = kind == InfluxKind::kNumber    ? influx_number(value)
                        : kind == InfluxKind::kBoolean ? influx_boolean(value)
                                                       : std::nullopt;
    if (!number) return refuse_value(begin, kind, key.text, value);
    if (samples_ + fields_.size() == options_.samples_max) return exhaust();
    const size_t key_begin = keys_.size();
    append_unescaped(key, kInfluxKey, keys_);
    fields_.push_back({key_begin, keys_.size() - key_begin, *number});
    return true;
  }

  // Passes over a string. It is not kept, so that nothing has to be unescaped.
  bool string(std::string_view key) {
    const char* at = at_ + 1;
    uint32_t line_feeds = 0;
    for (; at != end_ && *at != '"'; ++at) {
      if (*at == '\\' && at + 1 != end_ && (at[1] == '"' || at[1] == '\\')) ++at;
      if (*at == '\n') ++line_feeds;
    }
    if (at == end_)
      return refuse(at_, "the string of field {} has no end, expected a closing quote", quoted(key));
    at_ = at + 1;
    line_ += line_feeds;
    ++strings_;
    return true;
  }

  bool timestamp() {
    timestamp_ms_ = options_.now_ms;
    skip_spaces();
    if (at_end_of_line()) return true;
    const char* const begin = at_;
    const std::string_view text = read_value();
    const std::optional<TimestampMs> time = influx_timestamp(text, options_.precision);
    if (!time)
      return refuse(begin, "expected a timestamp, an integer of 64 bits, found {}", found_value(text));
    timestamp_ms_ = *time;
    skip_spaces();
    if (!at_end_of_line())
      return refuse(at_, "expected the end of the line after the timestamp, found {}", found());
    return true;
  }

  // Strings included: what is not text may be anything.
  bool well_formed() {
    const std::string_view text(begin_, at_);
    if (is_utf8(text)) return true;
    const char* bad = begin_;
    while (const size_t size = utf8_size({bad, at_})) bad += size;
    return refuse(bad, "expected UTF-8, found the byte 0x{:02x}", static_cast<uint8_t>(*bad));
  }

  // Adds the fields of the line that was read.
  Status keep() {
    report_.strings += strings_;
    const size_t measurement_size = measurement_.size();
    for (const Field& field : fields_) {
      measurement_.resize(measurement_size);
      measurement_.append(keys_, field.key_begin, field.key_size);
      labels_.assign(before_name_);
      append_label(labels_, kMetricName, measurement_);
      labels_ += after_name_;
      label_bytes_ += labels_.size();
      if (label_bytes_ > options_.label_bytes_max) {
        return resource_exhausted(
            fmt::format("line protocol: more than {} bytes of labels, the limit", options_.label_bytes_max));
      }
      batch_.begin_series(labels_);
      batch_.add_sample(timestamp_ms_, field.value);
      report_.lines.push_back(first_line_);
    }
    samples_ += fields_.size();
    return {};
  }

  InfluxName read_name(const InfluxStops& stops) {
    const char* const begin = at_;
    bool escaped = false;
    for (; at_ != end_ && !stops.stops(*at_); ++at_) {
      if (*at_ == '\\' && at_ + 1 != end_ && stops.may_be_escaped(at_[1])) {
        escaped = true;
        ++at_;
      }
    }
    return {std::string_view(begin, at_), escaped};
  }

  std::string_view read_value() {
    const char* const begin = at_;
    constexpr std::string_view kEnds = ", \r\n";
    while (at_ != end_ && kEnds.find(*at_) == std::string_view::npos) ++at_;
    return {begin, at_};
  }

  // A view that lives as long as the line. Room for what is left of the physical line is taken once, since
  // the tags all lie in it, so nothing in `unescaped_` moves.
  std::string_view unescaped(const InfluxName& name) {
    if (!name.escaped) return name.text;
    if (unescaped_.empty()) {
      const char* const line_end = std::find(name.text.data(), end_, '\n');
      unescaped_.reserve(static_cast<size_t>(line_end - name.text.data()));
    }
    const size_t begin = unescaped_.size();
    append_unescaped(name, kInfluxKey, unescaped_);
    return std::string_view(unescaped_).substr(begin);
  }

  bool skip(char c) {
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }
  void skip_spaces() {
    while (at_ != end_ && *at_ == ' ') ++at_;
  }
  bool at_end_of_line() const {
    return at_ == end_ || *at_ == '\n' || (*at_ == '\r' && (at_ + 1 == end_ || at_[1] == '\n'));
  }
  // Moves behind the end of the line when it is there.
  bool end_of_line() {
    if (!at_end_of_line()) return false;
    if (at_ != end_ && *at_ == '\r') ++at_;
    if (skip('\n')) ++line_;
    return true;
  }
  void skip_line() {
    at_ = std::find(at_, end_, '\n');
    if (skip('\n')) ++line_;
  }

  /// What stands where reading stopped.
  std::string found() const {
    if (at_ == end_) return "the end of the text";
    if (at_end_of_line()) return "the end of the line";
    const auto byte = static_cast<uint8_t>(*at_);
    if (byte < 0x20 || byte == 0x7f) return fmt::format("the control character 0x{:02x}", byte);
    const size_t size = utf8_size({at_, end_});
    if (size == 0) return fmt::format("the byte 0x{:02x}", byte);
    return fmt::format("\"{}\"", std::string_view(at_, size));
  }
  std::string found_value(std::string_view value) const { return value.empty() ? found() : quoted(value); }

  bool refuse_value(const char* begin, InfluxKind kind, std::string_view key, std::string_view value) {
    constexpr std::string_view kNumber = "a number (1, -2.5, 3e8, 4i or 5u) in its range";
    constexpr std::string_view kBoolean = "a boolean (t, T, true, True, TRUE, f, F, false, False or FALSE)";
    constexpr std::string_view kAny = "a number, a boolean, or a string in quotes";
    return refuse(begin, "expected {} for field {}, found {}",
                  kind == InfluxKind::kNumber    ? kNumber
                  : kind == InfluxKind::kBoolean ? kBoolean
                                                 : kAny,
                  quoted(key), found_value(value));
  }

  bool exhaust() {
    exhausted_ = true;
    return false;
  }

  // Takes note of a bad line. The text is made only for those that are kept.
  template <typename... Args>
  bool refuse(const char* place, fmt::format_string<Args...> format, Args&&... args) {
    ++report_.bad_lines;
    if (report_.faults.size() == kInfluxFaultsKept) return false;
    uint32_t line = first_line_;
    const char* begin = begin_;
    for (const char* at = begin; at != place; ++at) {
      if (*at != '\n') continue;
      ++line;
      begin = at + 1;
    }
    report_.faults.push_back(
        {line, static_cast<uint32_t>(place - begin + 1), fmt::format(format, std::forward<Args>(args)...)});
    return false;
  }

  const InfluxOptions& options_;
  Batch& batch_;
  const char* at_;
  const char* const end_;
  uint32_t line_ = 1;  // where `at_` is
  InfluxReport report_;
  size_t samples_ = 0;
  size_t label_bytes_ = 0;
  bool exhausted_ = false;
  // The line being read.
  const char* begin_ = nullptr;
  uint32_t first_line_ = 1;
  std::string measurement_;  // with an underscore behind it
  std::vector<Tag> tags_;    // views into the text and into `unescaped_`
  std::string unescaped_;
  std::string keys_;  // of all fields, one after the other
  std::vector<Field> fields_;
  uint64_t strings_ = 0;
  TimestampMs timestamp_ms_ = 0;
  // Canonical labels: those that sort before `__name__`, those behind it, and those of one series.
  std::string before_name_;
  std::string after_name_;
  std::string labels_;
};

}  // namespace

Result<InfluxReport> decode_influx_lines(std::string_view text, const InfluxOptions& options, Batch& batch) {
  const Batch::Mark mark = batch.mark();
  Result<InfluxReport> report = Decoder(text, options, batch).decode();
  if (!report.ok()) batch.rewind(mark);
  return report;
}

}  // namespace weir::wire
