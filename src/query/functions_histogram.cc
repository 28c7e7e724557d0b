#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "absl/container/flat_hash_map.h"
#include "query/buckets.h"
#include "query/function_list.h"
#include "query/label_sets.h"
#include "query/literals.h"

namespace weir::query {
namespace {

constexpr std::string_view kBound = "le";

struct Member {
  double upper_bound;
  size_t series;
};

/// The buckets of one classic histogram: series that differ only in `le`, ascending.
struct Histogram {
  Labels labels;
  std::vector<Member> members;
};

std::vector<Histogram> histograms(Evaluation& evaluation, const Expr& expr, const Vector& vector) {
  absl::flat_hash_map<Labels, size_t, LabelsHash, LabelsEqual> index;
  std::vector<Histogram> out;
  for (size_t i = 0; i < vector.size(); ++i) {
    const std::string_view bound = vector[i].labels.view().get(kBound);
    const auto upper_bound = parse_label_float(bound);
    if (!upper_bound || std::isnan(*upper_bound)) {
      evaluation.warn(
          expr, fmt::format("bucket label \"le\" is missing or has a malformed value of {}", quote(bound)));
      continue;
    }
    const Labels key = set_label(vector[i].labels, kBound, "");
    const auto [at, is_new] = index.try_emplace(key, out.size());
    if (is_new) out.push_back({drop_metric(key), {}});
    out[at->second].members.push_back({*upper_bound, i});
  }
  for (Histogram& histogram : out) {
    std::stable_sort(histogram.members.begin(), histogram.members.end(),
                     [](const Member& a, const Member& b) { return a.upper_bound < b.upper_bound; });
  }
  return out;
}

// `summary(step, buckets)` for each histogram at each step at which it has a bucket.
template <typename Summary>
Result<Value> summarize(Evaluation& evaluation, const Expr& expr, const Steps& steps, Summary summary) {
  ASSIGN_OR_RETURN(const Vector vector, evaluation.vector(expr, steps));
  Vector out;
  std::vector<Bucket> buckets;
  for (Histogram& histogram : histograms(evaluation, expr, vector)) {
    RETURN_IF_ERROR(evaluation.budget().work(histogram.members.size() * steps.count));
    Column values(steps.count, absent());
    for (size_t step = 0; step < steps.count; ++step) {
      buckets.clear();
      for (const Member& member : histogram.members) {
        const double count = vector[member.series].values[step];
        if (!is_absent(count)) buckets.push_back({member.upper_bound, count});
      }
      if (!buckets.empty()) values[step] = summary(step, buckets);
    }
    out.push_back({std::move(histogram.labels), std::move(values)});
  }
  RETURN_IF_ERROR(merge_equal_labels(out));
  return Value(std::move(out));
}

}  // namespace

Result<Value> call_histogram_quantile(Evaluation& evaluation, const Call& call, const Steps& steps) {
  ASSIGN_OR_RETURN(const Column q, evaluation.scalar(*call.args[0], steps));
  const auto odd = std::find_if(q.begin(), q.end(), [](double value) { return !(value >= 0 && value <= 1); });
  if (odd != q.end()) {
    evaluation.warn(*call.args[0],
                    fmt::format("quantile value should be between 0 and 1, got {}", format_number(*odd)));
  }
  return summarize(evaluation, *call.args[1], steps,
                   [&](size_t step, std::span<Bucket> buckets) { return bucket_quantile(q[step], buckets); });
}

Result<Value> call_histogram_fraction(Evaluation& evaluation, const Call& call, const Steps& steps) {
  ASSIGN_OR_RETURN(const Column lower, evaluation.scalar(*call.args[0], steps));
  ASSIGN_OR_RETURN(const Column upper, evaluation.scalar(*call.args[1], steps));
  return summarize(evaluation, *call.args[2], steps, [&](size_t step, std::span<Bucket> buckets) {
    return bucket_fraction(lower[step], upper[step], buckets);
  });
}

}  // namespace weir::query
