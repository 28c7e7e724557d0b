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

// A series has one value a name, so the lists of a name's values never share a series: sorting makes them a
// set.
Postings with_values(const LabelIndex& index, const Matcher& matcher, bool accepted) {
  Postings out;
  const bool matching = accepted == (matcher.op() == MatchOp::kRegex);
  if (const auto& texts = matcher.exact_texts(); matching && !texts.empty()) {
    for (const std::string& text : texts) {
      if (!text.empty()) index.append_equal({matcher.name(), text}, out);
    }
    std::sort(out.begin(), out.end());
    return out;
  }
  index.append_values(
      matcher.name(), matcher.literal_prefix(),
      [&](std::string_view value) { return matcher.matches(value) == accepted; }, out);
  std::sort(out.begin(), out.end());
  return out;
}

// The series whose label is there and is refused by a matcher that accepts its absence. For !~ those are the
// ones that the expression matches, so its literal prefix narrows them as well; for =~ the prefix is empty,
// since it matches the empty text.
Postings refused(const LabelIndex& index, const Matcher& matcher) {
  if (matcher.op() != MatchOp::kNotEqual) return with_values(index, matcher, false);
  Postings out;
  index.append_equal({matcher.name(), matcher.value()}, out);
  return out;
}

bool selects_one_value(const Matcher& matcher) {
  return matcher.op() == MatchOp::kEqual && !matcher.value().empty();
}

void keep_accepted(const LabelIndex& index, const Matcher& matcher, Postings& series) {
  std::erase_if(series, [&](uint32_t id) { return !matcher.matches(index.value_of(id, matcher.name())); });
}

// Looking at the label of each series left is cheaper than at every value of the name when few series are
// left.
void narrow(const LabelIndex& index, const Matcher& matcher, Postings& series) {
  const size_t texts = matcher.exact_texts().size();
  const size_t values = index.value_count(matcher.name());
  if (series.size() < (texts > 0 ? std::min(texts, values) : values)) {
    keep_accepted(index, matcher, series);
  } else if (matcher.matches_absent()) {
    series = difference(series, refused(index, matcher));
  } else {
    series = intersection(series, with_values(index, matcher, true));
  }
}

}  // namespace

Postings match_series(const LabelIndex& index, std::span<const Matcher> matchers) {
  Postings series;
  bool started = false;
  for (const Matcher& matcher : matchers) {
    if (!selects_one_value(matcher)) continue;
    Postings equal;
    index.append_equal({matcher.name(), matcher.value()}, equal);
    series = started ? intersection(series, equal) : std::move(equal);
    started = true;
    if (series.empty()) return series;
  }
  for (const Matcher& matcher : matchers) {
    if (started || matcher.matches_absent()) continue;
    series = with_values(index, matcher, true);
    started = true;
  }
  if (!started) index.append_all(series);
  for (const Matcher& matcher : matchers) {
    if (series.empty()) break;
    if (!selects_one_value(matcher)) narrow(index, matcher, series);
  }
  return series;
}

}  // namespace weir::store::embedded
