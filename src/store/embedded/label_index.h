#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include <absl/functional/function_ref.h>

#include "model/matcher.h"

namespace weir::store::embedded {

/// Numbers of series in one LabelIndex, ascending and unique unless a function says otherwise.
using Postings = std::vector<uint32_t>;

/// Which series of one tenant, in one place (a shard of the head, a block), have which labels. Views live as
/// long as the index stays unchanged.
class LabelIndex {
 public:
  virtual ~LabelIndex() = default;

  /// Appends every series.
  virtual void append_all(Postings& out) const = 0;
  /// About how many series have exactly this label, without reading them; 0 only where none has it.
  virtual size_t series_count(Label label) const = 0;
  /// Appends the series with exactly this label.
  virtual void append_equal(Label label, Postings& out) const = 0;
  /// Appends, value by value, the series whose value of `name` begins with `prefix` and is wanted; the whole
  /// is not sorted.
  virtual void append_values(std::string_view name, std::string_view prefix,
                             absl::FunctionRef<bool(std::string_view value)> wanted, Postings& out) const = 0;
  virtual size_t value_count(std::string_view name) const = 0;
  /// The label's value in one series, empty when absent.
  virtual std::string_view value_of(uint32_t series, std::string_view name) const = 0;
  /// Appends the series' labels in canonical form.
  virtual void append_labels(uint32_t series, std::string& out) const = 0;

  /// Names, and values of a name, in ascending order, until `visit` returns false.
  virtual void visit_names(absl::FunctionRef<bool(std::string_view)> visit) const = 0;
  virtual void visit_values(std::string_view name, absl::FunctionRef<bool(std::string_view)> visit) const = 0;
  /// `visit_values` of those that a series in `wanted` has: by the series' number; others are not in it.
  virtual void visit_values_of(const std::vector<bool>& wanted, std::string_view name,
                               absl::FunctionRef<bool(std::string_view)> visit) const = 0;
};

/// The series that all `matchers` accept; without matchers, all of them.
Postings match_series(const LabelIndex& index, std::span<const Matcher> matchers);

}  // namespace weir::store::embedded
