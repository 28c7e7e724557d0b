#include "wire/series_numbers.h"

#include "base/check.h"

namespace weir::wire {

SeriesNumbers::Numbered SeriesNumbers::next(const SeriesIdentity& identity) {
  uint32_t number = find(identity);
  const bool is_new = number == kNone;
  if (is_new) {
    number = count();
    CHECK(number < kNone, "numbers begin anew long before they run out");
    entries_.push_back({identity.hash, identity.check, kNone, 1});
    by_identity_.insert(number);
  }
  if (previous_ != kNone) entries_[previous_].successor = number;
  previous_ = number;
  return {number, is_new, !is_new && entries_[number].definitions < kDefinitions};
}

uint32_t SeriesNumbers::find(const SeriesIdentity& identity) const {
  if (previous_ != kNone) {
    const uint32_t successor = entries_[previous_].successor;
    if (successor != kNone && entries_[successor].is(identity)) return successor;
  }
  const auto found = by_identity_.find(identity);
  return found == by_identity_.end() ? kNone : *found;
}

}  // namespace weir::wire
