#pragma once

#include <map>
#include <mutex>

#include "store/retention.h"

namespace weir::store {

/// For tests: each tenant's samples are kept for ever until the test says otherwise. Safe from any thread.
class SettableRetention : public TenantRetention {
 public:
  void set(TenantId tenant, os::milliseconds kept) {
    std::lock_guard lock(mutex_);
    ++version_;
    tenants_[tenant] = kept;
  }
  os::milliseconds of(TenantId tenant) const override {
    std::lock_guard lock(mutex_);
    const auto at = tenants_.find(tenant);
    return at == tenants_.end() ? os::milliseconds(0) : at->second;
  }
  uint64_t version() const override {
    std::lock_guard lock(mutex_);
    return version_;
  }

 private:
  mutable std::mutex mutex_;
  std::map<TenantId, os::milliseconds> tenants_;
  uint64_t version_ = 0;
};

}  // namespace weir::store
