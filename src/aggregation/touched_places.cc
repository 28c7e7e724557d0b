#include "aggregation/touched_places.h"

#include <algorithm>
#include <utility>

namespace weir::aggregation {

void TouchedPlaces::add(const Labels& group, TimestampMs place_ms, log::Position position) {
  std::lock_guard lock(mutex_);
  waiting_.size += waiting_.places[group].insert(place_ms).second ? 1 : 0;
  waiting_.first.try_emplace(position.partition, position.offset);
  size_ = waiting_.size + taken_.size;
}

TouchedPlaces::Places TouchedPlaces::take(TimestampMs place_ms_max) {
  std::lock_guard lock(mutex_);
  Set due;
  due.first = waiting_.first;
  for (auto group = waiting_.places.begin(); group != waiting_.places.end();) {
    std::set<TimestampMs>& places = group->second;
    while (!places.empty() && *places.begin() <= place_ms_max) {
      due.places[group->first].insert(places.extract(places.begin()));
      ++due.size;
    }
    group = places.empty() ? waiting_.places.erase(group) : std::next(group);
  }
  // Which of the offsets are of those that are left is not known: all of them may be.
  waiting_.size -= due.size;
  if (waiting_.places.empty()) waiting_ = {};
  merge(due, taken_);
  size_ = waiting_.size + taken_.size;
  return taken_.places;
}

void TouchedPlaces::done(bool corrected) {
  std::lock_guard lock(mutex_);
  if (!corrected) merge(taken_, waiting_);
  taken_ = {};
  size_ = waiting_.size;
}

void TouchedPlaces::merge(Set& from, Set& to) {
  for (auto& [group, places] : from.places) {
    std::set<TimestampMs>& into = to.places[group];
    const size_t before = into.size();
    into.merge(places);
    to.size += into.size() - before;
  }
  take_earlier(from.first, to.first);
}

PartitionOffsets TouchedPlaces::waiting_from() const {
  std::lock_guard lock(mutex_);
  PartitionOffsets first = waiting_.first;
  take_earlier(taken_.first, first);
  return first;
}

}  // namespace weir::aggregation
