#include "query/series_reading.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>

namespace weir::query {
namespace {

/// How to read a series; the same for all of a selection.
struct Reader {
  const ReadingOptions& options;
  SeriesKernel kernel;

  /// `source` is a SeriesSet, of which this is the current series, or SeriesSamples.
  template <typename Source>
  Status read(Source& source, Budget& budget, SampleColumns& samples, Column& values) const {
    samples.clear();
    RETURN_IF_ERROR(source.read(samples));
    samples.align_histograms();
    RETURN_IF_ERROR(budget.read_series(samples, options.steps));
    if (options.drop_stale) drop_stale(samples);
    if (samples.size() == 0 || !samples.histograms.empty()) return {};
    values.assign(options.steps, absent());
    return kernel(samples, budget, values);
  }
};

/// Some series that follow each other, read by whoever comes first: a thread of the pool, or the one that
/// needs them.
class SeriesBatch {
 public:
  static constexpr size_t kSeriesMax = 64;

  /// Nothing is in it, and no task knows of it.
  void clear() {
    labels_.clear();
    count_ = 0;
    state_ = State::kReady;
  }
  void add(LabelsView labels, std::unique_ptr<store::SeriesSamples> samples) {
    Item& item = items_[count_++];
    item.detached = std::move(samples);
    item.labels_begin = labels_.size();
    labels_.append(labels.bytes());
    item.labels_size = labels.bytes().size();
  }
  /// Adds the next series of a set until it is full. False after the last series.
  Result<bool> fill(store::SeriesSet& set) {
    while (count_ < kSeriesMax) {
      ASSIGN_OR_RETURN(const bool more, set.next());
      if (!more) return false;
      add(set.labels(), set.detach());
    }
    return true;
  }
  bool empty() const { return count_ == 0; }
  /// As the budget counted what is done.
  uint64_t bytes() const { return bytes_; }

  /// Does nothing where another thread has begun.
  void run(const Reader& reader, Budget& budget) {
    if (!claim()) return;
    Budget own(&budget);
    Status status;
    for (size_t i = 0; i < count_ && status.ok(); ++i) {
      Item& item = items_[i];
      status = reader.read(*item.detached, own, item.samples, item.values);
    }
    bytes_ = own.reading_bytes();
    std::lock_guard lock(mutex_);
    status_ = std::move(status);
    state_ = State::kDone;
    done_.notify_all();
  }
  /// Nobody begins from now on; what has begun has ended.
  void cancel() {
    if (!claim()) wait();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    done_.wait(lock, [&] { return state_ == State::kDone; });
  }
  Status visit(SeriesReadVisitor visitor) {
    RETURN_IF_ERROR(status_);
    for (size_t i = 0; i < count_; ++i) {
      Item& item = items_[i];
      if (item.samples.size() == 0) continue;
      const auto labels = std::string_view(labels_).substr(item.labels_begin, item.labels_size);
      RETURN_IF_ERROR(visitor({LabelsView(labels), item.samples, item.values}));
    }
    return {};
  }

 private:
  enum class State { kReady, kRunning, kDone };
  struct Item {
    std::unique_ptr<store::SeriesSamples> detached;
    size_t labels_begin = 0;
    size_t labels_size = 0;
    SampleColumns samples;
    Column values;
  };

  bool claim() {
    State ready = State::kReady;
    return state_.compare_exchange_strong(ready, State::kRunning);
  }

  std::string labels_;
  std::array<Item, kSeriesMax> items_;
  size_t count_ = 0;
  uint64_t bytes_ = 0;
  Status status_;
  std::atomic<State> state_{State::kReady};
  std::mutex mutex_;
  std::condition_variable done_;
};

/// The batches of one selection that are under way, oldest first.
class Pipeline {
 public:
  Pipeline(const Reader& reader, store::SeriesSet& set, Budget& budget)
      : reader_(reader), set_(set), budget_(budget), batches_max_(2 * (reader.options.threads + 1)) {}
  ~Pipeline() {
    for (const auto& batch : batches_) batch->cancel();
  }

