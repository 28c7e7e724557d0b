#include "query/note_list.h"

#include <fmt/format.h>

namespace weir::query {

void NoteList::add(std::string_view text, std::string_view place) {
  add(fmt::format("PromQL {}: {} ({})", kind_, text, place));
}

void NoteList::add(std::string note) {
  const auto [at, is_new] = all_.insert(std::move(note));
  if (is_new && first_.size() < kToldMax) first_.push_back(*at);
}

std::vector<std::string> NoteList::told() const {
  std::vector<std::string> told = first_;
  if (all_.size() > first_.size())
    told.push_back(fmt::format("{} more {} annotations omitted", all_.size() - first_.size(), kind_));
  return told;
}

}  // namespace weir::query
