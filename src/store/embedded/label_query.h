#pragma once

#include <optional>
#include <set>
#include <string>

#include "store/embedded/label_index.h"
#include "store/store.h"

/// Each function adds what one index knows to a result that grows over several indexes. `series`: those asked
/// about; nullopt means all. With all of them, at most `limit` entries are looked at, since the first of the
/// whole are among the first of each part.
namespace weir::store::embedded {

using TextSet = std::set<std::string, std::less<>>;

void add_names(const LabelIndex& index, const std::optional<Postings>& series, uint64_t limit,
               TextSet& names);
void add_values(const LabelIndex& index, const std::optional<Postings>& series, std::string_view name,
                uint64_t limit, TextSet& values);
void add_series(const LabelIndex& index, const std::optional<Postings>& series, std::vector<Labels>& out);

/// The first `limit`.
std::vector<std::string> first_of(TextSet texts, uint64_t limit);
std::vector<Labels> first_of(std::vector<Labels> labels, uint64_t limit);

}  // namespace weir::store::embedded
