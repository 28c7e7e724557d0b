#include "app/cli/dump_lines.h"

#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "app/cli/console.h"
#include "app/cli/time_text.h"
#include "wire/json_writer.h"

namespace weir::app::cli {
namespace {

std::string_view file_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

/// An object on a line of its own.
class JsonLine {
 public:
  JsonLine() : json_(out_) { json_.begin_object(); }

  wire::JsonWriter& writer() { return json_; }
  JsonLine& text(std::string_view key, std::string_view value) {
    json_.text(key, value);
    return *this;
  }
  JsonLine& number(std::string_view key, int64_t value) {
    json_.integer(key, value);
    return *this;
  }
  JsonLine& count(std::string_view key, uint64_t value) { return number(key, static_cast<int64_t>(value)); }
  JsonLine& labels(LabelsView labels) {
    json_.key("labels");
    json_.begin_object();
    for (const Label& label : labels) text(label.name, label.value);
    json_.end_object();
    return *this;
  }
  std::string take() {
    json_.end_object();
    return std::move(out_) + "\n";
  }

 private:
  std::string out_;
  wire::JsonWriter json_;
};

}  // namespace

std::string TenantNames::name_of(TenantId id) const {
  const auto at = names_.find(id.value());
  return at == names_.end() ? std::to_string(id.value()) : at->second;
}

Result<uint64_t> TenantNames::find(std::string_view text) const {
  for (const auto& [id, name] : names_) {
    if (name == text) return id;
  }
  uint64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error == std::errc() && end == text.data() + text.size()) return id;
  return not_found(fmt::format("--tenant: the catalogue has no tenant \"{}\"", text));
}

namespace {

std::string selector_text(const std::vector<Matcher>& matchers) {
  std::string text;
  for (const Matcher& matcher : matchers) text += (text.empty() ? "" : ",") + matcher.to_string();
  return "{" + text + "}";
}

}  // namespace

std::string manifest_text(const store::embedded::Manifest& manifest) {
  std::string out =
      fmt::format("window_ms {}\nnext_block_id {}\n", manifest.window_ms, manifest.next_block_id);
  for (size_t i = 0; i < manifest.partitions.size(); ++i) {
    const auto& partition = manifest.partitions[i];
    out += fmt::format("partition {} epoch {} durable {}\n", i, partition.epoch.value(),
                       partition.durable.value());
    for (const auto& [start_ms, offset] : partition.covered)
      out += fmt::format("partition {} window {} covered {}\n", i, start_ms, offset.value());
  }
  for (const auto& block : manifest.blocks) {
    out += fmt::format("block {} from {} to {} bytes {} fingerprint {:08x} cleaned {}\n", block.id,
                       block.range.mint_ms, block.range.maxt_ms, block.size_bytes, block.fingerprint,
                       block.cleaned);
  }
  for (const auto& deletion : manifest.deletions) {
    out += fmt::format("deletion {} tenant {} from {} to {} match {}\n", deletion.number,
                       deletion.tenant.value(), deletion.range.mint_ms, deletion.range.maxt_ms,
                       selector_text(deletion.matchers));
  }
  return out;
}

std::string manifest_json(const store::embedded::Manifest& manifest) {
  JsonLine line;
  line.count("window_ms", manifest.window_ms).count("next_block_id", manifest.next_block_id);
  wire::JsonWriter& json = line.writer();
  json.key("partitions");
  json.begin_array();
  for (const auto& partition : manifest.partitions) {
    json.begin_object();
    line.count("epoch", partition.epoch.value()).number("durable", partition.durable.value());
    json.key("covered");
    json.begin_array();
    for (const auto& [start_ms, offset] : partition.covered) {
      json.begin_object();
      line.number("window_ms", start_ms).number("offset", offset.value());
      json.end_object();
    }
    json.end_array();
    json.end_object();
  }
  json.end_array();
  json.key("blocks");
  json.begin_array();
  for (const auto& block : manifest.blocks) {
    json.begin_object();
    line.count("id", block.id).number("mint_ms", block.range.mint_ms).number("maxt_ms", block.range.maxt_ms);
    line.count("bytes", block.size_bytes).count("fingerprint", block.fingerprint);
    line.count("cleaned", block.cleaned);
    json.end_object();
  }
  json.end_array();
  json.key("deletions");
  json.begin_array();
  for (const auto& deletion : manifest.deletions) {
    json.begin_object();
    line.count("number", deletion.number).count("tenant", deletion.tenant.value());
    line.number("mint_ms", deletion.range.mint_ms).number("maxt_ms", deletion.range.maxt_ms);
    json.text("match", selector_text(deletion.matchers));
    json.end_object();
  }
  json.end_array();
  return line.take();
}

