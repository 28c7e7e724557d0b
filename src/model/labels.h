#pragma once

#include <compare>
#include <cstdint>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace weir {

/// The label that holds a metric's name.
inline constexpr std::string_view kMetricName = "__name__";

struct Label {
  std::string_view name;
  std::string_view value;
  auto operator<=>(const Label&) const = default;
};

/// A label set in canonical form, as a view on bytes that somebody else keeps: for each label, sorted by
/// name, unique, with non-empty names and values: varint name length, name, varint value length, value. Two
/// sets are equal exactly when their bytes are, so bytes are hashed and compared as they stand. Immutable.
class LabelsView {
 public:
  LabelsView() = default;
  /// `bytes` must be canonical: from Labels, Batch, or a decoder that ran `validate`.
  explicit LabelsView(std::string_view bytes) : bytes_(bytes) {}

  /// Checks that bytes from outside are canonical, lengths in their shortest form included; the message names
  /// the position.
  static Status validate(std::string_view bytes);

  std::string_view bytes() const { return bytes_; }
  bool empty() const { return bytes_.empty(); }
  /// Number of labels; walks the bytes.
  size_t count() const;
  /// Value of the label `name`, empty when absent. Linear.
  std::string_view get(std::string_view name) const;
  /// Value of `__name__`.
  std::string_view metric() const { return get(kMetricName); }
  /// XXH3 of the canonical bytes; stable across processes.
  uint64_t hash() const;
  /// `metric{a="b",c="d"}` with PromQL escapes, for messages.
  std::string to_string() const;

  class Iterator {
   public:
    using value_type = Label;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;
    using pointer = const Label*;
    using reference = const Label&;
    Iterator() = default;
    explicit Iterator(std::string_view rest) : rest_(rest) { advance(); }
    const Label& operator*() const { return label_; }
    const Label* operator->() const { return &label_; }
    Iterator& operator++() {
      advance();
      return *this;
    }
    void operator++(int) { advance(); }
    bool operator==(const Iterator& other) const { return at_ == other.at_; }

   private:
    void advance();
    std::string_view rest_;
    const char* at_ = nullptr;  // start of the current label; null at the end
    Label label_;
  };
  Iterator begin() const { return Iterator(bytes_); }
  Iterator end() const { return Iterator(); }

  friend bool operator==(LabelsView a, LabelsView b) { return a.bytes_ == b.bytes_; }
  /// Prometheus' order: label by label, name before value; a prefix comes first.
  friend std::strong_ordering operator<=>(LabelsView a, LabelsView b);

 private:
  std::string_view bytes_;
};

/// A label set that owns its bytes. A value; cheap to move.
class Labels {
 public:
  Labels() = default;
  explicit Labels(LabelsView view) : bytes_(view.bytes()) {}
  /// Sorts, and drops labels with an empty value (Prometheus treats them as absent).
  /// kInvalidArgument for an empty or repeated name.
  static Result<Labels> from(std::vector<Label> labels);
  /// `from` for constants in code and tests: CHECKs instead of failing.
  static Labels of(std::initializer_list<Label> labels);

  LabelsView view() const { return LabelsView(bytes_); }
  operator LabelsView() const { return view(); }  // NOLINT: a Labels is a LabelsView that owns
  friend bool operator==(const Labels& a, const Labels& b) { return a.bytes_ == b.bytes_; }
  friend auto operator<=>(const Labels& a, const Labels& b) { return a.view() <=> b.view(); }

 private:
  std::string bytes_;
};

/// Appends one label to canonical bytes under construction. The caller adds names in ascending order.
void append_label(std::string& bytes, std::string_view name, std::string_view value);

/// Appends labels that are in canonical order already (ascending unique names, nothing empty), faster than
/// one by one.
void append_labels(std::string& bytes, std::span<const Label> labels);

/// Appends `"text"` as PromQL writes strings: backslash, quote and line feed escaped.
void append_quoted(std::string& out, std::string_view text);

/// Hashing and equality of canonical bytes for hash maps that look up by view.
struct LabelsHash {
  using is_transparent = void;
  size_t operator()(LabelsView labels) const { return labels.hash(); }
};
struct LabelsEqual {
  using is_transparent = void;
  bool operator()(LabelsView a, LabelsView b) const { return a == b; }
};

}  // namespace weir
