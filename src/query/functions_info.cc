#include <algorithm>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "query/function_list.h"
#include "query/info_reference.h"
#include "query/label_sets.h"

// `info(v, {matchers})`: the series of `v` with labels of the info series that describe the same target.
namespace weir::query {
namespace {

// What tells that an info series is about the target of another series.
const std::vector<std::string>& identifying_labels() {
  static const std::vector<std::string> names = {"instance", "job"};
  return names;
}

Labels target_of(LabelsView labels) {
  return keep_labels(labels, identifying_labels());
}

bool is_metric_label(std::string_view name) {
  return std::find(kMetricLabels.begin(), kMetricLabels.end(), name) != kMetricLabels.end();
}

/// What the second argument says: which info metrics, and which of their labels.
struct Wanted {
  std::vector<Matcher> names;
  std::vector<Matcher> data;

  bool takes(std::string_view label) const {
    return data.empty() || std::any_of(data.begin(), data.end(),
                                       [&](const Matcher& matcher) { return matcher.name() == label; });
  }
  bool is_info_metric(std::string_view name) const {
    return std::all_of(names.begin(), names.end(),
                       [&](const Matcher& matcher) { return matcher.matches(name); });
  }
};

// Without a matcher that says what the name is: `target_info`; with such as say what it is not: `.+_info`.
Result<Wanted> wanted_by(const Call& call) {
  Wanted wanted;
  if (call.args.size() > 1) {
    for (const Matcher& matcher : call.args[1]->as<VectorSelector>()->matchers) {
      (matcher.name() == kMetricName ? wanted.names : wanted.data).push_back(matcher);
    }
  }
  const bool named = std::any_of(wanted.names.begin(), wanted.names.end(), [](const Matcher& matcher) {
    return matcher.op() == MatchOp::kEqual || matcher.op() == MatchOp::kRegex;
  });
  if (named) return wanted;
  if (wanted.names.empty()) {
    wanted.names.push_back(Matcher::equal(std::string(kMetricName), "target_info"));
    return wanted;
  }
  ASSIGN_OR_RETURN(Matcher infos, Matcher::create(MatchOp::kRegex, std::string(kMetricName), ".+_info"));
  wanted.names.push_back(std::move(infos));
  return wanted;
}

/// The info series of one metric about one target, and which of them is in force at each step: the one whose
/// sample is newest.
struct InfoGroup {
  std::vector<const Series*> series;
  std::vector<const Series*> in_force;
};

/// By target, and then by the name of the info metric.
using InfoGroups =
    absl::flat_hash_map<Labels, std::map<std::string, InfoGroup, std::less<>>, LabelsHash, LabelsEqual>;

Error duplicate_info(const Series& existing, const Series& added, double time_s) {
  const auto time_ms = static_cast<TimestampMs>(time_s * 1000);
  return failed_precondition(
      fmt::format("found duplicate series for info metric: existing {} @ {}, new {} @ {}",
                  label_text(existing.labels), time_ms, label_text(added.labels), time_ms));
}

/// Joins the series of a vector with info series.
class Enrichment {
 public:
  Enrichment(Evaluation& evaluation, Wanted wanted, const Steps& steps)
      : evaluation_(evaluation), wanted_(std::move(wanted)), steps_(steps) {}

  Result<Vector> run(const Vector& base, const TimeShift& reference) {
    RETURN_IF_ERROR(find_infos(base, reference));
    for (const Series& series : base) {
      RETURN_IF_ERROR(evaluation_.budget().work(steps_.count));
      RETURN_IF_ERROR(is_info(series) ? add_as_it_is(series) : add_enriched(series));
    }
    return std::move(out_);
  }

 private:
  bool is_info(const Series& series) const { return wanted_.is_info_metric(series.labels.view().metric()); }

  // The values of `infos_` are when their samples were taken.
  Status find_infos(const Vector& base, const TimeShift& reference) {
    absl::flat_hash_set<Labels, LabelsHash, LabelsEqual> targets;
    for (const Series& series : base) {
      Labels target = target_of(series.labels);
      if (!is_info(series) && !target.view().empty()) targets.insert(std::move(target));
    }
    if (targets.empty()) return {};
    VectorSelector selector;
    selector.matchers = wanted_.names;
    selector.matchers.insert(selector.matchers.end(), wanted_.data.begin(), wanted_.data.end());
    if (targets.size() == 1) {
      for (const std::string& name : identifying_labels()) {
        selector.matchers.push_back(Matcher::equal(name, std::string(targets.begin()->view().get(name))));
      }
    }
    selector.shift = reference;
    ASSIGN_OR_RETURN(infos_, evaluation_.sample_times(selector, steps_, true));
    if (std::ranges::any_of(infos_, &Series::has_histograms))
      return failed_precondition("info sample should be float");
    for (const Series& info : infos_) {
      Labels target = target_of(info.labels);
      if (!targets.contains(target)) continue;
      groups_[std::move(target)][std::string(info.labels.view().metric())].series.push_back(&info);
    }
    for (auto& [target, by_name] : groups_) {
      for (auto& [name, group] : by_name) RETURN_IF_ERROR(put_in_force(group));
    }
    return {};
  }

