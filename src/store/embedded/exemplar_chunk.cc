#include "store/embedded/exemplar_chunk.h"

#include <algorithm>
#include <deque>
#include <vector>

#include <absl/container/flat_hash_map.h>
#include <fmt/format.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "store/embedded/integer_codec.h"
#include "store/embedded/value_codec.h"

namespace weir::store::embedded {
namespace {

static_assert(kExemplarChunkMax <= kIntegersMax);

/// Of a text: it is in the table already, and its number follows.
constexpr uint64_t kKnownText = 0;

constexpr std::string_view kHexDigits = "0123456789abcdef";

// Ids of traces and spans are such texts, and take half the room as numbers.
bool is_hex(std::string_view text) {
  return text.size() % 2 == 0 && text.find_first_not_of(kHexDigits) == std::string_view::npos;
}

int hex_value(char digit) {
  return digit <= '9' ? digit - '0' : digit - 'a' + 10;
}

void append_packed(std::string_view hex, std::string& out) {
  for (size_t i = 0; i < hex.size(); i += 2)
    out.push_back(static_cast<char>(hex_value(hex[i]) * 16 + hex_value(hex[i + 1])));
}

std::string unpacked(std::string_view packed) {
  std::string hex;
  for (const char byte : packed) {
    hex.push_back(kHexDigits[static_cast<uint8_t>(byte) >> 4]);
    hex.push_back(kHexDigits[static_cast<uint8_t>(byte) & 15]);
  }
  return hex;
}

/// Writes labels. Lives for one chunk; views point into the exemplars.
class LabelWriter {
 public:
  explicit LabelWriter(std::string& out) : out_(out), writer_(out) {}

  void add(LabelsView labels) {
    names_.clear();
    for (const Label& label : labels) append_label(names_, label.name, "-");
    const auto [shape, added] = shapes_.try_emplace(names_, shapes_.size());
    writer_.varint(shape->second);
    if (added) {
      writer_.varint(labels.count());
      for (const Label& label : labels) text(label.name);
    }
    for (const Label& label : labels) text(label.value);
  }

 private:
  void text(std::string_view text) {
    const auto [known, added] = texts_.try_emplace(text, texts_.size());
    if (!added) {
      writer_.varint(kKnownText);
      writer_.varint(known->second);
    } else if (is_hex(text)) {
      writer_.varint(text.size() + 1);  // twice the bytes, and 1
      append_packed(text, out_);
    } else {
      writer_.varint(2 * text.size());
      writer_.raw(text);
    }
  }

  std::string& out_;
  ByteWriter writer_;
  std::string names_;
  absl::flat_hash_map<std::string, size_t, StringHash, std::equal_to<>> shapes_;
  absl::flat_hash_map<std::string_view, size_t, StringHash> texts_;
};

/// Reads labels, which are valid after success. Lives for one chunk.
class LabelReader {
 public:
  explicit LabelReader(ByteReader& in) : in_(in) {}

  /// The labels of the next exemplar, until the next call.
  Result<LabelsView> next() {
    const uint64_t number = in_.varint();
    if (number > shapes_.size()) return corruption("no such names of labels");
    if (number == shapes_.size()) RETURN_IF_ERROR(read_shape());
    labels_.clear();
    for (const std::string_view name : shapes_[number]) {
      ASSIGN_OR_RETURN(const std::string_view value, text());
      append_label(labels_, name, value);
      if (labels_.size() > kExemplarLabelBytesMax) return corruption("labels are too long");
    }
    RETURN_IF_ERROR(validate_exemplar_labels(labels_));
    return LabelsView(labels_);
  }

 private:
  Status read_shape() {
    const uint64_t count = in_.varint();
    if (count > kExemplarCharactersMax) return corruption(fmt::format("{} labels", count));
    std::vector<std::string_view>& names = shapes_.emplace_back();
    for (uint64_t i = 0; i < count; ++i) {
      ASSIGN_OR_RETURN(const std::string_view name, text());
      names.push_back(name);
    }
    return {};
  }

  Result<std::string_view> text() {
    const uint64_t head = in_.varint();
    if (head == kKnownText) {
      const uint64_t number = in_.varint();
      if (!in_.ok() || number >= texts_.size()) return corruption("no such text");
      return texts_[number];
    }
    const std::string_view bytes = in_.raw(head / 2);
    if (!in_.ok()) return corruption("a text is cut short");
    const bool packed = head % 2 != 0;
    texts_.push_back(packed ? std::string_view(unpacked_.emplace_back(unpacked(bytes))) : bytes);
    return texts_.back();
  }

  ByteReader& in_;
  std::vector<std::vector<std::string_view>> shapes_;
  std::vector<std::string_view> texts_;
  std::deque<std::string> unpacked_;  // where texts stay where they are
  std::string labels_;
};

Status decode(ByteReader& in, ExemplarColumns& out) {
  const uint8_t version = in.u8();
  if (!in.ok() || version != kExemplarChunkVersion) return corruption(fmt::format("version {}", version));
  const uint64_t count = in.varint();
  if (count == 0 || count > kExemplarChunkMax) return corruption(fmt::format("{} exemplars", count));
  std::vector<int64_t> times_ms(count);
  RETURN_IF_ERROR(decode_integers(in, times_ms));
  if (!std::ranges::is_sorted(times_ms)) return corruption("times do not ascend");
  std::vector<double> values(count);
  ByteReader value_column(in.text());
  if (!in.ok()) return corruption("the values are cut short");
  RETURN_IF_ERROR(decode_values(value_column, values));
  LabelReader reader(in);
  for (size_t i = 0; i < count; ++i) {
    ASSIGN_OR_RETURN(const LabelsView labels, reader.next());
    out.add({labels, values[i], times_ms[i]});
  }
  return in.at_end() && in.ok() ? ok_status() : Status(corruption("bytes are left over"));
}

}  // namespace

void encode_exemplar_chunk(const ExemplarColumns& exemplars, size_t begin, size_t end, std::string& out) {
  CHECK(begin < end && end - begin <= kExemplarChunkMax, "a chunk holds 1 to kExemplarChunkMax exemplars");
  std::vector<int64_t> times_ms;
  std::vector<double> values;
  for (size_t i = begin; i < end; ++i) {
    times_ms.push_back(exemplars[i].timestamp_ms);
    values.push_back(exemplars[i].value);
  }
  CHECK(std::ranges::is_sorted(times_ms), "exemplars ascend by time");
  ByteWriter writer(out);
  writer.u8(kExemplarChunkVersion);
  writer.varint(times_ms.size());
  encode_integers(times_ms, out);
  std::string column;
  encode_values(values, column);
  writer.text(column);
  LabelWriter labels(out);
  for (size_t i = begin; i < end; ++i) labels.add(exemplars[i].labels);
}

Status decode_exemplar_chunk(std::string_view bytes, ExemplarColumns& out) {
  ByteReader in(bytes);
  const size_t before = out.size();
  const Status decoded = decode(in, out);
  if (decoded.ok()) return {};
  out.truncate(before);
  return corruption(fmt::format("exemplar chunk: {} at byte {}", decoded.error().message, in.position()));
}

}  // namespace weir::store::embedded