std::string block_text(const store::embedded::Manifest::Block& entry, const store::embedded::Block& block) {
  return fmt::format("block {}: {} to {}, {} tenants, {} series, {} samples, {} bytes\n", entry.id,
                     readable_time(block.range().mint_ms), readable_time(block.range().maxt_ms),
                     block.tenants().size(), block.series_count(), block.sample_count(), block.size_bytes());
}

std::string block_json(const store::embedded::Manifest::Block& entry, const store::embedded::Block& block,
                       const TenantNames& tenants) {
  JsonLine line;
  line.count("block", entry.id).text("file", file_name(block.path())).count("bytes", block.size_bytes());
  line.number("mint_ms", block.range().mint_ms).number("maxt_ms", block.range().maxt_ms);
  line.count("series", block.series_count()).count("samples", block.sample_count());
  line.writer().key("tenants");
  line.writer().begin_array();
  for (const auto& tenant : block.tenants()) {
    line.writer().begin_object();
    line.text("tenant", tenants.name_of(tenant.tenant())).count("series", tenant.series_count());
    line.writer().end_object();
  }
  line.writer().end_array();
  return line.take();
}

std::string series_text(const SeriesLine& line, const TenantNames& tenants) {
  return fmt::format("{} {}: {} samples, {} to {}, in {}\n", tenants.name_of(line.tenant),
                     line.labels.to_string(), line.samples, readable_time(line.range.mint_ms),
                     readable_time(line.range.maxt_ms), file_name(line.path));
}

std::string series_json(const SeriesLine& line, const TenantNames& tenants) {
  JsonLine out;
  out.text("tenant", tenants.name_of(line.tenant)).labels(line.labels).count("samples", line.samples);
  out.number("mint_ms", line.range.mint_ms).number("maxt_ms", line.range.maxt_ms);
  return out.text("file", file_name(line.path)).take();
}

namespace {

// JSON has numbers for finite values alone.
void write_number(wire::JsonWriter& json, double value) {
  if (std::isfinite(value)) return json.number(value);
  std::string text;
  wire::append_prometheus_value(text, value);
  json.text(is_stale(value) ? "stale" : text);
}

void write_numbers(wire::JsonWriter& json, std::string_view key, const std::vector<double>& numbers) {
  json.key(key);
  json.begin_array();
  for (const double number : numbers) write_number(json, number);
  json.end_array();
}

// Pairs of offset and length.
void write_spans(wire::JsonWriter& json, std::string_view key, const std::vector<HistogramSpan>& spans) {
  json.key(key);
  json.begin_array();
  for (const HistogramSpan& span : spans) {
    json.begin_array();
    json.integer(int64_t{span.offset});
    json.integer(int64_t{span.length});
    json.end_array();
  }
  json.end_array();
}

void write_histogram(wire::JsonWriter& json, const Histogram& histogram) {
  json.key("histogram");
  json.begin_object();
  json.integer("schema", int64_t{histogram.layout.schema});
  json.integer("counter_reset", static_cast<int64_t>(histogram.reset_hint));
  json.key("count");
  write_number(json, histogram.count);
  json.key("sum");
  write_number(json, histogram.sum);
  json.key("zero_threshold");
  write_number(json, histogram.layout.zero_threshold);
  json.key("zero_count");
  write_number(json, histogram.zero_count);
  write_spans(json, "positive_spans", histogram.layout.positive_spans);
  write_numbers(json, "positive_counts", histogram.positive_buckets);
  write_spans(json, "negative_spans", histogram.layout.negative_spans);
  write_numbers(json, "negative_counts", histogram.negative_buckets);
  write_numbers(json, "custom_bounds", histogram.layout.custom_bounds);
  json.end_object();
}

// What a reader wants to know at a glance; --json has the rest.
std::string histogram_text(const Histogram& histogram) {
  return fmt::format("schema={} count={} sum={} zero={} positive=[{}] negative=[{}]", histogram.layout.schema,
                     histogram.count, histogram.sum, histogram.zero_count,
                     fmt::join(histogram.positive_buckets, " "), fmt::join(histogram.negative_buckets, " "));
}

}  // namespace