  /// `first`: the series that the set is at.
  Status run(std::unique_ptr<store::SeriesSamples> first, SeriesReadVisitor visit) {
    batches_.push_back(unused());
    batches_.back()->add(set_.labels(), std::move(first));
    ASSIGN_OR_RETURN(more_, batches_.back()->fill(set_));
    while (!batches_.empty()) {
      RETURN_IF_ERROR(feed());
      const std::shared_ptr<SeriesBatch> oldest = batches_.front();
      oldest->run(reader_, budget_);
      oldest->wait();
      RETURN_IF_ERROR(oldest->visit(visit));
      budget_.let_go(oldest->bytes());
      batches_.pop_front();
      spare_.push_back(oldest);
    }
    return {};
  }

 private:
  // A task holds on to its batch, and looks at nothing else before it has claimed it.
  Status feed() {
    while (more_ && batches_.size() < batches_max_) {
      const std::shared_ptr<SeriesBatch> batch = unused();
      ASSIGN_OR_RETURN(more_, batch->fill(set_));
      if (batch->empty()) return {};
      batches_.push_back(batch);
      const auto task = [batch, reader = &reader_, budget = &budget_] { batch->run(*reader, *budget); };
      // A pool that takes no task leaves the batch to this thread.
      static_cast<void>(reader_.options.pool->post(task));
    }
    return {};
  }

  // One that no task knows of any more.
  std::shared_ptr<SeriesBatch> unused() {
    const auto known = [](const std::shared_ptr<SeriesBatch>& batch) { return batch.use_count() > 1; };
    const auto at = std::find_if_not(spare_.begin(), spare_.end(), known);
    if (at == spare_.end()) return std::make_shared<SeriesBatch>();
    std::shared_ptr<SeriesBatch> found = std::move(*at);
    spare_.erase(at);
    found->clear();
    return found;
  }

  const Reader& reader_;
  store::SeriesSet& set_;
  Budget& budget_;
  const size_t batches_max_;
  bool more_ = true;
  std::deque<std::shared_ptr<SeriesBatch>> batches_;
  std::vector<std::shared_ptr<SeriesBatch>> spare_;
};

Status read_one_by_one(const Reader& reader, store::SeriesSet& set, Budget& budget, SeriesReadVisitor visit) {
  SampleColumns samples;
  Column values;
  for (bool more = true; more;) {
    const uint64_t before_bytes = budget.reading_bytes();
    RETURN_IF_ERROR(reader.read(set, budget, samples, values));
    if (samples.size() > 0) RETURN_IF_ERROR(visit({set.labels(), samples, values}));
    budget.let_go(budget.reading_bytes() - before_bytes);
    ASSIGN_OR_RETURN(more, set.next());
  }
  return {};
}

}  // namespace

void drop_stale(SampleColumns& samples) {
  if (std::none_of(samples.values.begin(), samples.values.end(), is_stale)) return;
  size_t kept = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    if (is_stale(samples.values[i])) continue;
    samples.timestamps_ms[kept] = samples.timestamps_ms[i];
    samples.values[kept] = samples.values[i];
    if (!samples.histograms.empty()) samples.histograms[kept] = samples.histograms[i];
    if (!samples.left_out.empty()) samples.left_out[kept] = samples.left_out[i];
    ++kept;
  }
  samples.truncate(kept);
}

Status read_series(store::SeriesSet& set, const ReadingOptions& options, Budget& budget, SeriesKernel kernel,
                   SeriesReadVisitor visit) {
  ASSIGN_OR_RETURN(const bool more, set.next());
  if (!more) return {};
  const Reader reader{options, kernel};
  auto first = options.pool == nullptr ? nullptr : set.detach();
  if (first == nullptr) return read_one_by_one(reader, set, budget, visit);
  return Pipeline(reader, set, budget).run(std::move(first), visit);
}

}  // namespace weir::query
