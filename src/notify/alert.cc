#include "notify/alert.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/utf8.h"

namespace weir::notify {
namespace {

uint64_t fnv_add(uint64_t hash, std::string_view bytes) {
  constexpr uint64_t kPrime = 1'099'511'628'211u;
  for (const char byte : bytes) hash = (hash ^ static_cast<uint8_t>(byte)) * kPrime;
  return (hash ^ 0xff) * kPrime;  // the separator, which no UTF-8 holds
}

}  // namespace

uint64_t fingerprint(LabelsView labels) {
  uint64_t hash = 14'695'981'039'346'656'037u;
  for (const Label& label : labels) hash = fnv_add(fnv_add(hash, label.name), label.value);
  return hash;
}

uint64_t incident(const Alert& alert) {
  return stable_hash({},
                     fingerprint(alert.labels) ^ stable_hash({}, static_cast<uint64_t>(alert.starts_at_ms)));
}

std::string fingerprint_text(uint64_t fingerprint) {
  return fmt::format("{:016x}", fingerprint);
}

bool listed_before(LabelsView a, LabelsView b) {
  for (const std::string_view name : {"job", "instance"}) {
    const std::string_view left = a.get(name);
    const std::string_view right = b.get(name);
    if (left == right) continue;
    if (left.empty() || right.empty()) return right.empty();
    return left < right;
  }
  return a < b;
}

std::string go_quoted(std::string_view text) {
  constexpr std::string_view kEscaped = "\a\b\f\n\r\t\v\\\"";
  constexpr std::string_view kLetters = "abfnrtv\\\"";
  std::string out = "\"";
  for (size_t at = 0; at < text.size();) {
    const auto byte = static_cast<uint8_t>(text[at]);
    const size_t size = utf8_size(text.substr(at));
    if (const size_t letter = kEscaped.find(text[at]); letter != std::string_view::npos) {
      out += {'\\', kLetters[letter]};
    } else if (byte < 0x20 || byte == 0x7f || size == 0) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += text.substr(at, size);
    }
    at += std::max<size_t>(size, 1);
  }
  return out + "\"";
}

std::string labels_text(LabelsView labels) {
  std::string out = "{";
  for (const Label& label : labels) {
    if (out.size() > 1) out += ", ";
    out += fmt::format("{}={}", label.name, go_quoted(label.value));
  }
  return out + "}";
}

TextMap text_map(LabelsView labels) {
  TextMap out;
  for (const Label& label : labels) out.emplace(label.name, label.value);
  return out;
}

}  // namespace weir::notify