std::string samples_text(const SampleLines& lines) {
  const std::string labels = lines.labels.to_string();
  std::string out;
  for (size_t i = 0; i < lines.values.size(); ++i) {
    const bool stale = is_stale(lines.values[i]);
    if (!stale && !lines.histograms.empty() && lines.histograms[i] != nullptr) {
      out += fmt::format("# histogram: {} {} {}\n", labels, histogram_text(*lines.histograms[i]),
                         lines.timestamps_ms[i]);
      continue;
    }
    out += fmt::format("{}{} ", stale ? "# ended: " : "", labels);
    if (!stale) wire::append_prometheus_value(out, lines.values[i]);
    out += fmt::format("{}{}\n", stale ? "" : " ", lines.timestamps_ms[i]);
  }
  return out;
}

std::string samples_json(const SampleLines& lines, const TenantNames& tenants) {
  std::string out;
  for (size_t i = 0; i < lines.values.size(); ++i) {
    JsonLine line;
    line.text("tenant", tenants.name_of(lines.tenant)).labels(lines.labels);
    line.number("timestamp_ms", lines.timestamps_ms[i]);
    if (!lines.histograms.empty() && lines.histograms[i] != nullptr) {
      write_histogram(line.writer(), *lines.histograms[i]);
      out += line.text("file", file_name(lines.path)).take();
      continue;
    }
    line.writer().key("value");
    write_number(line.writer(), lines.values[i]);
    out += line.text("file", file_name(lines.path)).take();
  }
  return out;
}

std::string record_titles() {
  return "# segment position sequence partition offset tenant series samples bytes\n";
}

std::string record_text(const log::embedded::SegmentScanner& frame, const log::embedded::FrameRecord* record,
                        const Batch* batch, const TenantNames& tenants) {
  const std::string place =
      fmt::format("{} {} {}", frame.segment().first_sequence(), frame.frame_begin(), frame.header().sequence);
  if (record == nullptr)
    return fmt::format("{} marker, durable to {}\n", place, frame.header().durable_sequence);
  return fmt::format("{} {} {} {} {} {} {}\n", place, record->partition.value(), record->offset.value(),
                     tenants.name_of(record->tenant), batch->series_count(), batch->sample_count(),
                     record->payload.size());
}

std::string record_json(const log::embedded::SegmentScanner& frame, const log::embedded::FrameRecord* record,
                        const Batch* batch, const TenantNames& tenants) {
  JsonLine line;
  line.count("segment", frame.segment().first_sequence()).count("position", frame.frame_begin());
  line.count("sequence", frame.header().sequence).count("durable_sequence", frame.header().durable_sequence);
  if (record == nullptr) return line.text("kind", "marker").take();
  line.count("partition", record->partition.value()).number("offset", record->offset.value());
  line.text("tenant", tenants.name_of(record->tenant)).count("series", batch->series_count());
  return line.count("samples", batch->sample_count()).count("bytes", record->payload.size()).take();
}

std::string printable_lines(std::string_view lines) {
  std::string out;
  while (!lines.empty()) {
    const size_t end = std::min(lines.find('\n'), lines.size());
    out += printable(lines.substr(0, end)) + "\n";
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return out;
}

}  // namespace weir::app::cli
