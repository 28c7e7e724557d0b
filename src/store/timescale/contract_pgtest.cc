#include "contract/store_contract.h"
#include "store/timescale/store_harness_pgtest.h"

namespace weir::store {

using PlainCopyHarness =
    timescale::ServerStoreHarness<timescale::PlainServer, timescale::TimescaleStoreOptions::Writer::kCopy>;
using PlainUnnestHarness =
    timescale::ServerStoreHarness<timescale::PlainServer, timescale::TimescaleStoreOptions::Writer::kUnnest>;
STORE_CONTRACT(PostgresCopy, PlainCopyHarness);
STORE_CONTRACT(PostgresUnnest, PlainUnnestHarness);
STORE_RETENTION_CONTRACT(PostgresCopy, PlainCopyHarness);

}  // namespace weir::store
