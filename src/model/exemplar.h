#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/labels.h"

namespace weir {

/// The most characters (UTF-8 code points, not bytes) that names and values of an exemplar's labels have
/// together: OpenMetrics 1.0, "Exemplars".
inline constexpr size_t kExemplarCharactersMax = 128;
/// No canonical labels of a valid exemplar are longer: a character is at most 4 bytes, and a label, which has
/// at least two of them, 4 bytes more for its lengths.
inline constexpr size_t kExemplarLabelBytesMax = 6 * kExemplarCharactersMax;

/// One event that a series counted, as OpenMetrics has it: a value, and labels that lead to more, such as the
/// id of a trace. A view on what somebody else keeps.
struct Exemplar {
  LabelsView labels;  ///< Its own, not those of its series. May be empty.
  double value = 0;
  TimestampMs timestamp_ms = 0;

  /// Bit for bit: every NaN equals itself alone, and zeros have signs.
  friend bool operator==(const Exemplar& a, const Exemplar& b);
};

/// Why an exemplar is not kept.
enum class ExemplarFault : uint8_t {
  kEmptyLabelName,
  kRepeatedLabelName,
  kNotUtf8,
  kLabelsTooLong,     ///< More than kExemplarCharactersMax.
  kBadTimestamp,      ///< One that a sample may not have.
  kSeriesNotAllowed,  ///< Its series breaks a limit.
};
inline constexpr size_t kExemplarFaultCount = 6;
/// How many exemplars were dropped, by index of their ExemplarFault.
using ExemplarFaults = std::array<uint64_t, kExemplarFaultCount>;

/// The stable code of a fault, as metrics show it: "empty_label_name", "repeated_label_name", ...
std::string_view fault_code(ExemplarFault fault);

/// Holds labels of an exemplar, given as bytes from outside, to the rules: canonical (LabelsView::validate),
/// UTF-8, at most kExemplarCharactersMax. Errors: kInvalidArgument names what was found.
Status validate_exemplar_labels(std::string_view canonical_labels);

/// True when the labels, which are UTF-8, have at most kExemplarCharactersMax.
bool fit_exemplar(std::span<const Label> labels);

/// Exemplars one after the other, with all label bytes in one buffer: adding one allocates nothing of its
/// own. A value; owned by one thread.
class ExemplarColumns {
 public:
  size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  /// Lives until the next change.
  Exemplar operator[](size_t i) const {
    const Entry& entry = entries_[i];
    return {
        LabelsView(
            std::string_view(label_bytes_).substr(entry.labels_begin, end_of_labels(i) - entry.labels_begin)),
        entry.value, entry.timestamp_ms};
  }

  /// Adds one at the end; any order, repeats allowed. Its labels are copied.
  void add(const Exemplar& exemplar) { insert_at(entries_.size(), exemplar); }
  /// Adds those of `other` whose time is in [mint_ms, maxt_ms].
  void add_range(const ExemplarColumns& other, TimestampMs mint_ms, TimestampMs maxt_ms);
  /// Where times ascend: adds one in its place, behind others of its time. False, and nothing is done, when
  /// the same one is there already.
  bool insert(const Exemplar& exemplar);
  /// Where times ascend: whether the same one is there.
  bool contains(const Exemplar& exemplar) const;
  /// Removes those whose time is in [mint_ms, maxt_ms].
  void erase(TimestampMs mint_ms, TimestampMs maxt_ms);
  /// Brings them into ascending order of time, then labels, then value, and drops repeats.
  void make_ascending();
  /// Keeps the first `count`, no more than there are.
  void truncate(size_t count);
  void clear() { truncate(0); }

  /// Bytes held by the content, for ledgers.
  size_t size_bytes() const { return label_bytes_.size() + entries_.size() * sizeof(Entry); }
  /// Bytes of memory, of which the content may fill a part.
  size_t capacity_bytes() const { return label_bytes_.capacity() + entries_.capacity() * sizeof(Entry); }
  /// What `size_bytes` grows by for one with labels of so many bytes.
  static constexpr size_t bytes_of(size_t labels_bytes) { return labels_bytes + sizeof(Entry); }

  friend bool operator==(const ExemplarColumns& a, const ExemplarColumns& b);

 private:
  struct Entry {
    TimestampMs timestamp_ms;
    double value;
    size_t labels_begin;  // in the buffer, where labels lie in the order of the entries
  };
  size_t end_of_labels(size_t i) const {
    return i + 1 < entries_.size() ? entries_[i + 1].labels_begin : label_bytes_.size();
  }
  size_t upper_bound(TimestampMs timestamp_ms) const;
  void insert_at(size_t at, const Exemplar& exemplar);

  std::string label_bytes_;
  std::vector<Entry> entries_;
};

/// The exemplars of one series.
struct SeriesExemplars {
  Labels labels;  ///< Of the series.
  ExemplarColumns exemplars;
};

}  // namespace weir
