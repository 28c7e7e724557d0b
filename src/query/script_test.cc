#include "os/sim/temp_directory.h"
#include "store/embedded/embedded_store.h"
#include "store/memory/memory_store.h"
#include "support/promql_script.h"

// The scripts of tests/promql over a naive store, and over the embedded one with the samples in memory and on
// disk.
namespace weir::query {
namespace {

class OnNaiveStore : public test::PromqlScripts {};

TEST_P(OnNaiveStore, Passes) {
  store::MemoryStore store;
  test::run_script(store, GetParam());
}
INSTANTIATE_PROMQL_SCRIPTS(OnNaiveStore);

class OnEmbeddedStore : public test::PromqlScripts {
 protected:
  void run(bool compacts) {
    store::embedded::EmbeddedStoreOptions options;
    options.directory = directory_.path() + "/store";
    telemetry::Registry registry;
    const auto store =
        store::embedded::open(options, os::posix_files(), os::system_clock(), registry).value();
    test::run_script(*store, GetParam(), compacts);
  }

  os::sim::TempDirectory directory_;
};

TEST_P(OnEmbeddedStore, PassesInMemory) {
  run(false);
}
TEST_P(OnEmbeddedStore, PassesOnDisk) {
  run(true);
}
INSTANTIATE_PROMQL_SCRIPTS(OnEmbeddedStore);

}  // namespace
}  // namespace weir::query
