#include "store/timescale/selection.h"

#include <algorithm>
#include <numeric>

#include <absl/container/flat_hash_map.h>
#include <fmt/format.h>

#include "pg/binary.h"
#include "store/timescale/cells.h"

namespace weir::store::timescale {
namespace {

// A batch of about this many samples: 24 bytes each on the wire.
constexpr uint64_t kBatchSamples = 400'000;
constexpr size_t kBatchSeriesMax = 4'096;

constexpr std::string_view kReadSamples = R"sql(
  select series_id, array_agg(time), array_agg(value) from weir.sample
  where series_id = any($1) and time >= $2 and time <= $3 group by series_id)sql";

/// The server aggregates in whatever order it reads: chunks, and in columnstore the newest first.
void sort_by_time(SampleColumns& samples) {
  auto& times = samples.timestamps_ms;
  if (std::is_sorted(times.begin(), times.end())) return;
  std::vector<size_t> order(times.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return times[a] < times[b]; });
  SampleColumns sorted;
  for (const size_t i : order) sorted.push_back(times[i], samples.values[i]);
  samples = std::move(sorted);
}

bool excludes_empty(std::span<const Matcher> matchers) {
  return std::any_of(matchers.begin(), matchers.end(), [](const Matcher& m) { return !m.matches_absent(); });
}

}  // namespace

Selection::Selection(pg::Pool::Loan loan, const SelectionOptions& options, TimeRange range, Deadline deadline)
    : loan_(std::move(loan)),
      schema_(options.schema),
      samples_max_(options.samples_max),
      range_(storable(range)),
      deadline_(deadline) {}

Result<std::unique_ptr<Selection>> Selection::open(pg::Pool& pool, const SelectionOptions& options,
                                                   TenantId tenant, const SelectRequest& request,
                                                   Deadline deadline) {
  if (!excludes_empty(request.matchers)) {
    return invalid_argument("select: at least one matcher must not match the empty string");
  }
  ASSIGN_OR_RETURN(pg::Pool::Loan loan, pool.borrow(deadline));
  std::unique_ptr<Selection> selection(new Selection(std::move(loan), options, request.range, deadline));
  RETURN_IF_ERROR(selection->start(tenant, request));
  return selection;
}

Status Selection::start(TenantId tenant, const SelectRequest& request) {
  const auto work = [&]() -> Status {
    pg::Connection& connection = **loan_;
    RETURN_IF_ERROR(connection.run("begin isolation level repeatable read read only", deadline_));
    SeriesSearch search(connection, schema_, tenant, deadline_);
    ASSIGN_OR_RETURN(series_, search.find(request.matchers, request.range, request.series_max));
    if (series_.size() > request.series_max) {
      return resource_exhausted(fmt::format("select: more than {} series match", request.series_max));
    }
    std::sort(series_.begin(), series_.end(),
              [](const FoundSeries& a, const FoundSeries& b) { return a.labels < b.labels; });
    if (range_.mint_ms > range_.maxt_ms) loaded_ = series_.size();
    held_.resize(loaded_);
    return fill();
  };
  Status status = work();
  if (loan_) loan_->settle(status);
  return status;
}

Status Selection::fill() {
  while (loaded_ < series_.size() && samples_ < samples_max_) RETURN_IF_ERROR(load_batch());
  return loaded_ == series_.size() ? finish() : ok_status();
}

Status Selection::finish() {
  if (!loan_) return ok_status();
  Status status = (*loan_)->run("commit", deadline_);
  loan_->settle(status);
  loan_.reset();
  return status;
}

Status Selection::load_batch() {
  const size_t count = std::min(batch_, series_.size() - loaded_);
  std::vector<int64_t> ids;
  absl::flat_hash_map<int64_t, size_t> places;
  for (size_t i = 0; i < count; ++i) {
    ids.push_back(series_[loaded_ + i].id);
    places.emplace(ids.back(), i);
  }
  // The ids are the tenant's own: this transaction read them by tenant.
  pg::Params params;
  params.int8_array(ids).timestamp(range_.mint_ms).timestamp(range_.maxt_ms);
  ASSIGN_OR_RETURN(const auto rows,
                   (*loan_)->execute(in_schema(kReadSamples, schema_), params.span(), deadline_));
  std::vector<SampleColumns> batch(count);
  uint64_t samples = 0;
  for (size_t row = 0; row < rows->row_count(); ++row) {
    SampleColumns& columns = batch[places.at(int_cell(*rows, row, 0))];
    if (!append_times(text_cell(*rows, row, 1), columns.timestamps_ms) ||
        !append_values(text_cell(*rows, row, 2), columns.values) ||
        columns.timestamps_ms.size() != columns.values.size()) {
      return internal("timescale: the server's arrays are malformed");
    }
    sort_by_time(columns);
    samples += columns.size();
  }
  std::move(batch.begin(), batch.end(), std::back_inserter(held_));
  loaded_ += count;
  samples_ += samples;
  if (samples > kBatchSamples) batch_ = std::max<size_t>(1, batch_ / 2);
  if (samples < kBatchSamples / 4) batch_ = std::min(kBatchSeriesMax, batch_ * 2);
  return ok_status();
}

Result<bool> Selection::next() {
  if (current_ == series_.size()) return false;
  if (held_.empty()) RETURN_IF_ERROR(fill());
  at_ = std::move(held_.front());
  held_.pop_front();
  samples_ -= at_.size();
  ++current_;
  return true;
}

Status Selection::read(SampleColumns& out) {
  out.timestamps_ms.insert(out.timestamps_ms.end(), at_.timestamps_ms.begin(), at_.timestamps_ms.end());
  out.values.insert(out.values.end(), at_.values.begin(), at_.values.end());
  return ok_status();
}

}  // namespace weir::store::timescale
