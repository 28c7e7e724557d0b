#pragma once

#include "store/timescale/store_harness_pgtest.h"
#include "support/promql_script.h"

namespace weir::query {

/// One schema on the server for all scripts, each a tenant of it.
template <typename Server>
class ScriptsOnServer : public test::PromqlScripts {
 protected:
  using Schema = store::timescale::TestSchema<Server>;

  static void SetUpTestSuite() {
    if (Schema::missing_server() != nullptr) return;
    schema_ = std::make_unique<Schema>();
    const Deadline deadline = Deadline::never();
    ASSERT_TRUE(store::timescale::migrate(schema_->options(), os::system_clock(), deadline).ok());
    store::timescale::ServerReport report;
    store_ =
        store::timescale::open(schema_->options(), os::system_clock(), registry_, deadline, report).value();
  }
  static void TearDownTestSuite() {
    store_.reset();
    schema_.reset();
  }
  void SetUp() override {
    if (const char* missing = Schema::missing_server()) GTEST_SKIP() << missing;
  }

  static inline telemetry::Registry registry_;
  static inline std::unique_ptr<Schema> schema_;
  static inline std::unique_ptr<store::Store> store_;
};

}  // namespace weir::query
