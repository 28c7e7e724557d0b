#include "rules/backtest/overlay_store.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace weir::rules::backtest {
namespace {

using store::SeriesSet;

/// Series of a store without those that rules may make, and those that they have made, in the order of
/// labels. No series is in both.
class MergedSet : public SeriesSet {
 public:
  /// `base` may be null: then there are made ones alone.
  MergedSet(std::unique_ptr<SeriesSet> base, const RuleOutputs& outputs,
            std::vector<MadeSeries::Selected> made)
      : base_(std::move(base)), outputs_(outputs), made_(std::move(made)) {}

  Result<bool> next() override {
    if (current_ == Source::kMade) {
      ++made_at_;
    } else {
      RETURN_IF_ERROR(advance_base());
    }
    const bool has_made = made_at_ < made_.size();
    if (!has_base_ && !has_made) return false;
    const bool made_first = has_made && (!has_base_ || made_[made_at_].labels < base_->labels());
    current_ = made_first ? Source::kMade : Source::kBase;
    return true;
  }
  LabelsView labels() const override {
    return current_ == Source::kMade ? made_[made_at_].labels : base_->labels();
  }
  Status read(SampleColumns& out) override {
    if (current_ == Source::kBase) return base_->read(out);
    const MadeSeries::Selected& series = made_[made_at_];
    for (size_t i = series.begin; i < series.end; ++i) {
      if (HistogramPtr histogram = series.samples->histogram(i)) {
        out.push_back(series.samples->timestamps_ms[i], std::move(histogram));
      } else {
        out.push_back(series.samples->timestamps_ms[i], series.samples->values[i]);
      }
    }
    out.align_histograms();
    return {};
  }
  // A set detaches all of its series or none, and made ones are read here.
  std::unique_ptr<store::SeriesSamples> detach() override {
    return made_.empty() && base_ != nullptr ? base_->detach() : nullptr;
  }
  std::optional<uint64_t> series_about() const override {
    if (base_ == nullptr) return made_.size();
    const auto of_base = base_->series_about();
    return of_base ? std::optional(*of_base + made_.size()) : std::nullopt;
  }

 private:
  enum class Source { kBase, kMade };

  Status advance_base() {
    has_base_ = false;
    while (base_ != nullptr) {
      ASSIGN_OR_RETURN(has_base_, base_->next());
      if (!has_base_) base_.reset();
      if (!has_base_ || !outputs_.contain(base_->labels())) break;
    }
    return {};
  }

  std::unique_ptr<SeriesSet> base_;
  const RuleOutputs& outputs_;
  std::vector<MadeSeries::Selected> made_;
  size_t made_at_ = 0;
  Source current_ = Source::kBase;  // before the first one, too: it moves on
  bool has_base_ = false;
};

}  // namespace

Result<std::unique_ptr<SeriesSet>> OverlayStore::select(TenantId tenant, const store::SelectRequest& request,
                                                        Deadline deadline) {
  if (!outputs_.meet(request.matchers)) return base_.select(tenant, request, deadline);
  std::vector<MadeSeries::Selected> made = made_.select(request.matchers, request.range);
  if (made.size() > request.series_max)
    return resource_exhausted(fmt::format("select: more than {} series match", request.series_max));
  std::unique_ptr<SeriesSet> base;
  if (!outputs_.cover(request.matchers)) {
    store::SelectRequest rest = request;
    rest.series_max -= made.size();
    ASSIGN_OR_RETURN(base, base_.select(tenant, rest, deadline));
  }
  return std::unique_ptr<SeriesSet>(std::make_unique<MergedSet>(std::move(base), outputs_, std::move(made)));
}

Result<std::vector<Labels>> OverlayStore::series(TenantId tenant, const store::LabelRequest& request,
                                                 Deadline deadline) {
  ASSIGN_OR_RETURN(std::vector<Labels> all, base_.series(tenant, request, deadline));
  std::erase_if(all, [this](const Labels& labels) { return outputs_.contain(labels); });
  for (const MadeSeries::Selected& series : made_.select(request.matchers, request.range))
    all.emplace_back(series.labels);
  std::ranges::sort(all);
  if (all.size() > request.limit) all.resize(request.limit);
  return all;
}

}  // namespace weir::rules::backtest
