#include "store/embedded/embedded_store.h"

#include <gtest/gtest.h>

#include "contract/store_contract.h"
#include "os/random.h"
#include "os/sim/faulty_files.h"
#include "os/sim/manual_clock.h"

namespace weir::store {

struct MemoryStoreHarness {
  MemoryStore memory;
  Store& store() { return memory; }
  void reopen() {}
  void crash() {}
};
STORE_CONTRACT(MemoryStore, MemoryStoreHarness);

namespace embedded {

// A disk in memory that loses what was not synced.
class EmbeddedStoreHarness {
 public:
  EmbeddedStoreHarness() { start(); }
  Store& store() { return *store_; }
  SettableRetention& retention() { return retention_; }
  TimestampMs now_ms() const { return clock_.wall_ms(); }
  void reopen() {
    store_.reset();
    files_.reopen();
    start();
  }
  void crash() {
    files_.kill();
    store_.reset();
    files_.crash(random_);
    start();
  }

 private:
  void start() {
    store_ = open({.directory = "/data/store", .tenant_retention = &retention_}, files_, clock_, registry_)
                 .value();
  }

  os::sim::FaultyFiles files_;
  os::sim::ManualClock clock_;
  SettableRetention retention_;
  telemetry::Registry registry_;
  os::Random random_{42};
  std::unique_ptr<Store> store_;
};
STORE_CONTRACT(EmbeddedStore, EmbeddedStoreHarness);
STORE_RETENTION_CONTRACT(EmbeddedStore, EmbeddedStoreHarness);

}  // namespace embedded
}  // namespace weir::store
