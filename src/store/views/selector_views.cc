#include "store/views/selector_views.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <shared_mutex>

#include <fmt/format.h>

#include "base/guarded.h"
#include "store/views/tenant_views.h"

namespace weir::store {

class SelectorViews::Impl {
 public:
  Impl(const Options& options, const os::Clock& clock, telemetry::Registry& registry)
      : options_(options),
        clock_(clock),
        from_memory_(reads(registry, "memory")),
        from_store_(reads(registry, "store")),
        resets_(registry.counter(
            "weir_selector_view_resets_total",
            "Views of selectors that were given up, to be read from the store again, as what had become of a "
            "write was not known to the last sample.")) {
    gauges_.push_back(registry.observe_gauge("weir_selector_views",
                                             "Selectors of rules and live queries kept in memory.", {},
                                             [this] { return static_cast<double>(budget_.views.load()); }));
    gauges_.push_back(registry.observe_gauge("weir_selector_view_bytes",
                                             "What views of selectors hold of labels and samples.", {},
                                             [this] { return static_cast<double>(budget_.bytes.load()); }));
  }

  std::unique_ptr<Hold> hold(TenantId tenant, std::vector<ViewedSelector> selectors, OnChange on_change);

  Result<std::unique_ptr<SeriesSet>> select(Store& store, TenantId tenant, const SelectRequest& request,
                                            Deadline deadline) {
    const auto views = find(tenant);
    if (views == nullptr) return store.select(tenant, request, deadline);
    auto selected = views->select(store, request, deadline);
    RETURN_IF_ERROR(selected);
    (*selected == nullptr ? from_store_ : from_memory_).add();
    if (*selected == nullptr) return store.select(tenant, request, deadline);
    return selected;
  }

  uint64_t generation() const { return generation_.load(); }

  void committed(const Commit& commit, const Result<CommitReport>& report, uint64_t generation) {
    if (budget_.views.load() == 0) return;
    const bool all_appended = report.ok() && report->duplicates + report->conflicts + report->too_old == 0;
    TenantViews::Changes changes;
    for (size_t begin = 0; begin < commit.records.size();) {
      size_t end = begin + 1;
      while (end < commit.records.size() && commit.records[end].tenant == commit.records[begin].tenant) ++end;
      if (const auto views = find(commit.records[begin].tenant)) {
        resets_.add(views->committed(
            commit.records.subspan(begin, end - begin),
            [&] { return all_appended && generation_.load() == generation; }, changes));
      }
      begin = end;
    }
    for (const auto& [on_change, newest_ms] : changes) (*on_change)(newest_ms);
  }

  void erased(TenantId tenant) {
    const auto views = find(tenant);
    if (views == nullptr) {
      ++generation_;
    } else {
      views->reset([this] { ++generation_; });
    }
  }

 private:
  using Tenants = absl::flat_hash_map<TenantId, std::shared_ptr<TenantViews>>;

  static telemetry::Counter& reads(telemetry::Registry& registry, const char* from) {
    return registry.counter("weir_selector_view_reads_total",
                            "Reads of rules and live queries whose selector is to have a view, by where they "
                            "were answered from.",
                            {{"from", from}});
  }
  std::shared_ptr<TenantViews> find(TenantId tenant) const {
    return tenants_.read([&](const Tenants& tenants) -> std::shared_ptr<TenantViews> {
      const auto found = tenants.find(tenant);
      return found == tenants.end() ? nullptr : found->second;
    });
  }

  const Options options_;
  const os::Clock& clock_;
  telemetry::Counter& from_memory_;
  telemetry::Counter& from_store_;
  telemetry::Counter& resets_;
  std::atomic<uint64_t> generation_{0};  // of deletions
  TenantViews::Budget budget_{options_.bytes_max, options_.retry, clock_};
  SharedGuarded<Tenants> tenants_;
  std::vector<std::unique_ptr<telemetry::Registry::Handle>> gauges_;
};

namespace {

class TenantHold : public SelectorViews::Hold {
 public:
  TenantHold(std::shared_ptr<TenantViews> views, uint64_t number)
      : views_(std::move(views)), number_(number) {}
  ~TenantHold() override { views_->release(number_); }

 private:
  const std::shared_ptr<TenantViews> views_;
  const uint64_t number_;
};

}  // namespace

std::unique_ptr<SelectorViews::Hold> SelectorViews::Impl::hold(TenantId tenant,
                                                               std::vector<ViewedSelector> selectors,
                                                               OnChange on_change) {
  const bool fits = std::ranges::all_of(selectors, [&](const ViewedSelector& selector) {
    return selector.range_ms <= options_.range_ms_max && !all_match_absent(selector.matchers);
  });
  if (!fits || selectors.empty() || options_.bytes_max == 0) return nullptr;
  const auto views = tenants_.with([&](Tenants& tenants) {
    auto& of = tenants[tenant];
    if (of == nullptr) of = std::make_shared<TenantViews>(tenant, budget_);
    return of;
  });
  const uint64_t number = views->hold(std::move(selectors), std::move(on_change));
  return std::make_unique<TenantHold>(views, number);
}

SelectorViews::SelectorViews(const Options& options, const os::Clock& clock, telemetry::Registry& registry)
    : impl_(std::make_unique<Impl>(options, clock, registry)) {}
SelectorViews::~SelectorViews() = default;

std::unique_ptr<SelectorViews::Hold> SelectorViews::hold(TenantId tenant,
                                                         std::vector<ViewedSelector> selectors,
                                                         OnChange on_change) {
  return impl_->hold(tenant, std::move(selectors), std::move(on_change));
}
Result<std::unique_ptr<SeriesSet>> SelectorViews::select(Store& store, TenantId tenant,
                                                         const SelectRequest& request, Deadline deadline) {
  return impl_->select(store, tenant, request, deadline);
}
uint64_t SelectorViews::generation() const {
  return impl_->generation();
}
void SelectorViews::committed(const Commit& commit, const Result<CommitReport>& report, uint64_t generation) {
  impl_->committed(commit, report, generation);
}
void SelectorViews::erased(TenantId tenant) {
  impl_->erased(tenant);
}

}  // namespace weir::store
