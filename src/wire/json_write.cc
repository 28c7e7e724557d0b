#include "wire/json_write.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <vector>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/rfc3339.h"
#include "base/suggest.h"
#include "base/utf8.h"

namespace weir::wire {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::array<std::string_view, 4> kFields = {"name", "labels", "value", "timestamp"};

/// Walks one body. Lives for one call.
class Decoder {
 public:
  Decoder(TimestampMs now_ms, size_t elements_max, Batch& batch)
      : now_ms_(now_ms), elements_max_(elements_max), batch_(batch) {}

  Status decode(std::string_view body) {
    const simdjson::padded_string padded(body);
    ondemand::parser parser;
    ondemand::document document;
    if (const auto code = parser.iterate(padded).get(document)) return syntax(code);
    ondemand::json_type type;
    if (const auto code = document.type().get(type)) return syntax(code);
    RETURN_IF_ERROR(type == ondemand::json_type::array ? elements(document) : only_element(document));
    const bool at_end = document.current_location().error() == simdjson::OUT_OF_BOUNDS;
    if (!at_end) return invalid_argument("json: bytes after the end of the document");
    return {};
  }

 private:
  Status elements(ondemand::document& document) {
    ondemand::array array;
    if (const auto code = document.get_array().get(array)) return syntax(code);
    for (auto element : array) {
      ondemand::value value;
      if (const auto code = std::move(element).get(value)) return syntax(code);
      ondemand::object object;
      if (value.get_object().get(object)) return fail("", "expected an object");
      RETURN_IF_ERROR(this->element(object));
    }
    return {};
  }

  Status only_element(ondemand::document& document) {
    ondemand::object object;
    if (document.get_object().get(object))
      return invalid_argument("json: expected an object, or an array of objects");
    return element(object);
  }

  Status element(ondemand::object& object) {
    if (index_ == elements_max_) {
      return resource_exhausted(fmt::format("json: more than {} elements, the limit", elements_max_));
    }
    labels_.clear();
    name_.reset();
    value_.reset();
    timestamp_ms_.reset();
    seen_.fill(false);
    for (auto field : object) {
      std::string_view key;
      ondemand::value value;
      if (const auto code = field.unescaped_key().get(key)) return syntax(code);
      if (const auto code = field.value().get(value)) return syntax(code);
      RETURN_IF_ERROR(this->field(key, value));
    }
    RETURN_IF_ERROR(keep());
    ++index_;
    return {};
  }

  Status field(std::string_view key, ondemand::value& value) {
    const auto found = std::find(kFields.begin(), kFields.end(), key);
    if (found == kFields.end())
      return fail("", fmt::format("unknown key \"{}\"{}", key, did_you_mean(key, kFields)));
    bool& seen = seen_[static_cast<size_t>(found - kFields.begin())];
    if (seen) return fail(key, "given twice");
    seen = true;
    if (key == "name") return name(value);
    if (key == "labels") return labels(value);
    if (key == "value") return sample_value(value);
    return timestamp(value);
  }

  Status name(ondemand::value& value) {
    std::string_view text;
    if (value.get_string().get(text) || text.empty()) return fail("name", "expected a non-empty string");
    name_ = text;
    return {};
  }

  Status labels(ondemand::value& value) {
    ondemand::object object;
    if (value.get_object().get(object)) return fail("labels", "expected an object of strings");
    for (auto field : object) {
      Label label;
      if (const auto code = field.unescaped_key().get(label.name)) return syntax(code);
      ondemand::value text;
      if (const auto code = field.value().get(text)) return syntax(code);
      if (text.get_string().get(label.value)) {
        return fail("labels", fmt::format("expected a string for \"{}\"", label.name));
      }
      labels_.push_back(label);
    }
    return {};
  }

  Status sample_value(ondemand::value& value) {
    constexpr std::string_view kExpected = R"(expected a finite number, "NaN", "+Inf" or "-Inf")";
    ondemand::json_type type;
    if (const auto code = value.type().get(type)) return syntax(code);
    if (type == ondemand::json_type::number) {
      double number = 0;
      if (value.get_double().get(number)) return fail("value", kExpected);
      value_ = number;
      return {};
    }
    std::string_view text;
    if (type != ondemand::json_type::string || value.get_string().get(text)) return fail("value", kExpected);
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    if (text == "NaN") value_ = std::numeric_limits<double>::quiet_NaN();
    if (text == "+Inf") value_ = kInfinity;
    if (text == "-Inf") value_ = -kInfinity;
    return value_ ? Status() : fail("value", kExpected);
  }

  Status timestamp(ondemand::value& value) {
    constexpr std::string_view kExpected = "expected milliseconds since 1970 as an integer, or RFC 3339 text";
    ondemand::json_type type;
    if (const auto code = value.type().get(type)) return syntax(code);
    if (type == ondemand::json_type::number) {
      int64_t number = 0;
      if (value.get_int64().get(number)) return fail("timestamp", kExpected);
      timestamp_ms_ = number;
      return {};
    }
    std::string_view text;
    if (type != ondemand::json_type::string || value.get_string().get(text))
      return fail("timestamp", kExpected);
    const Result<TimestampMs> time = parse_rfc3339(text);
    if (!time.ok()) return fail("timestamp", time.error().message);
    timestamp_ms_ = *time;
    return {};
  }

  Status keep() {
    if (!name_) return fail("name", "missing");
    if (!value_) return fail("value", "missing");
    labels_.push_back({kMetricName, *name_});
    const Result<Labels> canonical = Labels::from(labels_);
    if (!canonical.ok()) return fail("labels", canonical.error().message);
    batch_.begin_series(canonical->view().bytes());
    batch_.add_sample(timestamp_ms_.value_or(now_ms_), *value_);
    return {};
  }

  Error fail(std::string_view field, std::string_view what) const {
    return invalid_argument(
        fmt::format("json: element {}: {}{}{}", index_, field, field.empty() ? "" : ": ", what));
  }
  Error syntax(simdjson::error_code code) const {
    return invalid_argument(fmt::format("json: element {}: {}", index_, simdjson::error_message(code)));
  }

  TimestampMs now_ms_;
  size_t elements_max_;
  Batch& batch_;
  size_t index_ = 0;
  // The element being read. Texts lie in the parser's buffer, which keeps them until the document is done.
  std::vector<Label> labels_;
  std::optional<std::string_view> name_;
  std::optional<double> value_;
  std::optional<TimestampMs> timestamp_ms_;
  std::array<bool, kFields.size()> seen_{};
};

}  // namespace

Status decode_json_write(std::string_view body, TimestampMs now_ms, size_t elements_max, Batch& batch) {
  const Batch::Mark mark = batch.mark();
  Status status = Decoder(now_ms, elements_max, batch).decode(body);
  if (!status.ok()) batch.rewind(mark);
  return status;
}

}  // namespace weir::wire
