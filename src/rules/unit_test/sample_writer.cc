#include "rules/unit_test/sample_writer.h"

#include <algorithm>
#include <future>
#include <utility>

#include "query/histogram_math.h"

namespace weir::rules::unit_test {
namespace {

// Prometheus keeps no chunk beyond a whole multiple of it (the block duration of promtool's storage).
constexpr int64_t kChunkRangeMs = 24 * kHourMs;

// Whether `now` can stand behind `before` in one chunk of counters (tsdb/chunkenc, float_histogram.go).
bool follows(const Histogram& now, const Histogram& before) {
  if (query::is_gauge(before) || now.reset_hint == CounterResetHint::kReset) return false;
  const HistogramLayout& a = before.layout;
  const HistogramLayout& b = now.layout;
  if (a.schema != b.schema || a.zero_threshold != b.zero_threshold || a.custom_bounds != b.custom_bounds)
    return false;
  Histogram without_hint = now;
  without_hint.reset_hint = CounterResetHint::kUnknown;
  return !query::is_reset(without_hint, before);
}

// The samples of one series alone, without exemplars.
Batch part_of(const Batch& batch, const Batch::Series& series) {
  Batch out;
  out.begin_series(batch.labels(series).bytes());
  for (size_t i = 0; i < series.sample_count; ++i)
    out.add_sample(batch.timestamps_ms(series)[i], batch.values(series)[i]);
  for (size_t i = 0; i < series.histogram_count; ++i)
    out.add_histogram(batch.histogram_times_ms(series)[i], batch.histograms(series)[i]);
  return out;
}

bool is_stale_marker(const Batch& batch, const Batch::Series& series) {
  return series.histogram_count == 0 && series.sample_count == 1 && is_stale(batch.values(series)[0]);
}

}  // namespace

Result<SampleWriter> SampleWriter::open(store::Store& store, TenantId tenant) {
  ASSIGN_OR_RETURN(const store::Lease lease, store.acquire(PartitionId(0), Deadline::never()));
  return SampleWriter(store, tenant, lease);
}

Result<std::vector<Labels>> SampleWriter::write(const Batch& batch) {
  const bool has_hints = batch.histogram_count() > 0 || !chunks_.empty();
  Batch hinted;
  if (has_hints) hinted = with_hints(batch);
  const Batch& ready = has_hints ? hinted : batch;
  ASSIGN_OR_RETURN(const store::CommitReport report, commit(ready));
  if (report.conflicts == 0) return std::vector<Labels>();
  return refused(ready);
}

Result<store::CommitReport> SampleWriter::commit(const Batch& batch) {
  const store::AppliedRecord record{tenant_, Offset(next_), &batch};
  std::promise<Result<store::CommitReport>> outcome;
  store_->commit({lease_, {&record, 1}, Offset(++next_)}, Deadline::never(),
                 [&](Result<store::CommitReport> report) { outcome.set_value(std::move(report)); });
  return outcome.get_future().get();
}

// Sent again, what was taken counts as a duplicate, and what was refused as a conflict again.
Result<std::vector<Labels>> SampleWriter::refused(const Batch& batch) {
  std::vector<Labels> out;
  for (const Batch::Series& series : batch.series()) {
    if (is_stale_marker(batch, series)) continue;
    ASSIGN_OR_RETURN(const store::CommitReport report, commit(part_of(batch, series)));
    if (report.conflicts > 0) out.emplace_back(batch.labels(series));
  }
  return out;
}

Batch SampleWriter::with_hints(const Batch& batch) {
  Batch out;
  for (const Batch::Series& series : batch.series()) {
    out.begin_series(batch.labels(series).bytes());
    for (size_t i = 0; i < series.sample_count; ++i)
      out.add_sample(batch.timestamps_ms(series)[i], batch.values(series)[i]);
    add_histograms(batch, series, out);
  }
  return out;
}

// A double between two histograms ends the chunk of the first.
void SampleWriter::add_histograms(const Batch& batch, const Batch::Series& series, Batch& out) {
  const auto doubles_ms = batch.timestamps_ms(series);
  const std::string key(batch.labels(series).bytes());
  const auto at = chunks_.find(key);
  if (series.histogram_count == 0) {
    if (at != chunks_.end() && !doubles_ms.empty()) chunks_.erase(at);
    return;
  }
  Chunk chunk;
  bool has_chunk = at != chunks_.end();
  if (has_chunk) chunk = std::move(at->second);
  const auto interrupted = [&](TimestampMs until_ms) {
    const auto next = std::upper_bound(doubles_ms.begin(), doubles_ms.end(), chunk.end_ms);
    return next != doubles_ms.end() && *next < until_ms;
  };
  for (size_t i = 0; i < series.histogram_count; ++i) {
    const TimestampMs time_ms = batch.histogram_times_ms(series)[i];
    Histogram histogram = batch.histograms(series)[i];
    const bool goes_on = has_chunk && time_ms < floor_to(chunk.begin_ms, kChunkRangeMs) + kChunkRangeMs &&
                         !interrupted(time_ms) && follows(histogram, chunk.last);
    if (!query::is_gauge(histogram))
      histogram.reset_hint = goes_on ? CounterResetHint::kNoReset : CounterResetHint::kUnknown;
    if (!goes_on) chunk.begin_ms = time_ms;
    chunk.end_ms = time_ms;
    chunk.last = histogram;
    has_chunk = true;
    out.add_histogram(time_ms, std::move(histogram));
  }
  if (!doubles_ms.empty() && doubles_ms.back() > chunk.end_ms) {
    chunks_.erase(key);
  } else {
    chunks_[key] = std::move(chunk);
  }
}

}  // namespace weir::rules::unit_test
