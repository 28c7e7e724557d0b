#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/embedded/label_index.h"
#include "store/store.h"

/// Each function adds what one index knows to a result that grows over several indexes. `series`: those asked
/// about; nullopt means all. With all of them, at most `limit` entries are looked at, since the first of the
/// whole are among the first of each part.
namespace weir::store::embedded {

/// Texts of several indexes, in ascending order and each once.
class TextSet {
 public:
  /// `texts`: ascending and unique; may be views into what goes away.
  void merge(const std::vector<std::string_view>& texts);
  /// The first `limit`; leaves none.
  std::vector<std::string> take_first(uint64_t limit);

 private:
  std::vector<std::string> texts_;
};

void add_names(const LabelIndex& index, const std::optional<Postings>& series, uint64_t limit,
               TextSet& names);
void add_values(const LabelIndex& index, const std::optional<Postings>& series, std::string_view name,
                uint64_t limit, TextSet& values);
void add_series(const LabelIndex& index, const std::optional<Postings>& series, std::vector<Labels>& out);

/// The first `limit`.
std::vector<Labels> first_of(std::vector<Labels> labels, uint64_t limit);

}  // namespace weir::store::embedded
