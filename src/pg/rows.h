#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pg/connection.h"

namespace weir::pg {

/// Rows copied out of libpq one by one, so that their total size can be bounded while they arrive.
class RowBuffer : public Rows {
 public:
  size_t row_count() const override { return columns_ == 0 ? rows_ : cells_.size() / columns_; }
  size_t column_count() const override { return columns_; }
  std::optional<std::string_view> bytes(size_t row, size_t column) const override;
  uint64_t affected() const override { return affected_; }

  void set_columns(size_t count) { columns_ = count; }
  void set_affected(uint64_t count) { affected_ = count; }
  /// The next cell, row by row.
  void add(std::string_view bytes);
  void add_null() { cells_.push_back({kNull, 0}); }
  void end_row() { ++rows_; }
  /// Forgets the rows, keeps the memory.
  void clear();
  size_t size_bytes() const { return text_.size() + cells_.size() * sizeof(Place); }

 private:
  static constexpr size_t kNull = SIZE_MAX;
  struct Place {
    size_t begin;
    size_t size;
  };

  size_t columns_ = 0;
  size_t rows_ = 0;  // Counted apart, since a row may have no columns.
  uint64_t affected_ = 0;
  std::string text_;
  std::vector<Place> cells_;
};

}  // namespace weir::pg
