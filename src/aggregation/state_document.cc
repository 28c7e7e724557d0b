#include "aggregation/state_document.h"

#include <boost/json.hpp>
#include <charconv>

#include <fmt/format.h>

namespace weir::aggregation {
namespace {

namespace json = boost::json;

constexpr int64_t kVersion = 1;

Result<int64_t> number(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_int64()) return corruption(fmt::format("\"{}\" is no integer", name));
  return value->get_int64();
}

}  // namespace

std::string encode_progress(const Progress& progress) {
  json::object corrected;
  for (const auto& [partition, offset] : progress.corrected)
    corrected[std::to_string(partition.value())] = offset.value();
  return json::serialize(json::object{{"version", kVersion},
                                      {"began_ms", progress.began_ms},
                                      {"closed_ms", progress.closed_ms},
                                      {"raw_from_ms", progress.raw_from_ms},
                                      {"corrected", std::move(corrected)}});
}

Result<Progress> decode_progress(std::string_view text) {
  boost::system::error_code bad_syntax;
  const json::value document = json::parse(text, bad_syntax);
  const json::object* object = bad_syntax ? nullptr : document.if_object();
  if (object == nullptr) return corruption("not an object of JSON");
  ASSIGN_OR_RETURN(const int64_t version, number(*object, "version"));
  if (version != kVersion) return unsupported(fmt::format("version {}, not {}", version, kVersion));
  Progress progress;
  ASSIGN_OR_RETURN(progress.began_ms, number(*object, "began_ms"));
  ASSIGN_OR_RETURN(progress.closed_ms, number(*object, "closed_ms"));
  ASSIGN_OR_RETURN(progress.raw_from_ms, number(*object, "raw_from_ms"));
  const json::value* corrected = object->if_contains("corrected");
  if (corrected == nullptr || !corrected->is_object()) return corruption("\"corrected\" is no object");
  for (const auto& [name, offset] : corrected->get_object()) {
    uint32_t partition = 0;
    const auto [end, fault] = std::from_chars(name.data(), name.data() + name.size(), partition);
    if (fault != std::errc() || end != name.data() + name.size() || !offset.is_int64())
      return corruption(
          fmt::format("\"corrected\": \"{}\" is no partition with an offset", std::string(name)));
    progress.corrected[PartitionId(partition)] = Offset(offset.get_int64());
  }
  return progress;
}

}  // namespace weir::aggregation
