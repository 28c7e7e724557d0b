#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "query/buckets.h"
#include "query/function_list.h"
#include "query/histogram_statistics.h"
#include "query/label_sets.h"
#include "query/literals.h"
#include "query/notes.h"

namespace weir::query {
namespace {

constexpr std::string_view kBound = "le";

struct Member {
  double upper_bound;
  size_t series;
};

/// The buckets of one classic histogram: series that differ only in `le`, ascending.
struct ClassicHistogram {
  Labels labels;
  std::vector<Member> members;

  bool has_bucket(const Vector& vector, size_t step) const {
    return std::ranges::any_of(members, [&](const Member& member) {
      const Series& series = vector[member.series];
      return !is_absent(series.values[step]) && series.histogram(step) == nullptr;
    });
  }
};

struct NativeHistogram {
  size_t series;
  std::optional<size_t> classic;  ///< The classic histogram of the same labels.
};

/// The histograms of a vector.
struct Histograms {
  std::vector<ClassicHistogram> classic;
  std::vector<NativeHistogram> native;
};

Histograms histograms(Evaluation& evaluation, const Expr& expr, const Vector& vector) {
  absl::flat_hash_map<Labels, size_t, LabelsHash, LabelsEqual> index;
  Histograms out;
  for (size_t i = 0; i < vector.size(); ++i) {
    if (vector[i].has_histograms()) out.native.push_back({i, std::nullopt});
    if (vector[i].has_histograms() && !has_doubles(vector[i])) continue;
    const std::string_view bound = vector[i].labels.view().get(kBound);
    const auto upper_bound = parse_label_float(bound);
    if (!upper_bound || std::isnan(*upper_bound)) {
      evaluation.warn(
          expr, fmt::format("bucket label \"le\" is missing or has a malformed value of {}", quote(bound)));
      continue;
    }
    const Labels key = set_label(vector[i].labels, kBound, "");
    const auto [at, is_new] = index.try_emplace(key, out.classic.size());
    if (is_new) out.classic.push_back({drop_metric(key), {}});
    out.classic[at->second].members.push_back({*upper_bound, i});
  }
  for (ClassicHistogram& histogram : out.classic) {
    std::stable_sort(histogram.members.begin(), histogram.members.end(),
                     [](const Member& a, const Member& b) { return a.upper_bound < b.upper_bound; });
  }
  for (NativeHistogram& native : out.native) {
    const auto at = index.find(vector[native.series].labels);
    if (at != index.end()) native.classic = at->second;
  }
  return out;
}

/// What is asked of each histogram, by steps.
struct Question {
  absl::FunctionRef<double(size_t step, std::span<Bucket> buckets)> classic;
  absl::FunctionRef<Estimate(size_t step, const Histogram& histogram)> native;
  Note decided_by_nan;
  Note skewed_by_nan;
};

/// Asks the histograms of one vector.
class Inquiry {
 public:
  Inquiry(Evaluation& evaluation, const Expr& expr, const Vector& vector, const Steps& steps)
      : budget_(evaluation.budget()),
        notes_(evaluation, expr),
        vector_(vector),
        steps_(steps.count),
        histograms_(histograms(evaluation, expr, vector)) {
    find_conflicts();
  }

  /// Adds a series for each histogram, also where it never has a value.
  Status ask(const Question& question, Vector& out) {
    RETURN_IF_ERROR(
        budget_.hold(out.size() + histograms_.native.size() + histograms_.classic.size(), steps_));
    for (const NativeHistogram& native : histograms_.native)
      RETURN_IF_ERROR(ask_native(question, native, out));
    for (size_t i = 0; i < histograms_.classic.size(); ++i) RETURN_IF_ERROR(ask_classic(question, i, out));
    return {};
  }

 private:
  // Where a histogram is there in both forms, neither is looked at.
  void find_conflicts() {
    for (const NativeHistogram& native : histograms_.native) {
      if (!native.classic) continue;
      std::vector<bool>& conflicts = conflicts_[*native.classic];
      conflicts.resize(steps_);
      for (size_t step = 0; step < steps_; ++step) {
        if (vector_[native.series].histogram(step) == nullptr) continue;
        conflicts[step] = histograms_.classic[*native.classic].has_bucket(vector_, step);
        notes_.add_if(conflicts[step], Note::kMixedClassicNative);
      }
    }
  }

  bool in_conflict(std::optional<size_t> classic, size_t step) const {
    if (!classic) return false;
    const auto at = conflicts_.find(*classic);
    return at != conflicts_.end() && at->second[step];
  }

  Status ask_native(const Question& question, const NativeHistogram& native, Vector& out) {
    const Series& series = vector_[native.series];
    Column values(steps_, absent());
    for (size_t step = 0; step < steps_; ++step) {
      const Histogram* histogram = series.histogram(step);
      if (histogram == nullptr || in_conflict(native.classic, step)) continue;
      RETURN_IF_ERROR(budget_.work(histogram->positive_buckets.size() + histogram->negative_buckets.size()));
      const Estimate estimate = question.native(step, *histogram);
      notes_.add_if(estimate.nan == NanEffect::kDecides, question.decided_by_nan);
      notes_.add_if(estimate.nan == NanEffect::kSkews, question.skewed_by_nan);
      values[step] = estimate.value;
    }
    out.push_back({drop_metric(series.labels), std::move(values)});
    return {};
  }

