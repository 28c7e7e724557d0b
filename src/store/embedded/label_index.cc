#include "store/embedded/label_index.h"

#include <algorithm>
#include <iterator>

namespace weir::store::embedded {
namespace {

Postings intersection(const Postings& a, const Postings& b) {
  Postings out;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
  return out;
}

Postings difference(const Postings& a, const Postings& b) {
  Postings out;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
  return out;
}

// The texts whose lists are those that the matcher accepts, or, where it accepts the label's absence, those
// that it refuses; none where all values have to be looked at.
std::span<const std::string> named_texts(const Matcher& matcher) {
  const bool refusing = matcher.matches_absent();
  if (matcher.op() == (refusing ? MatchOp::kNotRegex : MatchOp::kRegex)) return matcher.exact_texts();
  const bool one = matcher.op() == (refusing ? MatchOp::kNotEqual : MatchOp::kEqual);
  return {&matcher.value(), one ? size_t{1} : size_t{0}};
}

// The series whose label is there and is accepted; or, by a matcher that accepts its absence, refused. For !~
// those are the ones that the expression matches, so its literal prefix narrows them as well; for =~ the
// prefix is then empty, since it matches the empty text. A series has one value a name, so the lists of a
// name's values never share a series: sorting makes them a set.
Postings listed(const LabelIndex& index, const Matcher& matcher) {
  Postings out;
  const auto texts = named_texts(matcher);
  for (const std::string& text : texts) {
    if (!text.empty()) index.append_equal({matcher.name(), text}, out);
  }
  if (texts.empty()) {
    const bool accepted = !matcher.matches_absent();
    index.append_values(
        matcher.name(), matcher.literal_prefix(),
        [&](std::string_view value) { return matcher.matches(value) == accepted; }, out);
  }
  if (texts.size() != 1) std::sort(out.begin(), out.end());
  return out;
}

// To look at the label of a series takes as long as to read so many numbers of a list.
constexpr size_t kLook = 16;

/// What `listed` takes, in numbers read.
struct Cost {
  bool unknown = false;  // how many series the values have
  size_t reads = 0;

  auto operator<=>(const Cost&) const = default;
};

Cost listing_cost(const LabelIndex& index, const Matcher& matcher) {
  const auto texts = named_texts(matcher);
  if (texts.empty()) return {true, kLook * index.value_count(matcher.name())};
  Cost cost{false, kLook * texts.size()};
  for (const std::string& text : texts) cost.reads += index.series_count({matcher.name(), text});
  return cost;
}

struct Step {
  const Matcher* matcher;
  Cost cost;
};

void keep_accepted(const LabelIndex& index, const Matcher& matcher, Postings& series) {
  std::erase_if(series, [&](uint32_t id) { return !matcher.matches(index.value_of(id, matcher.name())); });
}

// Looking at the label of each series left is cheaper than lists when few series are left.
void narrow(const LabelIndex& index, const Step& step, Postings& series) {
  if (series.size() * kLook < step.cost.reads) {
    keep_accepted(index, *step.matcher, series);
  } else if (step.matcher->matches_absent()) {
    series = difference(series, listed(index, *step.matcher));
  } else {
    series = intersection(series, listed(index, *step.matcher));
  }
}

}  // namespace

Postings match_series(const LabelIndex& index, std::span<const Matcher> matchers) {
  std::vector<Step> steps;
  for (const Matcher& matcher : matchers) steps.push_back({&matcher, listing_cost(index, matcher)});
  std::stable_sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) { return a.cost < b.cost; });
  const auto first = std::find_if(steps.begin(), steps.end(),
                                  [](const Step& step) { return !step.matcher->matches_absent(); });
  Postings series;
  if (first == steps.end()) {
    index.append_all(series);
  } else {
    series = listed(index, *first->matcher);
  }
  for (auto step = steps.begin(); step != steps.end() && !series.empty(); ++step) {
    if (step != first) narrow(index, *step, series);
  }
  return series;
}

}  // namespace weir::store::embedded
