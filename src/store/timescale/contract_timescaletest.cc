#include "contract/store_contract.h"
#include "store/timescale/store_harness_pgtest.h"

namespace weir::store {

using TimescaleHarness = timescale::ServerStoreHarness<timescale::TimescaleServer,
                                                       timescale::TimescaleStoreOptions::Writer::kCopy>;
STORE_CONTRACT(Timescale, TimescaleHarness);
STORE_RETENTION_CONTRACT(Timescale, TimescaleHarness);

}  // namespace weir::store