  Status ask_classic(const Question& question, size_t classic, Vector& out) {
    const ClassicHistogram& histogram = histograms_.classic[classic];
    RETURN_IF_ERROR(budget_.work(histogram.members.size() * steps_));
    Column values(steps_, absent());
    std::vector<Bucket> buckets;
    for (size_t step = 0; step < steps_; ++step) {
      buckets.clear();
      for (const Member& member : histogram.members) {
        const Series& series = vector_[member.series];
        if (!is_absent(series.values[step]) && series.histogram(step) == nullptr)
          buckets.push_back({member.upper_bound, series.values[step]});
      }
      if (!buckets.empty() && !in_conflict(classic, step)) values[step] = question.classic(step, buckets);
    }
    out.push_back({histogram.labels, std::move(values)});
    return {};
  }

  Budget& budget_;
  Notes notes_;
  const Vector& vector_;
  const size_t steps_;
  const Histograms histograms_;
  absl::flat_hash_map<size_t, std::vector<bool>> conflicts_;  // by classic histogram
};

Result<Value> finish(Vector out) {
  drop_empty(out);
  RETURN_IF_ERROR(merge_equal_labels(out));
  return Value(std::move(out));
}

Status ask_quantile(Inquiry& inquiry, const Column& q, const Steps& steps, Mendings& mendings, Vector& out) {
  const auto classic = [&](size_t step, std::span<Bucket> buckets) {
    Falls falls;
    const double value = bucket_quantile(q[step], buckets, falls);
    mendings.add(falls, steps.at(step));
    return value;
  };
  const auto native = [&](size_t step, const Histogram& histogram) {
    return histogram_quantile(q[step], histogram);
  };
  return inquiry.ask({classic, native, Note::kQuantileOfNan, Note::kQuantileSkewed}, out);
}

// As OpenMetrics writes it: with a point, that is.
std::string quantile_text(double q) {
  if (q == 0) return "0.0";  // also below zero
  std::string text = format_general(q);
  if (std::isfinite(q) && text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

// Each step's values go to the series that has the quantile of that step in its label.
Status label_quantiles(const Vector& values, const Column& q, const std::string& label, Vector& out) {
  for (const Series& series : values) {
    for (size_t step = 0; step < q.size();) {
      size_t end = step + 1;
      while (end < q.size() && (q[end] == q[step] || (std::isnan(q[end]) && std::isnan(q[step])))) ++end;
      Series part{set_label(series.labels, label, quantile_text(q[step])), Column(q.size(), absent())};
      std::copy(series.values.begin() + static_cast<std::ptrdiff_t>(step),
                series.values.begin() + static_cast<std::ptrdiff_t>(end),
                part.values.begin() + static_cast<std::ptrdiff_t>(step));
      out.push_back(std::move(part));
      step = end;
    }
  }
  drop_empty(out);
  return merge_equal_labels(out);
}

}  // namespace

Result<Value> call_histogram_quantile(Evaluation& evaluation, const Call& call, const Steps& steps) {
  ASSIGN_OR_RETURN(const Column q, evaluation.scalar(*call.args[0], steps));
  warn_of_quantiles(evaluation, *call.args[0], q);
  ASSIGN_OR_RETURN(const Vector vector, evaluation.vector(*call.args[1], steps));
  Inquiry inquiry(evaluation, *call.args[1], vector, steps);
  Mendings mendings;
  Vector out;
  RETURN_IF_ERROR(ask_quantile(inquiry, q, steps, mendings, out));
  if (mendings.any()) evaluation.inform(*call.args[1], mendings.note());
  return finish(std::move(out));
}

Result<Value> call_histogram_quantiles(Evaluation& evaluation, const Call& call, const Steps& steps) {
  ASSIGN_OR_RETURN(const Vector vector, evaluation.vector(*call.args[0], steps));
  Inquiry inquiry(evaluation, *call.args[0], vector, steps);
  Mendings mendings;
  Vector out;
  for (size_t i = 2; i < call.args.size(); ++i) {
    ASSIGN_OR_RETURN(const Column q, evaluation.scalar(*call.args[i], steps));
    warn_of_quantiles(evaluation, *call.args[i], q);
    Vector values;
    RETURN_IF_ERROR(ask_quantile(inquiry, q, steps, mendings, values));
    RETURN_IF_ERROR(evaluation.budget().hold(out.size() + values.size(), steps.count));
    RETURN_IF_ERROR(label_quantiles(values, q, Evaluation::string(*call.args[1]), out));
  }
  if (mendings.any()) evaluation.inform(*call.args[0], mendings.note());
  return finish(std::move(out));
}

Result<Value> call_histogram_fraction(Evaluation& evaluation, const Call& call, const Steps& steps) {
  ASSIGN_OR_RETURN(const Column lower, evaluation.scalar(*call.args[0], steps));
  ASSIGN_OR_RETURN(const Column upper, evaluation.scalar(*call.args[1], steps));
  ASSIGN_OR_RETURN(const Vector vector, evaluation.vector(*call.args[2], steps));
  const auto classic = [&](size_t step, std::span<Bucket> buckets) {
    return bucket_fraction(lower[step], upper[step], buckets);
  };
  const auto native = [&](size_t step, const Histogram& histogram) {
    return histogram_fraction(lower[step], upper[step], histogram);
  };
  Inquiry inquiry(evaluation, *call.args[2], vector, steps);
  Vector out;
  RETURN_IF_ERROR(inquiry.ask({classic, native, Note::kFractionWithoutNan, Note::kFractionWithoutNan}, out));
  return finish(std::move(out));
}

}  // namespace weir::query
