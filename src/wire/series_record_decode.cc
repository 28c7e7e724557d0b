#include <numeric>

#include <fmt/format.h>

#include "base/bytes.h"
#include "wire/batch_record.h"
#include "wire/exemplar_columns.h"
#include "wire/histogram_columns.h"
#include "wire/sample_tokens.h"
#include "wire/series_record.h"
#include "wire/series_record_layout.h"

namespace weir::wire {
namespace {

/// Reads one payload. Lives for one call.
class Decoder {
 public:
  Decoder(std::string_view payload, TenantId tenant, size_t decoded_bytes_max, SeriesDefinitions& definitions)
      : in_(payload), tenant_(tenant), bytes_max_(decoded_bytes_max), definitions_(definitions) {}

  Status learn() {
    const uint8_t version = in_.u8();
    const uint8_t flags = in_.u8();
    if (!in_.ok()) return damaged("cut short");
    if (version != kSeriesRecordVersion)
      return unsupported(
          fmt::format("series record: version {}, this build reads {}", version, kSeriesRecordVersion));
    if ((flags & ~(kSeriesRecordDefines | kSeriesRecordHistograms | kSeriesRecordExemplars)) != 0)
      return unsupported(fmt::format("series record: flags {:#x}", flags));
    with_histograms_ = (flags & kSeriesRecordHistograms) != 0;
    with_exemplars_ = (flags & kSeriesRecordExemplars) != 0;
    const uint64_t group = in_.varint();
    if (group == 0) return damaged("no group");
    definitions_.enter_group(group);
    return (flags & kSeriesRecordDefines) != 0 ? read_definitions() : Status();
  }

  Status decode(SeriesRecord out) {
    RETURN_IF_ERROR(learn());
    RETURN_IF_ERROR(read_series());
    RETURN_IF_ERROR(read_counts());
    if (with_histograms_) RETURN_IF_ERROR(open_part(histograms_, histogram_counts_));
    if (with_exemplars_) RETURN_IF_ERROR(open_part(exemplars_, exemplar_counts_));
    return read_samples(out);
  }

 private:
  Status read_definitions() {
    const uint64_t first_new = in_.varint();
    const uint64_t again_count = in_.varint();
    if (again_count > in_.remaining()) return damaged("more definitions than bytes");
    std::vector<uint64_t> again(again_count);
    uint64_t before = 0;
    for (uint64_t& number : again) before = number = before + static_cast<uint64_t>(in_.svarint());
    Batch labels;
    RETURN_IF_ERROR(read_labels(labels));
    for (size_t i = 0; i < labels.series_count(); ++i)
      RETURN_IF_ERROR(define(first_new + i, labels.labels(labels.series()[i])));
    labels.clear();
    RETURN_IF_ERROR(read_labels(labels));
    if (labels.series_count() != again.size()) return damaged("definitions without a number");
    for (size_t i = 0; i < again.size(); ++i)
      RETURN_IF_ERROR(define(again[i], labels.labels(labels.series()[i])));
    return {};
  }

  Status read_labels(Batch& labels) {
    const std::string_view record = in_.text();
    if (!in_.ok()) return damaged("cut short");
    if (record.empty()) return {};
    return decode_batch_record(record, bytes_max_, labels).context("series record: definitions");
  }

  Status define(uint64_t number, LabelsView labels) {
    return definitions_.define(number, labels, series_hash(tenant_, labels)).context("series record");
  }

  // Every series takes a byte at least below, or is one of a run of known ones; what names too many fails at
  // the bound of bytes.
  Status read_series() {
    const uint64_t count = in_.varint();
    size_t bytes = 0;
    for (uint64_t expected = 0; series_.size() < count;) {
      const uint64_t begin = expected + static_cast<uint64_t>(in_.svarint());
      const uint64_t more = in_.varint();
      if (!in_.ok()) return damaged("cut short");
      if (more >= count - series_.size()) return damaged("a run of more series than there are");
      for (uint64_t number = begin; number <= begin + more; ++number) {
        const SeriesDefinitions::Definition* definition = definitions_.find(number);
        if (definition == nullptr)
          return damaged(fmt::format("series {} is defined in no record that is left", number));
        bytes += sizeof(Batch::Series) + definition->labels.bytes().size();
        if (bytes > bytes_max_) return too_large();
        series_.push_back(definition);
      }
      expected = begin + more + 1;
    }
    bytes_ = bytes;
    return {};
  }

