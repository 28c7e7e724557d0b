#include "wire/exemplar_columns.h"

#include <algorithm>

#include <fmt/format.h>

#include "wire/sample_tokens.h"

namespace weir::wire {

void ExemplarColumnsWriter::add(const Exemplar& exemplar) {
  ByteWriter out(items_);
  // In unsigned arithmetic, which wraps: any two timestamps have a difference.
  const uint64_t delta =
      static_cast<uint64_t>(exemplar.timestamp_ms) - static_cast<uint64_t>(last_timestamp_ms_);
  out.svarint(static_cast<int64_t>(delta));
  last_timestamp_ms_ = exemplar.timestamp_ms;
  append_value_token(exemplar.value, out);
  out.varint(exemplar.labels.count());
  for (const Label& label : exemplar.labels) {
    out.varint(name(label.name));
    out.text(label.value);
  }
}

uint32_t ExemplarColumnsWriter::name(std::string_view text) {
  const auto [found, added] = name_ids_.try_emplace(text, static_cast<uint32_t>(name_ids_.size()));
  if (added) ByteWriter(names_).text(text);
  return found->second;
}

void ExemplarColumnsWriter::append_to(std::string& out) const {
  ByteWriter writer(out);
  writer.varint(name_ids_.size());
  writer.raw(names_);
  writer.raw(items_);
}

Result<ExemplarColumnsReader> ExemplarColumnsReader::open(std::string_view section) {
  ExemplarColumnsReader reader;
  ByteReader in(section);
  const uint64_t count = in.varint();
  // Each takes a byte for its length and one at least for its text.
  if (count > in.remaining() / 2)
    return corruption(fmt::format("exemplars: {} names in {} bytes", count, section.size()));
  for (uint64_t i = 0; i < count; ++i) reader.names_.push_back(in.text());
  if (!in.ok()) return corruption("exemplars: the names are cut short");
  reader.items_ = ByteReader(in.raw(in.remaining()));
  return reader;
}

Status ExemplarColumnsReader::next() {
  const size_t begin = items_.position();
  const auto damaged = [&](std::string_view what) {
    return corruption(fmt::format("exemplars: {} at byte {} behind the names", what, begin));
  };
  const auto delta = static_cast<uint64_t>(items_.svarint());
  timestamp_ms_ = static_cast<TimestampMs>(static_cast<uint64_t>(timestamp_ms_) + delta);
  value_ = read_value_token(items_);
  const uint64_t count = items_.varint();
  labels_.clear();
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t name = items_.varint();
    const std::string_view value = items_.text();
    if (!items_.ok() || name >= names_.size()) return damaged("a bad label");
    append_label(labels_, names_[name], value);
    if (labels_.size() > kExemplarLabelBytesMax) return damaged("too long labels");
  }
  if (!items_.ok()) return damaged("cut short");
  const Status valid = validate_exemplar_labels(labels_);
  return valid.ok() ? ok_status() : Status(damaged(valid.error().message));
}

}  // namespace weir::wire
