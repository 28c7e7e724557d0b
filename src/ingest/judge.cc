#include "ingest/judge.h"

#include <algorithm>
#include <limits>
#include <optional>

#include <fmt/format.h>

namespace weir::ingest {
namespace {

constexpr std::array<std::string_view, kReasonCount> kCodes = {
    "missing_metric_name", "labels_per_series", "label_name_bytes",       "label_value_bytes", "series_bytes",
    "negative_timestamp",  "too_far_in_future", "timestamp_out_of_range", "invalid_histogram",
};

size_t index_of(Reason reason) {
  return static_cast<size_t>(reason);
}

/// A limit that labels break.
struct Breach {
  Reason reason;
  uint64_t found;
  uint64_t limit;
};

/// True for labels so short, beginning with a metric name, that they break no limit, whatever they are. That
/// is nearly every series, and saves to walk over its labels.
bool surely_within(LabelsView labels, const Limits& limits) {
  constexpr std::string_view kBegin = "\x08__name__";
  static_assert(kBegin.size() == kMetricName.size() + 1 &&
                kBegin[0] == static_cast<char>(kMetricName.size()));
  constexpr size_t kLabelBytesMin = 4;
  const size_t bytes = labels.bytes().size();
  return labels.bytes().starts_with(kBegin) && bytes / kLabelBytesMin <= limits.labels_per_series_max &&
         bytes <= limits.label_name_bytes_max && bytes <= limits.label_value_bytes_max &&
         bytes <= limits.series_bytes_max;
}

std::optional<Breach> find_breach(LabelsView labels, const Limits& limits) {
  if (surely_within(labels, limits)) return std::nullopt;
  size_t count = 0;
  size_t name_bytes = 0;
  size_t value_bytes = 0;
  size_t total_bytes = 0;
  bool has_metric = false;
  for (const Label& label : labels) {
    ++count;
    has_metric |= label.name == kMetricName;
    name_bytes = std::max(name_bytes, label.name.size());
    value_bytes = std::max(value_bytes, label.value.size());
    total_bytes += label.name.size() + label.value.size();
  }
  if (!has_metric) return Breach{Reason::kMissingMetricName, 0, 0};
  const std::array<Breach, 4> measured = {{
      {Reason::kLabelsPerSeries, count, limits.labels_per_series_max},
      {Reason::kLabelNameBytes, name_bytes, limits.label_name_bytes_max},
      {Reason::kLabelValueBytes, value_bytes, limits.label_value_bytes_max},
      {Reason::kSeriesBytes, total_bytes, limits.series_bytes_max},
  }};
  for (const Breach& breach : measured) {
    if (breach.found > breach.limit) return breach;
  }
  return std::nullopt;
}

// For messages: a hostile series may be as long as a request.
std::string shortened(LabelsView labels) {
  constexpr size_t kBytesMax = 256;
  std::string text = labels.to_string();
  if (text.size() <= kBytesMax) return text;
  size_t end = kBytesMax;
  while (end > 0 && (static_cast<uint8_t>(text[end]) & 0xC0) == 0x80) --end;  // not inside a UTF-8 character
  return text.substr(0, end) + "...";
}

std::string describe(const Breach& breach, LabelsView labels) {
  const std::string series = shortened(labels);
  switch (breach.reason) {
    case Reason::kMissingMetricName:
      return fmt::format("{}: no metric name (label __name__)", series);
    case Reason::kLabelsPerSeries:
      return fmt::format("{}: {} labels, limit {}", series, breach.found, breach.limit);
    case Reason::kLabelNameBytes:
      return fmt::format("{}: a label name of {} bytes, limit {}", series, breach.found, breach.limit);
    case Reason::kLabelValueBytes:
      return fmt::format("{}: a label value of {} bytes, limit {}", series, breach.found, breach.limit);
    default:
      return fmt::format("{}: {} bytes of labels, limit {}", series, breach.found, breach.limit);
  }
}

/// Judges one batch. Lives for one call.
class Judge {
 public:
  Judge(const Batch& batch, const Limits& limits, TimestampMs now_ms)
      : batch_(batch), limits_(limits), now_ms_(now_ms) {
    // A limit that is off is the largest value, and must not wrap.
    const bool far = limits.future_ms_max > kTimestampMsMax - now_ms;
    out_.maxt_ms = far ? kTimestampMsMax : now_ms + limits.future_ms_max;
    out_.whole.reserve(batch.series_count());
  }

  Judgement run() {
    for (uint32_t i = 0; i < batch_.series_count(); ++i) judge_series(i);
    return std::move(out_);
  }

