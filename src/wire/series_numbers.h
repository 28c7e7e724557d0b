#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <absl/container/flat_hash_set.h>

namespace weir::wire {

/// What tells the series of one tenant and partition apart without their labels: two hashes of those, 96 bits
/// in all. Two series of a million agree by chance once in 2^57; whoever makes two of his own agree on
/// purpose mixes up nobody's but those.
struct SeriesIdentity {
  uint64_t hash = 0;   ///< `series_hash`.
  uint32_t check = 0;  ///< Another hash of the labels, with a seed of its own.
  bool operator==(const SeriesIdentity&) const = default;
};

/// The numbers by which a group of records of one tenant and partition name series, given out in the order of
/// their first use. Remembers nothing but identities: about 24 bytes a series. Owned by one thread.
class SeriesNumbers {
 public:
  /// Series that get a number; more than any head holds.
  static constexpr uint32_t kNumbersMax = 1u << 30;
  /// How often a series is defined: see docs/formats/series-record.md.
  static constexpr uint32_t kDefinitions = 2;

  struct Numbered {
    uint32_t number;
    bool is_new;        ///< The number is given out by this call: the record must define the series.
    bool define_again;  ///< The series has been defined, but less than kDefinitions times.
  };

  /// `group`: 1 or more; told in each record, so that a reader never takes a number of another group for one
  /// of this.
  explicit SeriesNumbers(uint64_t group)
      : group_(group), by_identity_(0, Hash{&entries_}, Equal{&entries_}) {}
  SeriesNumbers(const SeriesNumbers&) = delete;
  SeriesNumbers& operator=(const SeriesNumbers&) = delete;

  uint64_t group() const { return group_; }
  /// Begins a record: the next series has none before it.
  void begin_record() { previous_ = kNone; }
  /// The number of the next series of the record. The series that followed the one before it last time is
  /// tried first, since senders repeat their order.
  Numbered next(const SeriesIdentity& identity);
  /// Counts another definition, beside that of a new series.
  void defined_again(uint32_t number) { ++entries_[number].definitions; }
  uint32_t count() const { return static_cast<uint32_t>(entries_.size()); }

 private:
  static constexpr uint32_t kNone = kNumbersMax - 1;

  struct Entry {
    uint64_t hash;
    uint32_t check;
    uint32_t successor : 30;
    uint32_t definitions : 2;
    bool is(const SeriesIdentity& identity) const { return hash == identity.hash && check == identity.check; }
  };
  // All series of a partition agree in the hash modulo the number of partitions, and the table takes its tags
  // from the low bits: so the halves change places.
  struct Hash {
    using is_transparent = void;
    const std::vector<Entry>* entries;
    size_t operator()(uint32_t number) const { return std::rotl((*entries)[number].hash, 32); }
    size_t operator()(const SeriesIdentity& identity) const { return std::rotl(identity.hash, 32); }
  };
  struct Equal {
    using is_transparent = void;
    const std::vector<Entry>* entries;
    bool operator()(uint32_t a, uint32_t b) const { return a == b; }
    bool operator()(uint32_t number, const SeriesIdentity& identity) const {
      return (*entries)[number].is(identity);
    }
    bool operator()(const SeriesIdentity& identity, uint32_t number) const {
      return (*entries)[number].is(identity);
    }
  };

  uint32_t find(const SeriesIdentity& identity) const;

  const uint64_t group_;
  std::vector<Entry> entries_;
  absl::flat_hash_set<uint32_t, Hash, Equal> by_identity_;
  uint32_t previous_ = kNone;
};

}  // namespace weir::wire
