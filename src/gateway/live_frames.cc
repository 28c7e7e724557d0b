#include "gateway/live_frames.h"

#include <boost/json.hpp>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "wire/json_writer.h"

namespace weir::gateway {
namespace {

namespace bj = boost::json;
using wire::JsonWriter;

constexpr size_t kIdBytesMax = 64;
constexpr size_t kDepthMax = 4;

Result<std::string> text_field(const bj::object& object, std::string_view name) {
  const bj::value* value = object.if_contains(bj::string_view(name.data(), name.size()));
  if (value == nullptr) return invalid_argument(fmt::format("{}: is missing", name));
  if (!value->is_string()) return invalid_argument(fmt::format("{}: must be text", name));
  return std::string(value->get_string().data(), value->get_string().size());
}

struct Bounds {
  int64_t min, max, otherwise;
};
constexpr Bounds kIntervalMs{250, 60'000, 1'000};
constexpr Bounds kHistoryMs{0, 86'400'000, 0};

/// A whole number in decimal digits alone.
std::optional<int64_t> parse_digits(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size() && value >= 0;
  return whole ? std::optional(value) : std::nullopt;
}

/// A token is the newest time that a subscriber has been told of. It opens nothing: who comes back with it
/// asks for the times after it as anybody may, in the tenant of the request.
std::string token_of(TimestampMs told_ms) {
  return fmt::to_string(told_ms);
}

Result<TimestampMs> parse_token(std::string_view name, std::string_view token) {
  const std::optional<int64_t> told_ms = parse_digits(token);
  if (!told_ms) return invalid_argument(fmt::format("{}: must be the token of a frame", name));
  return *told_ms;
}

Error out_of_bounds(std::string_view name, Bounds bounds) {
  return invalid_argument(
      fmt::format("{}: must be a whole number from {} to {}", name, bounds.min, bounds.max));
}

Result<os::milliseconds> duration_field(const bj::object& object, std::string_view name, Bounds bounds) {
  const bj::value* value = object.if_contains(bj::string_view(name.data(), name.size()));
  if (value == nullptr) return os::milliseconds(bounds.otherwise);
  const bool fits = value->is_int64() && value->get_int64() >= bounds.min && value->get_int64() <= bounds.max;
  if (!fits) return out_of_bounds(name, bounds);
  return os::milliseconds(value->get_int64());
}

Result<os::milliseconds> duration_parameter(const net::Params& params, std::string_view name, Bounds bounds) {
  const std::optional<std::string_view> text = params.get(name);
  if (!text || text->empty()) return os::milliseconds(bounds.otherwise);
  const std::optional<int64_t> value = parse_digits(*text);
  if (!value || *value < bounds.min || *value > bounds.max) return out_of_bounds(name, bounds);
  return os::milliseconds(*value);
}

Result<bj::value> parse_json(std::string_view text) {
  bj::parse_options options;
  options.max_depth = kDepthMax;
  bj::error_code error;
  bj::value value = bj::parse(bj::string_view(text.data(), text.size()), error, {}, options);
  if (error) return invalid_argument(fmt::format("not JSON: {}", error.message()));
  return value;
}

void write_value(JsonWriter& json, double value) {
  if (std::isfinite(value)) return json.number(value);
  json.text(std::isnan(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf");
}

void write_new_series(JsonWriter& json, const std::vector<Labels>& series) {
  if (series.empty()) return;
  json.key("new");
  json.begin_array();
  for (const Labels& labels : series) {
    json.begin_object();
    for (const Label& label : labels.view()) {
      json.key(label.name);
      json.text(label.value);
    }
    json.end_object();
  }
  json.end_array();
}

void write_indexes(JsonWriter& json, std::string_view name, const std::vector<uint32_t>& indexes) {
  if (indexes.empty()) return;
  json.key(name);
  json.begin_array();
  for (uint32_t index : indexes) json.integer(index);
  json.end_array();
}

void begin_frame(JsonWriter& json, std::string_view type, std::string_view id) {
  json.begin_object();
  json.text("type", type);
  if (id.empty()) return;
  json.text("id", id);
}

/// One column on the history's grid, null where there is no point.
void write_column(JsonWriter& json, const stream::LiveHistory& history, const SampleColumns& points) {
  json.begin_array();
  TimestampMs at = history.start_ms;
  for (size_t i = 0; i < points.size(); ++i, at += history.step_ms) {
    for (; at < points.timestamps_ms[i]; at += history.step_ms) json.null();
    write_value(json, points.values[i]);
  }
  json.end_array();
}

struct EncodeUpdate {
  std::string_view id;

  std::string operator()(const stream::LiveHistory& history) const {
    std::string out;
    JsonWriter json(out);
    begin_frame(json, "history", id);
    json.integer("start_ms", history.start_ms);
    json.integer("end_ms", history.end_ms);
    json.integer("step_ms", history.step_ms);
    json.text("token", token_of(history.end_ms));
    if (history.truncated) json.boolean("truncated", true);
    write_new_series(json, history.new_series);
    json.key("v");
    json.begin_array();
    for (const SampleColumns& points : history.points) write_column(json, history, points);
    json.end_array();
    json.end_object();
    return out;
  }

  std::string operator()(const stream::LiveFrame& frame) const {
    std::string out;
    JsonWriter json(out);
    begin_frame(json, "data", id);
    json.integer("seq", static_cast<int64_t>(frame.seq));
    json.integer("t", frame.at_ms);
    json.text("token", token_of(frame.at_ms));
    if (!frame.complete) json.boolean("complete", false);
    write_new_series(json, frame.new_series);
    write_indexes(json, "i", frame.changed);
    if (!frame.values.empty()) {
      json.key("v");
      json.begin_array();
      for (double value : frame.values) write_value(json, value);
      json.end_array();
    }
    write_indexes(json, "gone", frame.gone);
    json.end_object();
    return out;
  }

  std::string operator()(const Error& error) const { return encode_live_error(id, error); }
};

}  // namespace

Result<LiveCommand> parse_live_command(std::string_view text) {
  ASSIGN_OR_RETURN(const bj::value value, parse_json(text));
  if (!value.is_object()) return invalid_argument("a frame must be a JSON object");
  const bj::object& object = value.get_object();
  ASSIGN_OR_RETURN(const std::string type, text_field(object, "type"));
  ASSIGN_OR_RETURN(std::string id, text_field(object, "id"));
  if (id.empty() || id.size() > kIdBytesMax) {
    return invalid_argument(fmt::format("id: {} bytes, must be 1 to {}", id.size(), kIdBytesMax));
  }
  if (type == "unsubscribe") return LiveCommand(LiveUnsubscribe{std::move(id)});
  if (type != "subscribe") {
    return invalid_argument(fmt::format("type: \"{}\" is neither \"subscribe\" nor \"unsubscribe\"", type));
  }
  LiveSubscribe subscribe;
  subscribe.id = std::move(id);
  ASSIGN_OR_RETURN(subscribe.query, text_field(object, "query"));
  ASSIGN_OR_RETURN(subscribe.interval, duration_field(object, "interval_ms", kIntervalMs));
  ASSIGN_OR_RETURN(subscribe.history, duration_field(object, "history_ms", kHistoryMs));
  if (object.contains("resume")) {
    ASSIGN_OR_RETURN(const std::string token, text_field(object, "resume"));
    ASSIGN_OR_RETURN(subscribe.resume_after_ms, parse_token("resume", token));
  }
  return LiveCommand(std::move(subscribe));
}

Result<LiveSubscribe> parse_live_parameters(const net::Params& params, std::string_view last_event_id) {
  LiveSubscribe subscribe;
  subscribe.query = params.get("query").value_or("");
  if (subscribe.query.empty()) return invalid_argument("query: is missing");
  ASSIGN_OR_RETURN(subscribe.interval, duration_parameter(params, "interval_ms", kIntervalMs));
  ASSIGN_OR_RETURN(subscribe.history, duration_parameter(params, "history_ms", kHistoryMs));
  const std::string_view resume = params.get("resume").value_or("");
  if (!last_event_id.empty()) {
    ASSIGN_OR_RETURN(subscribe.resume_after_ms, parse_token("Last-Event-ID", last_event_id));
  } else if (!resume.empty()) {
    ASSIGN_OR_RETURN(subscribe.resume_after_ms, parse_token("resume", resume));
  }
  return subscribe;
}

std::string encode_live_update(std::string_view id, const stream::LiveUpdate& update) {
  return std::visit(EncodeUpdate{id}, update);
}

std::string encode_live_error(std::string_view id, const Error& error) {
  std::string out;
  JsonWriter json(out);
  begin_frame(json, "error", id);
  json.text("code", code_name(error.code));
  json.text("message", error.message);
  json.end_object();
  return out;
}

bool wants_live_events(const net::Headers& headers) {
  return headers.get("Accept").find("text/event-stream") != std::string_view::npos;
}

std::string encode_live_event(const stream::LiveUpdate& update) {
  // No line of its own is in the JSON: control characters are escaped there.
  const std::string json = encode_live_update({}, update);
  if (const auto* frame = std::get_if<stream::LiveFrame>(&update))
    return fmt::format("event: data\nid: {}\ndata: {}\n\n", token_of(frame->at_ms), json);
  if (const auto* history = std::get_if<stream::LiveHistory>(&update))
    return fmt::format("event: history\nid: {}\ndata: {}\n\n", token_of(history->end_ms), json);
  return fmt::format("event: error\ndata: {}\n\n", json);
}

}  // namespace weir::gateway