 private:
  void judge_series(uint32_t index) {
    const Batch::Series& series = batch_.series()[index];
    const uint32_t samples = series.sample_count + series.histogram_count;
    if (samples == 0 && series.exemplar_count == 0) return;
    const LabelsView labels = batch_.labels(series);
    if (const auto breach = find_breach(labels, limits_)) {
      drop_exemplars(ExemplarFault::kSeriesNotAllowed, series.exemplar_count);
      if (samples == 0) return;
      reject(index, breach->reason, samples, breach->limit, [&] { return describe(*breach, labels); });
      return;
    }
    const auto times = batch_.timestamps_ms(series);
    const auto histogram_times = batch_.histogram_times_ms(series);
    const uint32_t good_histograms = count_good(histogram_times);
    const uint32_t good = count_good(times) + good_histograms;
    const uint32_t good_exemplars = series.exemplar_count == 0 ? 0 : count_good_exemplars(series);
    out_.good_samples += good;
    out_.good_histograms += good_histograms;
    if (good == samples && good_exemplars == series.exemplar_count) {
      out_.whole.push_back(index);
      return;
    }
    if (good > 0 || good_exemplars > 0) out_.parts.push_back({index, good});
    if (good < samples) reject_times(index, labels, times, histogram_times);
  }

  uint32_t count_good_exemplars(const Batch::Series& series) {
    uint32_t good = 0;
    for (size_t i = 0; i < series.exemplar_count; ++i)
      good += out_.is_good_time(batch_.exemplar(series, i).timestamp_ms) ? 1 : 0;
    drop_exemplars(ExemplarFault::kBadTimestamp, series.exemplar_count - good);
    out_.good_exemplars += good;
    return good;
  }

  void drop_exemplars(ExemplarFault fault, uint64_t count) {
    out_.dropped_exemplars[static_cast<size_t>(fault)] += count;
  }

  uint32_t count_good(std::span<const TimestampMs> times) const {
    return static_cast<uint32_t>(
        std::count_if(times.begin(), times.end(), [&](TimestampMs t) { return out_.is_good_time(t); }));
  }

  // One rejection for each reason that occurs; its message shows the first sample.
  void reject_times(uint32_t index, LabelsView labels, std::span<const TimestampMs> times,
                    std::span<const TimestampMs> histogram_times) {
    struct Count {
      uint32_t samples = 0;
      TimestampMs first = 0;
    };
    std::array<Count, kReasonCount> counts;
    for (const auto column : {times, histogram_times}) {
      for (const TimestampMs time : column) {
        if (out_.is_good_time(time)) continue;
        Count& count = counts[index_of(time_reason(time))];
        if (count.samples++ == 0) count.first = time;
      }
    }
    for (const Reason reason :
         {Reason::kNegativeTimestamp, Reason::kTooFarInFuture, Reason::kTimestampOutOfRange}) {
      const Count& count = counts[index_of(reason)];
      if (count.samples == 0) continue;
      reject(index, reason, count.samples, time_limit(reason),
             [&] { return describe_time(reason, labels, count.first); });
    }
  }

  static Reason time_reason(TimestampMs time) {
    if (time < 0) return Reason::kNegativeTimestamp;
    return time > kTimestampMsMax ? Reason::kTimestampOutOfRange : Reason::kTooFarInFuture;
  }

  uint64_t time_limit(Reason reason) const {
    if (reason == Reason::kNegativeTimestamp) return 0;
    return static_cast<uint64_t>(reason == Reason::kTooFarInFuture ? limits_.future_ms_max : kTimestampMsMax);
  }

  std::string describe_time(Reason reason, LabelsView labels, TimestampMs time) const {
    const std::string series = shortened(labels);
    if (reason == Reason::kNegativeTimestamp)
      return fmt::format("{}: timestamp {} ms is before 1970", series, time);
    if (reason == Reason::kTimestampOutOfRange) {
      return fmt::format("{}: timestamp {} ms, limit {} (year 9999)", series, time, kTimestampMsMax);
    }
    return fmt::format("{}: timestamp {} ms is {} ms ahead of the clock, limit {}", series, time,
                       time - now_ms_, limits_.future_ms_max);
  }

  template <typename Describe>
  void reject(uint32_t index, Reason reason, uint32_t samples, uint64_t limit, Describe describe_it) {
    out_.rejected_samples[index_of(reason)] += samples;
    if (out_.rejections.size() == kRejectionsKept) return;
    out_.rejections.push_back({index, reason_code(reason), describe_it(), limit, samples});
  }

  const Batch& batch_;
  const Limits& limits_;
  TimestampMs now_ms_;
  Judgement out_;
};

}  // namespace

std::string_view reason_code(Reason reason) {
  return kCodes[index_of(reason)];
}

Judgement judge(const Batch& batch, const Limits& limits, TimestampMs now_ms) {
  return Judge(batch, limits, now_ms).run();
}

}  // namespace weir::ingest
