#include "store/timescale/selection.h"

#include <algorithm>

#include <fmt/format.h>

namespace weir::store::timescale {
namespace {

// A batch of about this many samples: 24 bytes each on the wire.
constexpr uint64_t kBatchSamples = 400'000;
constexpr size_t kBatchSeriesMax = 4'096;
// With a plan, what the series before had says less: of the next ones all samples may have to be read.
constexpr size_t kPlannedSeriesMax = 256;

}  // namespace

Selection::Selection(pg::Pool::Loan loan, const SelectionOptions& options, TimeRange range, Deadline deadline)
    : loan_(std::move(loan)), options_(options), range_(storable(range)), deadline_(deadline) {}

Result<std::unique_ptr<Selection>> Selection::open(pg::Pool& pool, const SelectionOptions& options,
                                                   TenantId tenant, const SelectRequest& request,
                                                   Deadline deadline) {
  if (all_match_absent(request.matchers)) {
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
    SeriesSearch search(connection, options_.schema, tenant, deadline_);
    ASSIGN_OR_RETURN(series_, search.find(request.matchers, request.range, request.series_max));
    if (series_.size() > request.series_max) {
      return resource_exhausted(fmt::format("select: more than {} series match", request.series_max));
    }
    std::sort(series_.begin(), series_.end(),
              [](const FoundSeries& a, const FoundSeries& b) { return a.labels < b.labels; });
    if (range_.mint_ms > range_.maxt_ms) loaded_ = series_.size();
    held_.resize(loaded_);
    if (request.reduction && options_.aggregates != nullptr && loaded_ < series_.size()) {
      kind_ = request.reduction->kind;
      ASSIGN_OR_RETURN(plan_, plan_reads({connection, options_.schema, deadline_}, *options_.aggregates,
                                         *request.reduction, range_));
    }
    return fill();
  };
  Status status = work();
  if (loan_) loan_->settle(status);
  return status;
}

Status Selection::fill() {
  while (loaded_ < series_.size() && samples_ < options_.samples_max) RETURN_IF_ERROR(load_batch());
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
  SeriesBatch batch(std::span<const FoundSeries>(series_).subspan(loaded_, count));
  RETURN_IF_ERROR(read_batch(batch));
  batch.sort_by_time();
  uint64_t samples = 0;
  for (const SampleColumns& columns : batch.samples()) samples += columns.size();
  std::move(batch.samples().begin(), batch.samples().end(), std::back_inserter(held_));
  loaded_ += batch.ids().size();
  samples_ += samples;
  if (samples > kBatchSamples) batch_ = std::max<size_t>(1, batch_ / 2);
  if (samples < kBatchSamples / 4) batch_ = std::min(plan_ ? kPlannedSeriesMax : kBatchSeriesMax, batch_ * 2);
  return ok_status();
}

Status Selection::read_batch(SeriesBatch& batch) {
  const ReadContext context{**loan_, options_.schema, deadline_};
  if (!plan_) return read_samples(context, range_, batch);
  ASSIGN_OR_RETURN(const uint64_t buckets, read_reduced(context, kind_, *plan_, batch));
  options_.aggregate_buckets_read.add(buckets);
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
