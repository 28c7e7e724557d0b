#include "wire/dead_letter.h"

#include <limits>

#include <fmt/format.h>
#include <simdjson.h>

#include "wire/json_writer.h"

namespace weir::wire {
namespace {

namespace ondemand = simdjson::ondemand;

/// The fields of one line.
class Line {
 public:
  explicit Line(std::string_view text) : padded_(text) {}

  Status parse() {
    if (const auto code = parser_.iterate(padded_).get(document_)) return syntax(code);
    if (const auto code = document_.get_object().get(object_)) return syntax(code);
    return {};
  }
  Result<int64_t> integer(std::string_view key, int64_t max) {
    int64_t value = 0;
    if (object_.find_field_unordered(key).get_int64().get(value) || value < 0 || value > max) {
      return corruption(fmt::format("dead letter: \"{}\": expected a number, 0 to {}", key, max));
    }
    return value;
  }
  Result<std::string> text(std::string_view key) {
    std::string_view value;
    if (object_.find_field_unordered(key).get_string().get(value)) {
      return corruption(fmt::format("dead letter: \"{}\": expected text", key));
    }
    return std::string(value);
  }

 private:
  static Error syntax(simdjson::error_code code) {
    return corruption(fmt::format("dead letter: {}", simdjson::error_message(code)));
  }

  const simdjson::padded_string padded_;
  ondemand::parser parser_;
  ondemand::document document_;
  ondemand::object object_;
};

constexpr int64_t kAny = std::numeric_limits<int64_t>::max();

Result<DeadLetterRecord> decode_letter(Line& line, std::string_view payload) {
  DeadLetterRecord record;
  DeadLetter& letter = record.letter;
  ASSIGN_OR_RETURN(const int64_t partition, line.integer("partition", std::numeric_limits<uint32_t>::max()));
  ASSIGN_OR_RETURN(const int64_t offset, line.integer("offset", kAny));
  ASSIGN_OR_RETURN(letter.at_ms, line.integer("at_ms", kAny));
  ASSIGN_OR_RETURN(letter.code, line.text("code"));
  ASSIGN_OR_RETURN(letter.message, line.text("message"));
  letter.partition = PartitionId(static_cast<uint32_t>(partition));
  letter.offset = Offset(offset);
  letter.payload = payload;
  return record;
}

}  // namespace

std::string encode_dead_letter(const DeadLetter& letter) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.integer("partition", letter.partition.value());
  json.integer("offset", letter.offset.value());
  json.integer("at_ms", letter.at_ms);
  json.text("code", letter.code);
  json.text("message", std::string_view(letter.message).substr(0, kDeadLetterMessageBytesMax));
  json.end_object();
  return out + '\n' + letter.payload;
}

std::string encode_replayed(Offset id) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.integer("replayed", id.value());
  json.end_object();
  return out + '\n';
}

Result<DeadLetterRecord> decode_dead_letter(std::string_view record) {
  const size_t end = record.find('\n');
  if (end == std::string_view::npos || end > kDeadLetterHeadBytesMax) {
    return corruption(fmt::format("dead letter: no line of at most {} bytes", kDeadLetterHeadBytesMax));
  }
  const std::string_view head = record.substr(0, end);
  Line line(head);
  RETURN_IF_ERROR(line.parse());
  if (!head.starts_with("{\"replayed\"")) return decode_letter(line, record.substr(end + 1));
  ASSIGN_OR_RETURN(const int64_t id, line.integer("replayed", kAny));
  DeadLetterRecord out;
  out.replayed = true;
  out.id = Offset(id);
  return out;
}

}  // namespace weir::wire
