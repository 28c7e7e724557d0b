#include "pg/rows.h"

namespace weir::pg {

std::optional<std::string_view> RowBuffer::bytes(size_t row, size_t column) const {
  CHECK(row < row_count() && column < columns_, "a cell inside the answer");
  const Place& place = cells_[row * columns_ + column];
  if (place.begin == kNull) return std::nullopt;
  return std::string_view(text_).substr(place.begin, place.size);
}

void RowBuffer::add(std::string_view bytes) {
  cells_.push_back({text_.size(), bytes.size()});
  text_.append(bytes);
}

void RowBuffer::clear() {
  rows_ = 0;
  text_.clear();
  cells_.clear();
}

}  // namespace weir::pg
