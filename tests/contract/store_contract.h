#pragma once

#include "contract/store_erasures.h"
#include "contract/store_exemplars.h"
#include "contract/store_fingerprints.h"
#include "contract/store_histograms.h"
#include "contract/store_reads.h"
#include "contract/store_recovery.h"
#include "contract/store_reductions.h"
#include "contract/store_retention.h"
#include "contract/store_writes.h"

/// What store/store.h promises, as tests that every implementation runs:
///
///     struct MyStoreHarness { ... };   // default constructible, a new store for each test
///     STORE_CONTRACT(MyStore, MyStoreHarness);
///
/// A harness has
///     store::Store& store();     // with 2 partitions or more, keeping samples of any age
///     void reopen();             // stops in good order, opens again
///     void crash();              // dies without a word, opens again
/// and, behind a server,
///     static const char* missing_server();       // null, or why every test is skipped
///     static constexpr TimestampMs kLastTime;    // where times end before those of 64 bits
/// and, where the store keeps no histograms,
///     static constexpr bool kKeepsHistograms = false;
/// and, where it keeps no exemplars,
///     static constexpr bool kKeepsExemplars = false;
#define STORE_CONTRACT(name, harness)                               \
  INSTANTIATE_TYPED_TEST_SUITE_P(name, StoreWrites, harness);       \
  INSTANTIATE_TYPED_TEST_SUITE_P(name, StoreReads, harness);        \
  INSTANTIATE_TYPED_TEST_SUITE_P(name, StoreReductions, harness);   \
  INSTANTIATE_TYPED_TEST_SUITE_P(name, StoreRecovery, harness);     \
  INSTANTIATE_TYPED_TEST_SUITE_P(name, StoreFingerprints, harness); \
  INSTANTIATE_TYPED_TEST_SUITE_P(name, StoreErasures, harness);     \
  INSTANTIATE_TYPED_TEST_SUITE_P(name, StoreHistograms, harness);   \
  INSTANTIATE_TYPED_TEST_SUITE_P(name, StoreExemplars, harness)

/// What store/retention.h promises, for stores that have retention by tenant. A harness has
///     SettableRetention& retention();    // of the store
///     TimestampMs now_ms();              // by the store's clock
#define STORE_RETENTION_CONTRACT(name, harness) INSTANTIATE_TYPED_TEST_SUITE_P(name, StoreRetention, harness)
