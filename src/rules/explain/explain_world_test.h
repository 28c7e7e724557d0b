#pragma once

#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/sim/manual_clock.h"
#include "rules/explain/selector_samples.h"
#include "store/memory/memory_store.h"

namespace weir::rules::explain {

inline constexpr TimestampMs kNow = 1'700'000'000'000;

/// A store with an engine. Values lie ten seconds apart, the last one at kNow.
class ExplainTest : public testing::Test {
 protected:
  void load(std::initializer_list<Label> labels, const std::vector<double>& values) {
    const Labels series = Labels::of(labels);
    for (size_t i = 0; i < values.size(); ++i) {
      const auto back = static_cast<int64_t>(values.size() - 1 - i);
      store_.append(tenant_, series, kNow - back * 10'000, values[i]);
    }
  }

  const TenantId tenant_ = store::MemoryStore::sole_tenant();
  weir::Limits query_limits_;
  os::sim::ManualClock clock_;
  store::MemoryStore store_;
  query::Engine engine_{store_, {}, clock_};
  query::QueryContext context_{tenant_, query_limits_, Deadline::never()};
  ExplainLimits limits_;
  Parts parts_{store_, engine_, context_};
};

}  // namespace weir::rules::explain
