#include "app/cli/write_batch.h"

#include <boost/json.hpp>

#include <fmt/format.h>

#include "app/cli/sample_line.h"

namespace weir::app::cli {
namespace {

namespace json = boost::json;

uint64_t count_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_number()) return 0;
  json::error_code failed;
  const auto count = value->to_number<uint64_t>(failed);
  return failed ? 0 : count;
}

}  // namespace

Status WriteBatch::add_line(std::string_view line, uint64_t line_number) {
  const size_t begin = line.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos || line[begin] == '#') return {};
  line = line.substr(begin, line.find_last_not_of(" \t\r") - begin + 1);
  if (line.front() == '{' || line.front() == '[') return add_json(line, line_number);
  ASSIGN_OR_RETURN(const SampleLine sample, parse_sample_line(line));
  add_element(to_json_element(sample), line_number);
  return {};
}

void WriteBatch::clear() {
  elements_.clear();
  lines_.clear();
}

void WriteBatch::add_element(std::string_view element, uint64_t line_number) {
  if (!elements_.empty()) elements_ += ',';
  elements_ += element;
  lines_.push_back(line_number);
}

// The server judges the fields; here it only matters that a bad line does not spoil the request of its
// neighbours.
Status WriteBatch::add_json(std::string_view line, uint64_t line_number) {
  json::error_code failed;
  const json::value value = json::parse(json::string_view(line.data(), line.size()), failed);
  if (failed) return invalid_argument("JSON: " + failed.message());
  if (value.is_object()) {
    add_element(line, line_number);
    return {};
  }
  for (const json::value& element : value.get_array()) {
    if (!element.is_object()) return invalid_argument("JSON: expected an array of objects");
  }
  for (const json::value& element : value.get_array()) add_element(json::serialize(element), line_number);
  return {};
}

Result<WriteVerdict> parse_verdict(std::string_view body) {
  json::error_code failed;
  const json::value root = json::parse(json::string_view(body.data(), body.size()), failed);
  if (failed || !root.is_object() || !root.get_object().contains("accepted")) {
    return invalid_argument("the server's answer is not a verdict on a write");
  }
  const json::object& object = root.get_object();
  WriteVerdict verdict{
      .accepted = count_of(object, "accepted"), .rejected = count_of(object, "rejected"), .rejections = {}};
  const json::value* rejections = object.if_contains("rejections");
  if (rejections == nullptr || !rejections->is_array()) return verdict;
  for (const json::value& value : rejections->get_array()) {
    const json::object* rejection = value.if_object();
    const json::value* message = rejection == nullptr ? nullptr : rejection->if_contains("message");
    if (message == nullptr || !message->is_string()) continue;
    verdict.rejections.push_back({count_of(*rejection, "index"), std::string(message->get_string())});
  }
  return verdict;
}

}  // namespace weir::app::cli
