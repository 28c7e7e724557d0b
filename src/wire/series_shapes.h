#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/container/flat_hash_map.h>

namespace weir::wire {

/// Finds what each series of a record repeats from the one before it that has the same label names, so that
/// an encoder looks up and writes only the rest. Series with the same names share a *shape*. Owned by one
/// thread; views point into the labels given.
class SeriesShapes {
 public:
  /// A label whose value is not that of the shape's last series.
  struct Change {
    size_t index;
    std::string_view value;
  };

  /// Takes the next series and returns the index of its shape; an index equal to the number of shapes before
  /// begins a new one, all of whose labels have changed. `labels` is canonical and outlives this object.
  size_t next(std::string_view labels) {
    if (current_ == shapes_.size() || !find_changes(shapes_[current_], labels)) switch_shape(labels);
    return current_;
  }
  /// Of the series taken last, in the order of the labels.
  const std::vector<Change>& changes() const { return changes_; }
  const std::vector<std::string_view>& names(size_t shape) const { return shapes_[shape].names; }

 private:
  struct Shape {
    std::vector<std::string_view> names;
    std::string_view labels;      // canonical, of the last series
    std::vector<size_t> offsets;  // where each label of `labels` begins, then its size
  };

  bool find_changes(Shape& shape, std::string_view labels);
  void switch_shape(std::string_view labels);
  void begin_shape(std::string_view labels);

  std::vector<Change> changes_;
  std::vector<size_t> offsets_;
  absl::flat_hash_map<std::string, size_t> ids_;  // by the names, each after its length
  std::string key_;
  std::vector<Shape> shapes_;
  size_t current_ = 0;  // of the series taken last
};

}  // namespace weir::wire