  Status read_counts() {
    const uint64_t common = in_.varint();
    for (size_t i = 0; i < series_.size(); ++i) {
      const uint64_t count = common != 0 ? common : in_.varint();
      // Each sample's value takes a byte at least.
      if (!in_.ok() || count > in_.remaining() - std::min(in_.remaining(), sample_count_))
        return damaged("more samples than bytes");
      sample_count_ += count;
      counts_.push_back(count);
    }
    constexpr size_t kSampleBytes = sizeof(TimestampMs) + sizeof(double);
    if (sample_count_ > (bytes_max_ - bytes_) / kSampleBytes) return too_large();
    bytes_ += sample_count_ * kSampleBytes;
    return {};
  }

  // How many each series has, then the section of all.
  template <typename Columns>
  Status open_part(Columns& columns, std::vector<uint64_t>& counts) {
    ByteReader part(in_.text());
    for (size_t i = 0; i < series_.size(); ++i) counts.push_back(part.varint());
    if (!in_.ok() || !part.ok()) return damaged("cut short");
    auto section = Columns::open(part.raw(part.remaining()));
    if (!section.ok()) return std::move(section).error().context("series record");
    columns = *std::move(section);
    return {};
  }

  // Those of series `i`, which was begun last.
  Status read_histograms(size_t i, Batch& batch) {
    histograms_.begin_series();
    for (uint64_t left = histogram_counts_[i]; left > 0; --left) {
      Status read = histograms_.next();
      if (!read.ok()) return std::move(read).error().context("series record");
      bytes_ += sizeof(TimestampMs) + histograms_.histogram().size_bytes();
      if (bytes_ > bytes_max_) return too_large();
      batch.add_histogram(histograms_.timestamp_ms(), histograms_.histogram());
    }
    return {};
  }

  Status read_exemplars(size_t i, Batch& batch) {
    for (uint64_t left = exemplar_counts_[i]; left > 0; --left) {
      Status read = exemplars_.next();
      if (!read.ok()) return std::move(read).error().context("series record");
      const Exemplar exemplar = exemplars_.exemplar();
      bytes_ += ExemplarColumns::bytes_of(exemplar.labels.bytes().size());
      if (bytes_ > bytes_max_) return too_large();
      batch.add_exemplar(exemplar);
    }
    return {};
  }

  Status read_samples(SeriesRecord out) {
    ByteReader time_bytes(in_.text());
    TimeTokenReader tokens(time_bytes);
    std::vector<TimestampMs> times(sample_count_);
    size_t at = 0;
    for (size_t i = 0; i < series_.size(); ++i) {
      const std::span<TimestampMs> own = std::span(times).subspan(at, counts_[i]);
      tokens.read(own);
      out.batch.begin_series(series_[i]->labels.bytes());
      out.hashes.push_back(series_[i]->hash);
      for (const TimestampMs time_ms : own) out.batch.add_sample(time_ms, read_value_token(in_));
      if (with_histograms_) RETURN_IF_ERROR(read_histograms(i, out.batch));
      if (with_exemplars_) RETURN_IF_ERROR(read_exemplars(i, out.batch));
      at += own.size();
    }
    if (!in_.ok() || !time_bytes.ok()) return damaged("cut short");
    if (!in_.at_end() || !tokens.at_end() || !histograms_.at_end() || !exemplars_.at_end())
      return damaged("bytes are left over");
    return {};
  }

  Error damaged(std::string_view what) const {
    return corruption(fmt::format("series record: {} at byte {}", what, in_.position()));
  }
  Error too_large() const {
    return resource_exhausted(fmt::format("series record: more than {} bytes, the limit", bytes_max_));
  }

  ByteReader in_;
  const TenantId tenant_;
  const size_t bytes_max_;
  SeriesDefinitions& definitions_;
  std::vector<const SeriesDefinitions::Definition*> series_;
  std::vector<size_t> counts_;
  bool with_histograms_ = false;
  HistogramColumnsReader histograms_;
  std::vector<uint64_t> histogram_counts_;  // of the series
  bool with_exemplars_ = false;
  ExemplarColumnsReader exemplars_;
  std::vector<uint64_t> exemplar_counts_;  // of the series
  size_t bytes_ = 0;
  size_t sample_count_ = 0;
};

}  // namespace

Status learn_definitions(std::string_view payload, TenantId tenant, size_t decoded_bytes_max,
                         SeriesDefinitions& definitions) {
  return Decoder(payload, tenant, decoded_bytes_max, definitions).learn();
}

Status decode_series_record(std::string_view payload, TenantId tenant, size_t decoded_bytes_max,
                            SeriesDefinitions& definitions, SeriesRecord out) {
  const Batch::Mark mark = out.batch.mark();
  const size_t hashes = out.hashes.size();
  Status status = Decoder(payload, tenant, decoded_bytes_max, definitions).decode(out);
  if (!status.ok()) {
    out.batch.rewind(mark);
    out.hashes.resize(hashes);
  }
  return status;
}

}  // namespace weir::wire