  Status put_in_force(InfoGroup& group) {
    group.in_force.assign(steps_.count, nullptr);
    for (const Series* info : group.series) {
      RETURN_IF_ERROR(evaluation_.budget().work(steps_.count));
      for (size_t step = 0; step < steps_.count; ++step) {
        const double time_s = info->values[step];
        if (is_absent(time_s)) continue;
        const Series*& chosen = group.in_force[step];
        if (chosen != nullptr && chosen->values[step] == time_s)
          return duplicate_info(*chosen, *info, time_s);
        if (chosen == nullptr || chosen->values[step] < time_s) chosen = info;
      }
    }
    return {};
  }

  Status add_as_it_is(const Series& series) {
    for (size_t step = 0; step < steps_.count; ++step) {
      if (!is_absent(series.values[step])) RETURN_IF_ERROR(put(series.labels, step, series.point(step)));
    }
    return {};
  }

  Status add_enriched(const Series& series) {
    const auto groups = groups_.find(target_of(series.labels));
    std::vector<const Series*> infos;
    std::vector<const Series*> infos_before;
    std::optional<Labels> labels;
    for (size_t step = 0; step < steps_.count; ++step) {
      if (is_absent(series.values[step])) continue;
      infos.clear();
      if (groups != groups_.end()) {
        for (const auto& [name, group] : groups->second) {
          if (group.in_force[step] != nullptr) infos.push_back(group.in_force[step]);
        }
      }
      if (infos.empty() && !all_match_absent(wanted_.data)) continue;
      if (!labels || infos != infos_before) {
        ASSIGN_OR_RETURN(labels, joined(series.labels, infos));
        infos_before = infos;
      }
      RETURN_IF_ERROR(put(*labels, step, series.point(step)));
    }
    return {};
  }

  // Labels that the series has stay as they are.
  Result<std::optional<Labels>> joined(LabelsView labels, const std::vector<const Series*>& infos) const {
    Labels out(labels);
    std::map<std::string_view, std::string_view> added;
    for (const Series* info : infos) {
      for (const Label& label : info->labels.view()) {
        if (is_metric_label(label.name) || !wanted_.takes(label.name)) continue;
        const auto [at, is_new] = added.try_emplace(label.name, label.value);
        if (!is_new && at->second != label.value) {
          return failed_precondition(fmt::format("conflicting label: {}", label.name));
        }
      }
    }
    for (const auto& [name, value] : added) {
      if (labels.get(name).empty()) out = set_label(out, name, value);
    }
    return std::optional(std::move(out));
  }

  Status put(const Labels& labels, size_t step, Point point) {
    const auto [at, is_new] = index_.try_emplace(labels, out_.size());
    if (is_new) {
      RETURN_IF_ERROR(evaluation_.budget().hold(out_.size() + 1, steps_.count));
      out_.push_back({labels, Column(steps_.count, absent())});
    }
    Series& series = out_[at->second];
    if (!is_absent(series.values[step])) {
      return failed_precondition("vector cannot contain metrics with the same labelset");
    }
    series.put(step, std::move(point));
    return {};
  }

  Evaluation& evaluation_;
  const Wanted wanted_;
  const Steps& steps_;
  Vector infos_;
  InfoGroups groups_;
  Vector out_;
  absl::flat_hash_map<Labels, size_t, LabelsHash, LabelsEqual> index_;
};

}  // namespace

Result<Value> call_info(Evaluation& evaluation, const Call& call, const Steps& steps) {
  ASSIGN_OR_RETURN(Wanted wanted, wanted_by(call));
  ASSIGN_OR_RETURN(const Vector base, evaluation.vector(*call.args[0], steps));
  const TimeShift reference = info_reference(evaluation, *call.args[0]);
  ASSIGN_OR_RETURN(Vector out, Enrichment(evaluation, std::move(wanted), steps).run(base, reference));
  return Value(std::move(out));
}

}  // namespace weir::query
