#pragma once

#include <algorithm>
#include <bit>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "store/store.h"
#include "support/oracle/model.h"

// What a store shows, read in full and held against the model. Each check returns the first disagreement.
namespace weir::oracle {

struct Shown {
  Contents contents;
  std::set<Labels> unreadable;  ///< Series whose read said kCorruption.
};

inline Result<Shown> read_all(store::Store& store, TenantId tenant, std::span<const Matcher> matchers,
                              const TimeRange& range) {
  ASSIGN_OR_RETURN(auto set, store.select(tenant, {matchers, range}, Deadline::never()));
  Shown shown;
  for (std::optional<Labels> last;;) {
    ASSIGN_OR_RETURN(const bool more, set->next());
    if (!more) return shown;
    Labels labels(set->labels());
    if (last && !(*last < labels)) return internal(labels.view().to_string() + " comes out of order");
    SampleColumns samples;
    const Status read = set->read(samples);
    if (!read.ok() && read.error().code != Code::kCorruption) return Error(read.error());
    if (!read.ok()) shown.unreadable.insert(labels);
    if (!std::ranges::is_sorted(samples.timestamps_ms, std::ranges::less_equal()) ||
        samples.values.size() != samples.timestamps_ms.size())
      return internal(labels.view().to_string() + ": times that do not ascend");
    if (read.ok() && samples.size() > 0) {
      Points& points = shown.contents[labels];
      for (size_t i = 0; i < samples.size(); ++i)
        points[samples.timestamps_ms[i]] = std::bit_cast<uint64_t>(samples.values[i]);
    }
    last = std::move(labels);
  }
}

/// Each of `must` is in `got`, and nothing that is not in `may`; `got` is sorted and unique.
template <typename T, typename Text>
std::optional<std::string> check_between(const std::vector<T>& got, const std::set<T>& must,
                                         const std::set<T>& may, Text text) {
  if (!std::ranges::is_sorted(got) || std::ranges::adjacent_find(got) != got.end())
    return std::string("not sorted, or not unique");
  for (const T& one : must) {
    if (!std::ranges::binary_search(got, one)) return text(one) + " is missing";
  }
  for (const T& one : got) {
    if (!may.contains(one)) return text(one) + " is unknown";
  }
  return std::nullopt;
}

inline std::optional<std::string> check_labels(store::Store& store, const Model& model, TenantId tenant,
                                               std::span<const Matcher> matchers, const TimeRange& range,
                                               TimestampMs oldest_ms) {
  const Model::SeriesSets sets = model.series(tenant, matchers, range, oldest_ms);
  const store::LabelRequest request{matchers, range};
  const auto label_sets = store.series(tenant, request, Deadline::never());
  if (!label_sets.ok()) return "series: " + label_sets.error().message;
  const auto text_of = [](const Labels& labels) { return labels.view().to_string(); };
  if (auto wrong = check_between(*label_sets, sets.must, sets.may, text_of)) return "series: " + *wrong;

  const auto names_of = [](const std::set<Labels>& all) {
    std::set<std::string> names;
    for (const Labels& labels : all) {
      for (const Label& label : labels.view()) names.emplace(label.name);
    }
    return names;
  };
  const auto values_of = [](const std::set<Labels>& all, std::string_view name) {
    std::set<std::string> values;
    for (const Labels& labels : all) {
      if (const std::string_view value = labels.view().get(name); !value.empty()) values.emplace(value);
    }
    return values;
  };
  const auto itself = [](const std::string& text) { return text; };
  const auto names = store.label_names(tenant, request, Deadline::never());
  if (!names.ok()) return "label names: " + names.error().message;
  if (auto wrong = check_between(*names, names_of(sets.must), names_of(sets.may), itself))
    return "label names: " + *wrong;
  for (const std::string_view name : {"job", "n", "__name__"}) {
    const auto values = store.label_values(tenant, name, request, Deadline::never());
    if (!values.ok()) return "label values: " + values.error().message;
    if (auto wrong = check_between(*values, values_of(sets.must, name), values_of(sets.may, name), itself))
      return fmt::format("values of {}: {}", name, *wrong);
  }
  return std::nullopt;
}

}  // namespace weir::oracle
