#include "notify/silence_json.h"

#include <boost/json.hpp>

#include <fmt/format.h>

#include "base/duration.h"
#include "base/rfc3339.h"

namespace weir::notify {
namespace {

namespace json = boost::json;

json::string_view view(std::string_view text) {
  return {text.data(), text.size()};
}
json::string owned(const std::string& text) {
  return json::string(view(text));
}

json::object object_of(const Silence& silence, TimestampMs now_ms) {
  json::array matchers;
  for (const Matcher& matcher : silence.matchers) {
    const bool regex = matcher.op() == MatchOp::kRegex || matcher.op() == MatchOp::kNotRegex;
    const bool equal = matcher.op() == MatchOp::kEqual || matcher.op() == MatchOp::kRegex;
    matchers.push_back(json::object{{"name", owned(matcher.name())},
                                    {"value", owned(matcher.value())},
                                    {"isRegex", regex},
                                    {"isEqual", equal}});
  }
  return {{"id", owned(silence.id)},
          {"status", json::object{{"state", view(silence.state(now_ms))}}},
          {"updatedAt", owned(format_time(silence.updated_at_ms))},
          {"comment", owned(silence.comment)},
          {"createdBy", owned(silence.created_by)},
          {"startsAt", owned(format_time(silence.starts_at_ms))},
          {"endsAt", owned(format_time(silence.ends_at_ms))},
          {"matchers", std::move(matchers)}};
}

Result<std::string> text_of(const json::object& object, std::string_view name, bool required) {
  const json::value* value = object.if_contains(view(name));
  if (value == nullptr && !required) return std::string();
  if (value == nullptr || !value->is_string())
    return invalid_argument(fmt::format("silence: \"{}\": expected text", name));
  return std::string(value->get_string().data(), value->get_string().size());
}

Result<bool> flag_of(const json::object& object, std::string_view name, bool otherwise) {
  const json::value* value = object.if_contains(view(name));
  if (value == nullptr) return otherwise;
  if (!value->is_bool())
    return invalid_argument(fmt::format("silence: \"{}\": expected true or false", name));
  return value->get_bool();
}

Result<TimestampMs> time_of(const json::object& object, std::string_view name) {
  ASSIGN_OR_RETURN(const std::string text, text_of(object, name, true));
  return parse_rfc3339(text).context(fmt::format("silence: \"{}\"", name));
}

Result<Matcher> matcher_of(const json::value& value) {
  const json::object* object = value.if_object();
  if (object == nullptr) return invalid_argument("silence: \"matchers\": expected objects");
  ASSIGN_OR_RETURN(std::string name, text_of(*object, "name", true));
  ASSIGN_OR_RETURN(std::string text, text_of(*object, "value", true));
  ASSIGN_OR_RETURN(const bool regex, flag_of(*object, "isRegex", false));
  ASSIGN_OR_RETURN(const bool equal, flag_of(*object, "isEqual", true));
  if (name.empty()) return invalid_argument("silence: \"matchers\": a name is empty");
  const MatchOp op = regex   ? equal ? MatchOp::kRegex : MatchOp::kNotRegex
                     : equal ? MatchOp::kEqual
                             : MatchOp::kNotEqual;
  return Matcher::create(op, std::move(name), std::move(text)).context("silence: \"matchers\"");
}

Result<Silence> silence_of(const json::value& value) {
  const json::object* object = value.if_object();
  if (object == nullptr) return invalid_argument("silence: expected an object");
  Silence silence;
  ASSIGN_OR_RETURN(silence.id, text_of(*object, "id", false));
  ASSIGN_OR_RETURN(silence.created_by, text_of(*object, "createdBy", true));
  ASSIGN_OR_RETURN(silence.comment, text_of(*object, "comment", true));
  ASSIGN_OR_RETURN(silence.starts_at_ms, time_of(*object, "startsAt"));
  ASSIGN_OR_RETURN(silence.ends_at_ms, time_of(*object, "endsAt"));
  if (object->contains("updatedAt")) {
    ASSIGN_OR_RETURN(silence.updated_at_ms, time_of(*object, "updatedAt"));
  }
  const json::value* matchers = object->if_contains("matchers");
  if (matchers == nullptr || !matchers->is_array())
    return invalid_argument("silence: \"matchers\": expected a list");
  if (matchers->get_array().size() > Silences::kMatchersMax)  // before their expressions are compiled
    return invalid_argument(fmt::format("silence: \"matchers\": {}, limit {}", matchers->get_array().size(),
                                        Silences::kMatchersMax));
  for (const json::value& each : matchers->get_array()) {
    ASSIGN_OR_RETURN(Matcher matcher, matcher_of(each));
    silence.matchers.push_back(std::move(matcher));
  }
  return silence;
}

Result<json::value> parsed(std::string_view text) {
  json::error_code failed;
  json::value value = json::parse(view(text), failed);
  if (failed) return invalid_argument("silence: not JSON: " + failed.message());
  return value;
}

}  // namespace

std::string silence_json(const Silence& silence, TimestampMs now_ms) {
  return json::serialize(object_of(silence, now_ms));
}

std::string silences_json(const std::vector<Silence>& silences, TimestampMs now_ms) {
  json::array out;
  for (const Silence& silence : silences) out.push_back(object_of(silence, now_ms));
  return json::serialize(out);
}

Result<Silence> parse_silence(std::string_view text) {
  ASSIGN_OR_RETURN(const json::value value, parsed(text));
  return silence_of(value);
}

Result<std::vector<Silence>> parse_silences(std::string_view text) {
  ASSIGN_OR_RETURN(const json::value value, parsed(text));
  if (!value.is_array()) return invalid_argument("silences: expected a list");
  std::vector<Silence> out;
  for (const json::value& each : value.get_array()) {
    ASSIGN_OR_RETURN(Silence silence, silence_of(each));
    out.push_back(std::move(silence));
  }
  return out;
}

}  // namespace weir::notify
