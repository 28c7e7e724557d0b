#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <utility>

#include "model/sample.h"
#include "store/embedded/shared_block.h"

/// The newest samples of a series, coded as they come: whole bytes, one token a sample, appended only. Bit
/// exact for every double. The layout lives in memory alone and is at the head of open_run.cc.
namespace weir::store::embedded {

/// Writes the first `sample_count` samples of a run with these bytes; no more than it has. The bytes must be
/// those of a run of this process: they are not checked.
void decode_run(std::span<const uint8_t> bytes, size_t sample_count, TimestampMs* timestamps_ms,
                double* values);
/// Appends them.
void decode_run(std::span<const uint8_t> bytes, size_t sample_count, SampleColumns& out);

/// A run that grows. Bytes once written never change, so a reader's view is an owner of the bytes with their
/// number and that of the samples. One writer; views are taken under the lock that the writer holds, and
/// decoded without it.
class OpenRun {
 public:
  class View {
   public:
    View() = default;
    View(SharedBlock<uint8_t> block, uint32_t size_bytes, uint32_t sample_count)
        : block_(std::move(block)), size_bytes_(size_bytes), sample_count_(sample_count) {}
    size_t sample_count() const { return sample_count_; }
    /// Appends the samples.
    void decode(SampleColumns& out) const { decode_run({block_.data(), size_bytes_}, sample_count_, out); }

   private:
    SharedBlock<uint8_t> block_;
    uint32_t size_bytes_ = 0;
    uint32_t sample_count_ = 0;
  };

  static constexpr size_t kSamplesMax = 120;
  static constexpr size_t kBytesMax = 640;

  bool empty() const { return sample_count_ == 0; }
  /// Enough to be closed: to decode more for a few samples would cost more than a larger chunk saves.
  bool full() const { return sample_count_ >= kSamplesMax || size_ >= kBytesMax; }
  size_t sample_count() const { return sample_count_; }
  std::span<const uint8_t> bytes() const { return {block_.data(), size_}; }
  /// Memory of the bytes, the allocator's part included.
  size_t size_bytes() const { return SharedBlock<uint8_t>::size_bytes(capacity_); }
  /// Of the newest sample; 0 when there is none.
  TimestampMs last_ms() const { return last_ms_; }
  double last_value() const { return std::bit_cast<double>(last_bits_); }

  /// The run must have fewer than kSamplesMax samples, and this one must be newer than they are.
  void append(Sample sample);
  View view() const { return {block_, size_, sample_count_}; }

 private:
  void append_token(uint64_t delta_ms, double value);
  void append_step(uint32_t zigzagged);
  void append_general(uint64_t delta_ms, double value, const int64_t* step);
  void append_bytes(std::span<const uint8_t> bytes);
  void append_repeats();
  bool take_places(double value);
  uint8_t* room(size_t bytes);

  SharedBlock<uint8_t> block_;
  TimestampMs last_ms_ = 0;
  uint64_t last_bits_ = 0;
  uint32_t last_delta_ms_ = 0;
  uint16_t size_ = 0;  // of the bytes; here, with the capacity, because the block's head is cold memory
  uint16_t capacity_ = 0;
  uint8_t sample_count_ = 0;
  uint8_t repeats_ = 0;  // samples after the bytes: each one delta later than the one before, same value
  uint8_t places_ = 0;   // decimal places of the values, or kNotDecimal
};

}  // namespace weir::store::embedded
