#include "store/memory/memory_store.h"

#include <algorithm>
#include <bit>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/hash.h"

namespace weir::store {
namespace {

std::vector<std::string> first_of(const std::set<std::string>& all, uint64_t limit) {
  std::vector<std::string> out;
  for (const std::string& text : all) {
    if (out.size() == limit) break;
    out.push_back(text);
  }
  return out;
}

struct Selected {
  Labels labels;
  SampleColumns samples;
};

class Set : public SeriesSet {
 public:
  explicit Set(std::vector<Selected> series) : series_(std::move(series)) {}
  Result<bool> next() override {
    ++position_;
    return position_ <= series_.size();
  }
  LabelsView labels() const override { return series_[position_ - 1].labels; }
  Status read(SampleColumns& out) override {
    append(series_[position_ - 1].samples, out);
    return {};
  }
  std::unique_ptr<SeriesSamples> detach() override {
    return std::make_unique<Detached>(series_[position_ - 1].samples);
  }
  std::optional<uint64_t> series_about() const override { return series_.size(); }

 private:
  class Detached : public SeriesSamples {
   public:
    explicit Detached(const SampleColumns& samples) : samples_(samples) {}
    Status read(SampleColumns& out) override {
      append(samples_, out);
      return {};
    }

   private:
    const SampleColumns& samples_;
  };
  static void append(const SampleColumns& samples, SampleColumns& out) {
    out.timestamps_ms.insert(out.timestamps_ms.end(), samples.timestamps_ms.begin(),
                             samples.timestamps_ms.end());
    out.values.insert(out.values.end(), samples.values.begin(), samples.values.end());
    out.histograms.insert(out.histograms.end(), samples.histograms.begin(), samples.histograms.end());
  }

