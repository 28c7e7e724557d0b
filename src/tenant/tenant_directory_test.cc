#include "tenant/tenant_directory.h"

#include <atomic>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "meta/sqlite/sqlite_meta_store.h"
#include "os/sim/manual_clock.h"
#include "os/threads.h"

namespace weir::tenant {
namespace {

// Counts the questions that reach the catalogue, and can be taken away.
class WatchedStore : public meta::MetaStore {
 public:
  explicit WatchedStore(os::Clock& clock) : store_(meta::sqlite::open(":memory:", clock).value()) {}

  Result<meta::Tenant> create_tenant(std::string_view name, Deadline deadline) override {
    ++calls;
    if (away) return unavailable("catalogue is away");
    return store_->create_tenant(name, deadline);
  }
  Result<meta::Tenant> find_tenant(std::string_view name, Deadline deadline) override {
    ++calls;
    if (away) return unavailable("catalogue is away");
    return store_->find_tenant(name, deadline);
  }
  Result<std::vector<meta::Tenant>> tenants(Deadline deadline) override {
    ++calls;
    if (away) return unavailable("catalogue is away");
    return store_->tenants(deadline);
  }

  Result<meta::Document> get(TenantId, std::string_view, std::string_view, Deadline) override {
    return unused();
  }
  Result<std::vector<meta::Document>> list(TenantId, std::string_view, Deadline) override { return unused(); }
  Result<uint64_t> put(TenantId, std::string_view, std::string_view, std::string_view,
                       std::optional<uint64_t>, Deadline) override {
    return unused();
  }
  Status erase(TenantId, std::string_view, std::string_view, std::optional<uint64_t>, Deadline) override {
    return unused();
  }
  Result<uint64_t> revision(std::string_view, Deadline) override { return unused(); }
  Result<meta::NamedLease> acquire_lease(std::string_view, std::string_view, os::milliseconds,
                                         Deadline) override {
    return unused();
  }
  Status release_lease(std::string_view, std::string_view, Deadline) override { return unused(); }

  std::atomic<int> calls{0};
  std::atomic<bool> away{false};

 private:
  static Error unused() { return internal("the directory does not ask this"); }
  std::unique_ptr<meta::MetaStore> store_;
};

class Directory : public testing::Test {
 protected:
  std::optional<TenantId> find(std::string_view name) { return directory_.find(name, never_).value(); }
  TenantId create(std::string_view name) { return directory_.find_or_create(name, never_).value(); }

  const Deadline never_ = Deadline::never();
  os::sim::ManualClock clock_;
  WatchedStore store_{clock_};
  TenantDirectory directory_{store_};
};

TEST_F(Directory, CreatesATenantOnItsFirstWriteOnly) {
  EXPECT_EQ(find("acme"), std::nullopt);
  EXPECT_EQ(directory_.cached("acme"), std::nullopt);
  const TenantId id = create("acme");
  EXPECT_EQ(find("acme"), id);
  EXPECT_EQ(directory_.cached("acme"), id);
  EXPECT_EQ(create("acme"), id);
  EXPECT_NE(create(kDefaultTenantName), id);
}

TEST_F(Directory, AsksTheCatalogueOncePerTenant) {
  const TenantId id = create("acme");
  const int calls = store_.calls;
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(create("acme"), id);
    EXPECT_EQ(find("acme"), id);
  }
  EXPECT_EQ(store_.calls, calls);
}

TEST_F(Directory, KnownTenantsNeedNoCatalogue) {
  const TenantId id = create("acme");
  store_.away = true;
  EXPECT_EQ(find("acme"), id);
  EXPECT_EQ(create("acme"), id);
  EXPECT_EQ(directory_.find("other", never_).error().code, Code::kUnavailable);
  EXPECT_EQ(directory_.find_or_create("other", never_).error().code, Code::kUnavailable);
  store_.away = false;
  EXPECT_TRUE(directory_.find_or_create("other", never_).ok());
}

TEST_F(Directory, SeesATenantThatAnotherProcessCreatesLater) {
  EXPECT_EQ(find("acme"), std::nullopt);
  const TenantId id = store_.create_tenant("acme", never_).value().id;
  EXPECT_EQ(find("acme"), id);
}

TEST_F(Directory, LoadsTheTenantsThatExist) {
  const TenantId id = store_.create_tenant("acme", never_).value().id;
  ASSERT_TRUE(directory_.load(never_).ok());
  EXPECT_EQ(directory_.cached("acme"), id);
  EXPECT_EQ(directory_.name_of(id), "acme");
  store_.away = true;
  EXPECT_EQ(directory_.load(never_).error().code, Code::kUnavailable);
}

TEST_F(Directory, RefusesInvalidNames) {
  for (const char* name : {"", "..", "a/b", "a b"}) {
    EXPECT_EQ(directory_.find(name, never_).error().code, Code::kInvalidArgument) << name;
    EXPECT_EQ(directory_.find_or_create(name, never_).error().code, Code::kInvalidArgument) << name;
    EXPECT_EQ(directory_.cached(name), std::nullopt);
  }
}

TEST_F(Directory, NamesAnUnknownIdByItsNumber) {
  EXPECT_EQ(directory_.name_of(TenantId::from_stored(17)), "#17");
}

TEST_F(Directory, ForgetsNamesBeyondItsLimitAndStaysRight) {
  TenantDirectory small(store_, {.names_max = 3});
  std::vector<TenantId> ids;
  for (int i = 0; i < 10; ++i) ids.push_back(small.find_or_create(std::to_string(i), never_).value());
  int remembered = 0;
  for (int i = 0; i < 10; ++i) remembered += small.cached(std::to_string(i)) ? 1 : 0;
  EXPECT_EQ(remembered, 3);
  EXPECT_EQ(small.cached("9"), ids[9]);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(small.find(std::to_string(i), never_).value(), ids[i]);
  int named = 0;
  for (int i = 0; i < 10; ++i) named += small.name_of(ids[i]) == std::to_string(i) ? 1 : 0;
  EXPECT_EQ(named, 3);
}

TEST_F(Directory, ThreadsAgreeOnTheIds) {
  constexpr int kThreads = 4;
  TenantDirectory small(store_, {.names_max = 5});
  std::vector<std::vector<TenantId>> seen(kThreads);
  {
    std::vector<os::Thread> threads;
    for (auto& ids : seen) {
      threads.emplace_back("creator", [&](std::stop_token) {
        for (int i = 0; i < 200; ++i)
          ids.push_back(small.find_or_create(std::to_string(i % 10), never_).value());
      });
    }
  }
  for (const auto& ids : seen) EXPECT_EQ(ids, seen[0]);
}

}  // namespace
}  // namespace weir::tenant
