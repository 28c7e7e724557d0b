#include "model/labels.h"

#include <algorithm>
#include <bit>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/hash.h"

namespace weir {
namespace {

// Canonical bytes hold no hostile lengths: reads without checks.
std::string_view take_text(std::string_view& rest) {
  size_t length = static_cast<uint8_t>(rest[0]);
  size_t header = 1;
  if (length >= 0x80) {
    length &= 0x7f;
    for (int shift = 7;; shift += 7) {
      const auto byte = static_cast<uint8_t>(rest[header++]);
      length |= static_cast<size_t>(byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
  }
  std::string_view text = rest.substr(header, length);
  rest.remove_prefix(header + length);
  return text;
}

constexpr size_t varint_size(size_t value) {
  return value < 0x80 ? 1 : (static_cast<size_t>(std::bit_width(value)) + 6) / 7;
}

constexpr size_t text_size(std::string_view text) {
  return varint_size(text.size()) + text.size();
}

char* put_text(char* at, std::string_view text) {
  size_t length = text.size();
  for (; length >= 0x80; length >>= 7) *at++ = static_cast<char>(length | 0x80);
  *at++ = static_cast<char>(length);
  return std::copy_n(text.data(), text.size(), at);
}

}  // namespace

void LabelsView::Iterator::advance() {
  if (rest_.empty()) {
    at_ = nullptr;
    return;
  }
  at_ = rest_.data();
  label_.name = take_text(rest_);
  label_.value = take_text(rest_);
}

Status LabelsView::validate(std::string_view bytes) {
  ByteReader reader(bytes);
  std::string_view previous;
  while (!reader.at_end()) {
    const size_t position = reader.position();
    const std::string_view name = reader.text();
    const std::string_view value = reader.text();
    if (!reader.ok()) return corruption(fmt::format("labels: cut short at byte {}", position));
    if (name.empty() || value.empty()) {
      return corruption(fmt::format("labels: empty text at byte {}", position));
    }
    if (reader.position() - position != text_size(name) + text_size(value)) {
      return corruption(fmt::format("labels: length not in its shortest form at byte {}", position));
    }
    if (name <= previous) return corruption(fmt::format("labels: names not ascending at byte {}", position));
    previous = name;
  }
  return {};
}

size_t LabelsView::count() const {
  return static_cast<size_t>(std::distance(begin(), end()));
}

std::string_view LabelsView::get(std::string_view name) const {
  for (const Label& label : *this) {
    if (label.name == name) return label.value;
    if (label.name > name) break;
  }
  return {};
}

uint64_t LabelsView::hash() const {
  return stable_hash(bytes_);
}

std::string LabelsView::to_string() const {
  std::string out(metric());
  bool first = true;
  for (const Label& label : *this) {
    if (label.name == kMetricName) continue;
    out.append(first ? "{" : ",");
    first = false;
    out.append(label.name).push_back('=');
    append_quoted(out, label.value);
  }
  if (!first || out.empty()) out.append(first ? "{}" : "}");
  return out;
}

std::strong_ordering operator<=>(LabelsView a, LabelsView b) {
  auto left = a.begin();
  auto right = b.begin();
  for (; left != a.end() && right != b.end(); ++left, ++right) {
    if (const auto order = *left <=> *right; order != 0) return order;
  }
  return (left != a.end()) <=> (right != b.end());
}

Result<Labels> Labels::from(std::vector<Label> labels) {
  std::sort(labels.begin(), labels.end());
  Labels out;
  std::string_view previous;
  for (const Label& label : labels) {
    if (label.name.empty()) return invalid_argument("labels: a name is empty");
    if (label.name == previous) {
      return invalid_argument(fmt::format("labels: name \"{}\" is given twice", label.name));
    }
    previous = label.name;
    if (!label.value.empty()) append_label(out.bytes_, label.name, label.value);
  }
  return out;
}

Labels Labels::of(std::initializer_list<Label> labels) {
  return Labels::from(labels).value();
}

void append_label(std::string& bytes, std::string_view name, std::string_view value) {
  const Label label{name, value};
  append_labels(bytes, {&label, 1});
}

void append_labels(std::string& bytes, std::span<const Label> labels) {
  size_t size = 0;
  for (const Label& label : labels) size += text_size(label.name) + text_size(label.value);
  const size_t begin = bytes.size();
  bytes.resize(begin + size);
  char* at = bytes.data() + begin;
  for (const Label& label : labels) at = put_text(put_text(at, label.name), label.value);
}

void append_quoted(std::string& out, std::string_view text) {
  out.push_back('"');
  for (char c : text) {
    if (c == '\\' || c == '"') out.push_back('\\');
    if (c == '\n') {
      out.append("\\n");
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

}  // namespace weir