  std::vector<Selected> series_;
  size_t position_ = 0;  // one past the current series
};

}  // namespace

Result<Lease> MemoryStore::acquire(PartitionId partition, Deadline) {
  std::lock_guard lock(mutex_);
  Partition& state = partitions_[partition];
  state.epoch = Epoch(state.epoch.value() + 1);
  return Lease{partition, state.epoch, state.next};
}

Result<Offset> MemoryStore::visible_offset(PartitionId partition) {
  std::lock_guard lock(mutex_);
  return partitions_[partition].next;
}

Result<std::unique_ptr<SeriesSet>> MemoryStore::select(TenantId tenant, const SelectRequest& request,
                                                       Deadline) {
  if (all_match_absent(request.matchers)) {
    return invalid_argument("select: no matcher excludes the empty string");
  }
  std::lock_guard lock(mutex_);
  std::vector<Selected> selected;
  for (const auto& [labels, samples] : tenants_[tenant]) {
    if (!all_match(request.matchers, labels)) continue;
    SampleColumns columns = in_range(samples, request.range);
    if (columns.size() == 0) continue;
    if (selected.size() == request.series_max) {
      return resource_exhausted(fmt::format("select: more than {} series match", request.series_max));
    }
    selected.push_back({labels, std::move(columns)});
  }
  return std::unique_ptr<SeriesSet>(std::make_unique<Set>(std::move(selected)));
}

Result<std::vector<SeriesExemplars>> MemoryStore::exemplars(TenantId tenant, const ExemplarRequest& request,
                                                            Deadline) {
  std::vector<SeriesExemplars> all;
  uint64_t count = 0;
  std::lock_guard lock(mutex_);
  for (const auto& [labels, exemplars] : exemplars_[tenant]) {
    const auto accepts = [&labels = labels](const auto& matchers) { return all_match(matchers, labels); };
    if (std::ranges::any_of(request.selectors,
                            [](const auto& matchers) { return all_match_absent(matchers); }))
      return invalid_argument("exemplars: no matcher excludes the empty string");
    if (std::ranges::none_of(request.selectors, accepts)) continue;
    SeriesExemplars found{labels, {}};
    found.exemplars.add_range(exemplars, request.range.mint_ms, request.range.maxt_ms);
    count += found.exemplars.size();
    if (!found.exemplars.empty()) all.push_back(std::move(found));
  }
  if (count > request.exemplars_max)
    return resource_exhausted(fmt::format("exemplars: more than {} match", request.exemplars_max));
  return all;
}

Result<uint64_t> MemoryStore::fingerprint(TenantId tenant, TimeRange range, Deadline) {
  if (range.mint_ms > range.maxt_ms) return 0;
  std::lock_guard lock(mutex_);
  uint64_t newest = 0;
  const auto& hours = hours_[tenant];
  for (auto hour = hours.lower_bound(range.mint_ms / kHourMs);
       hour != hours.end() && hour->first <= range.maxt_ms / kHourMs; ++hour) {
    newest = std::max(newest, hour->second);
  }
  return stable_hash(std::to_string(newest), salt_);
}

Result<std::vector<std::string>> MemoryStore::label_names(TenantId tenant, const LabelRequest& request,
                                                          Deadline) {
  std::set<std::string> names;
  for (const Labels& labels : matching(tenant, request)) {
    for (const Label& label : labels.view()) names.emplace(label.name);
  }
  return first_of(names, request.limit);
}

Result<std::vector<std::string>> MemoryStore::label_values(TenantId tenant, std::string_view name,
                                                           const LabelRequest& request, Deadline) {
  std::set<std::string> values;
  for (const Labels& labels : matching(tenant, request)) {
    if (const std::string_view value = labels.view().get(name); !value.empty()) values.emplace(value);
  }
  return first_of(values, request.limit);
}

Result<std::vector<Labels>> MemoryStore::series(TenantId tenant, const LabelRequest& request, Deadline) {
  std::vector<Labels> all = matching(tenant, request);
  if (all.size() > request.limit) all.resize(request.limit);
  return all;
}

Result<EraseReport> MemoryStore::erase(TenantId tenant, std::span<const Matcher> matchers, TimeRange range,
                                       Deadline) {
  if (all_match_absent(matchers)) {
    return invalid_argument("erase: no matcher excludes the empty string");
  }
  EraseReport report;
  std::lock_guard lock(mutex_);
  for (auto& [labels, samples] : tenants_[tenant]) {
    if (all_match(matchers, labels) && erase_samples(tenant, samples, range)) ++report.series;
  }
  std::erase_if(tenants_[tenant], [](const auto& entry) { return entry.second.empty(); });
  for (auto& [labels, exemplars] : exemplars_[tenant]) {
    if (all_match(matchers, labels)) exemplars.erase(range.mint_ms, range.maxt_ms);
  }
  return report;
}

Result<StoreStatus> MemoryStore::status() const {
  std::lock_guard lock(mutex_);
  StoreStatus status;
  bool first = true;
  for (const auto& [tenant, series] : tenants_) {
    status.active_series += series.size();
    for (const auto& [labels, samples] : series) {
      status.head_samples += samples.size();
      status.mint_ms = first ? samples.begin()->first : std::min(status.mint_ms, samples.begin()->first);
      status.maxt_ms = first ? samples.rbegin()->first : std::max(status.maxt_ms, samples.rbegin()->first);
      first = false;
    }
  }
  status.head_bytes = status.head_samples * sizeof(Sample);
  return status;
}

void MemoryStore::append(TenantId tenant, const Labels& labels, TimestampMs timestamp_ms, double value) {
  std::lock_guard lock(mutex_);
  tenants_[tenant][labels].try_emplace(timestamp_ms, Value{value, nullptr});
  hours_[tenant][timestamp_ms / kHourMs] = ++changes_;
}

bool MemoryStore::Value::same_as(const Value& other) const {
  if (histogram == nullptr || other.histogram == nullptr) {
    return histogram == other.histogram &&
           std::bit_cast<uint64_t>(number) == std::bit_cast<uint64_t>(other.number);
  }
  return *histogram == *other.histogram;
}

Result<CommitReport> MemoryStore::apply(const Commit& commit) {
  std::lock_guard lock(mutex_);
  Partition& partition = partitions_[commit.lease.partition];
  if (commit.lease.epoch != partition.epoch) {
    return too_old(fmt::format("partition {}: epoch {} was followed by {}", commit.lease.partition.value(),
                               commit.lease.epoch.value(), partition.epoch.value()));
  }
  CommitReport report;
  for (const AppliedRecord& record : commit.records) apply_record(record, report);
  partition.next = std::max(partition.next, commit.next);
  return report;
}

void MemoryStore::apply_record(const AppliedRecord& record, CommitReport& report) {
  const Batch& batch = *record.batch;
  for (size_t s = 0; s < record.series_count(); ++s) {
    const Batch::Series& series = record.series(s);
    const auto timestamps_ms = batch.timestamps_ms(series);
    const auto histogram_times_ms = batch.histogram_times_ms(series);
    for (size_t i = 0; i < series.exemplar_count; ++i) {
      ExemplarColumns& exemplars = exemplars_[record.tenant][Labels(batch.labels(series))];
      report.exemplars += exemplars.insert(batch.exemplar(series, i)) ? 1 : 0;
    }
    if (timestamps_ms.empty() && histogram_times_ms.empty()) continue;
    auto [at, created] = tenants_[record.tenant].try_emplace(Labels(batch.labels(series)));
    if (created) ++report.new_series;
    for (size_t i = 0; i < timestamps_ms.size(); ++i) {
      const Value value{batch.values(series)[i], nullptr};
      if (is_replace_mark(value.number)) continue;
      const auto stored = at->second.find(timestamps_ms[i]);
      if (stored != at->second.end() && batch.replaces(series, i) && !stored->second.same_as(value))
        at->second.erase(stored);
      add_sample(at->second, timestamps_ms[i], value, report);
      hours_[record.tenant][timestamps_ms[i] / kHourMs] = ++changes_;
    }
    for (size_t i = 0; i < histogram_times_ms.size(); ++i) {
      const Histogram& histogram = batch.histograms(series)[i];
      add_sample(at->second, histogram_times_ms[i],
                 {histogram.sum, std::make_shared<const Histogram>(histogram)}, report);
      hours_[record.tenant][histogram_times_ms[i] / kHourMs] = ++changes_;
    }
  }
}

void MemoryStore::add_sample(Samples& samples, TimestampMs timestamp_ms, const Value& value,
                             CommitReport& report) {
  const auto [at, added] = samples.try_emplace(timestamp_ms, value);
  if (added) {
    ++report.appended;
  } else if (at->second.same_as(value)) {
    ++report.duplicates;
  } else {
    ++report.conflicts;
  }
}

bool MemoryStore::erase_samples(TenantId tenant, Samples& samples, const TimeRange& range) {
  const auto begin = samples.lower_bound(range.mint_ms);
  auto at = begin;
  for (; at != samples.end() && at->first <= range.maxt_ms; ++at)
    hours_[tenant][at->first / kHourMs] = ++changes_;
  const bool any = at != begin;
  samples.erase(begin, at);
  return any;
}

SampleColumns MemoryStore::in_range(const Samples& samples, const TimeRange& range) {
  SampleColumns columns;
  for (auto at = samples.lower_bound(range.mint_ms); at != samples.end() && at->first <= range.maxt_ms;
       ++at) {
    if (at->second.histogram != nullptr) {
      columns.push_back(at->first, at->second.histogram);
    } else {
      columns.push_back(at->first, at->second.number);
    }
  }
  columns.align_histograms();
  return columns;
}

std::vector<Labels> MemoryStore::matching(TenantId tenant, const LabelRequest& request) {
  std::lock_guard lock(mutex_);
  std::vector<Labels> found;
  for (const auto& [labels, samples] : tenants_[tenant]) {
    if (!all_match(request.matchers, labels)) continue;
    const auto at = samples.lower_bound(request.range.mint_ms);
    if (at != samples.end() && at->first <= request.range.maxt_ms) found.push_back(labels);
  }
  return found;
}

}  // namespace weir::store
