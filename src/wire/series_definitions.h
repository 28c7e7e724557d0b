#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/labels.h"

namespace weir::wire {

/// The series that a group of records of one tenant and partition have defined so far, by number: what a
/// reader keeps to resolve the records after them. Owned by one thread.
class SeriesDefinitions {
 public:
  /// A definition may skip so many numbers: those of records that were lost.
  static constexpr uint32_t kGapMax = 1u << 20;

  struct Definition {
    LabelsView labels;
    uint64_t hash = 0;  ///< `series_hash`.
    bool known = false;
  };

  /// Numbers mean something inside a group of records alone: forgets all when `group` is another than before.
  void enter_group(uint64_t group);
  /// Null when nothing has defined the number. Lives until another group.
  const Definition* find(uint64_t number) const {
    return number < by_number_.size() && by_number_[number].known ? &by_number_[number] : nullptr;
  }
  /// `labels` is copied. Defining a series again is harmless. kCorruption when the number has other labels
  /// already, or is far beyond all before.
  Status define(uint64_t number, LabelsView labels, uint64_t hash);

  size_t count() const { return by_number_.size(); }

 private:
  std::string_view keep(std::string_view bytes);

  uint64_t group_ = 0;
  std::vector<Definition> by_number_;
  std::vector<std::unique_ptr<char[]>> pages_;  // label bytes
  size_t page_bytes_ = 0;                       // of the last page
  size_t page_left_ = 0;                        // of it, not used yet
};

}  // namespace weir::wire
