#include "aggregation/late_letters.h"

#include <utility>

namespace weir::aggregation {

void LateLetters::add(LateSamples late) {
  std::lock_guard lock(mutex_);
  bytes_ += late.batch.size_bytes();
  letters_.push_back(std::move(late));
}

Status LateLetters::flush(const std::function<Status(const LateSamples& late)>& keep) {
  while (true) {
    const LateSamples* first = nullptr;
    {
      std::lock_guard lock(mutex_);
      if (letters_.empty()) return ok_status();
      first = &letters_.front();  // others are added behind it, and only this function removes any
    }
    RETURN_IF_ERROR(keep(*first));
    std::lock_guard lock(mutex_);
    bytes_ -= first->batch.size_bytes();
    letters_.pop_front();
  }
}

PartitionOffsets LateLetters::waiting_from() const {
  std::lock_guard lock(mutex_);
  PartitionOffsets first;
  for (const LateSamples& late : letters_) first.try_emplace(late.position.partition, late.position.offset);
  return first;
}

}  // namespace weir::aggregation
