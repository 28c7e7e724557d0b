#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace weir::wire {

/// The texts of a record's symbol table, each as canonical labels hold it, length included, so that labels
/// are put together by copying. Filled first, then read. Owned by one thread.
class SymbolTable {
 public:
  /// So many bytes can be read from where any symbol begins: short ones are copied without a look at their
  /// length.
  static constexpr size_t kReadable = 32;

  SymbolTable() = default;

  /// `text` is not empty; copied.
  void add(std::string_view text) {
    const size_t begin = bytes_.size();
    ByteWriter(bytes_).text(text);
    symbols_.push_back({begin, bytes_.size() - begin, text.size()});
  }
  /// Call once, after the last symbol.
  void finish() { bytes_.append(kReadable, '\0'); }

  size_t size() const { return symbols_.size(); }
  /// `index` is below `size()`.
  std::string_view canonical(size_t index) const {
    return {bytes_.data() + symbols_[index].begin, symbols_[index].size};
  }
  std::string_view text(size_t index) const {
    const Symbol& symbol = symbols_[index];
    return {bytes_.data() + symbol.begin + symbol.size - symbol.text_size, symbol.text_size};
  }

 private:
  struct Symbol {
    size_t begin;
    size_t size;
    size_t text_size;
  };
  std::string bytes_;
  std::vector<Symbol> symbols_;
};

}  // namespace weir::wire
