#include "model/batch_pool.h"

namespace weir {

BatchPool::BatchPool(const Options& options) : shelf_(std::make_shared<Shelf>()) {
  shelf_->options = options;
}

std::shared_ptr<Batch> BatchPool::take() {
  std::unique_ptr<Batch> batch;
  {
    std::lock_guard lock(shelf_->mutex);
    if (!shelf_->idle.empty()) {
      batch = std::move(shelf_->idle.back());
      shelf_->idle.pop_back();
    }
  }
  if (batch == nullptr) batch = std::make_unique<Batch>();
  return {batch.release(),
          [shelf = shelf_](Batch* returned) { shelf->put_back(std::unique_ptr<Batch>(returned)); }};
}

size_t BatchPool::idle_count() const {
  std::lock_guard lock(shelf_->mutex);
  return shelf_->idle.size();
}

void BatchPool::Shelf::put_back(std::unique_ptr<Batch> batch) {
  if (batch->capacity_bytes() > options.capacity_max) return;
  batch->clear();
  std::lock_guard lock(mutex);
  if (idle.size() < options.idle_max) idle.push_back(std::move(batch));
}

}  // namespace weir
