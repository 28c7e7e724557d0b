#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "model/batch.h"

namespace weir {

/// Batches whose memory is used again: a batch comes back, empty, when its last holder lets go of it. Safe
/// from any thread; batches may outlive the pool.
class BatchPool {
 public:
  struct Options {
    size_t idle_max = 16;            ///< Batches kept for later.
    size_t capacity_max = 4u << 20;  ///< Bytes; a batch that has grown larger is freed.
  };
  explicit BatchPool(const Options& options);

  /// An empty batch.
  std::shared_ptr<Batch> take();
  size_t idle_count() const;

 private:
  struct Shelf {
    Options options;
    std::mutex mutex;
    std::vector<std::unique_ptr<Batch>> idle;  // guarded by mutex

    void put_back(std::unique_ptr<Batch> batch);
  };
  const std::shared_ptr<Shelf> shelf_;
};

}  // namespace weir
