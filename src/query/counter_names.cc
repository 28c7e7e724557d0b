#include "query/counter_names.h"

#include <algorithm>
#include <array>

#include "query/functions.h"
#include "query/notes.h"

namespace weir::query {

CounterNames::CounterNames(Evaluation& evaluation, const Call& call)
    : evaluation_(evaluation),
      about_(*call.args[0]),
      wanted_(call.function->name == "rate" || call.function->name == "increase") {}

void CounterNames::check(LabelsView labels) {
  if (!wanted_) return;
  const std::string_view name = labels.get(kMetricName);
  if (name == last_) return;
  last_ = name;
  constexpr std::array<std::string_view, 4> kSuffixes = {"_total", "_sum", "_count", "_bucket"};
  const bool fits = name.empty() || std::ranges::any_of(kSuffixes, [&](std::string_view suffix) {
                      return name.ends_with(suffix);
                    });
  if (!fits) Notes(evaluation_, about_, last_).add(Note::kPerhapsNoCounter);
}

}  // namespace weir::query
