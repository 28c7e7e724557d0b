#pragma once

#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "meta/meta_store.h"
#include "os/sim/manual_clock.h"
#include "os/threads.h"

/// What every meta::MetaStore must do. An implementation's test defines an engine
///
///   struct Engine {
///     // Another store object on the same data, as another process would open it; data begins empty. Null
///     // when its server is not there: the tests are skipped.
///     std::unique_ptr<meta::MetaStore> open(os::Clock& clock);
///     // Optional: how long, by a real clock, another process' change may take to show in `revision`.
///     static constexpr os::milliseconds kRevisionLag{2'000};
///   };
///
/// and instantiates the suite with INSTANTIATE_TYPED_TEST_SUITE_P(Name, MetaContract, Engine).
namespace weir::meta {

template <typename Engine>
class MetaContract : public testing::Test {
 protected:
  void SetUp() override {
    if (store_ == nullptr) GTEST_SKIP() << "no server: run by tests/services/run.py";
  }
  std::unique_ptr<MetaStore> open() { return engine_.open(clock_); }
  void reopen() {
    store_.reset();
    store_ = open();
  }
  TenantId tenant(std::string_view name) { return store_->create_tenant(name, never_).value().id; }
  uint64_t put(TenantId id, std::string_view key, std::string_view body) {
    return store_->put(id, "rules", key, body, std::nullopt, never_).value();
  }
  Result<NamedLease> acquire(std::string_view holder) {
    return store_->acquire_lease("ruler/0", holder, os::milliseconds(1'000), never_);
  }
  /// The revision of "rules" as `store` has it, once it is another one than `last` or its time to show has
  /// passed.
  uint64_t revision_after(MetaStore& store, uint64_t last) {
    os::Clock& real = os::system_clock();
    const Deadline deadline = Deadline::after(real, revision_lag());
    while (true) {
      const bool is_late = deadline.passed(real);
      const uint64_t revision = store.revision("rules", never_).value();
      if (revision != last || is_late) return revision;
      real.sleep_until(real.steady() + os::milliseconds(1), {});
    }
  }
  static constexpr os::milliseconds revision_lag() {
    if constexpr (requires { Engine::kRevisionLag; }) return Engine::kRevisionLag;
    return os::milliseconds(0);
  }

  const Deadline never_ = Deadline::never();
  os::sim::ManualClock clock_;
  Engine engine_;
  std::unique_ptr<MetaStore> store_ = open();
};

TYPED_TEST_SUITE_P(MetaContract);

/// The code of a failed result, for EXPECT_EQ; stops the test's process on a success.
template <typename T>
Code code_of(const Result<T>& result) {
  return result.error().code;
}

TYPED_TEST_P(MetaContract, CreatesATenantOnce) {
  const Tenant first = this->store_->create_tenant("acme", this->never_).value();
  this->clock_.advance(os::milliseconds(5'000));
  const Tenant again = this->store_->create_tenant("acme", this->never_).value();
  EXPECT_EQ(first.id, again.id);
  EXPECT_EQ(again.name, "acme");
  EXPECT_EQ(again.created_ms, first.created_ms);
  EXPECT_NE(this->tenant("other"), first.id);
}

TYPED_TEST_P(MetaContract, FindsATenantByItsExactName) {
  EXPECT_EQ(code_of(this->store_->find_tenant("acme", this->never_)), Code::kNotFound);
  const TenantId id = this->tenant("acme");
  EXPECT_EQ(this->store_->find_tenant("acme", this->never_).value().id, id);
  EXPECT_EQ(code_of(this->store_->find_tenant("Acme", this->never_)), Code::kNotFound);
}

TYPED_TEST_P(MetaContract, ListsTenantsByName) {
  EXPECT_THAT(this->store_->tenants(this->never_).value(), testing::IsEmpty());
  for (const char* name : {"b", "C", "a"}) this->tenant(name);
  const std::vector<Tenant> tenants = this->store_->tenants(this->never_).value();
  std::vector<std::string> names;
  for (const Tenant& tenant : tenants) names.push_back(tenant.name);
  EXPECT_THAT(names, testing::ElementsAre("C", "a", "b"));
}

TYPED_TEST_P(MetaContract, RefusesInvalidTenantNames) {
  for (const std::string& name : {std::string(), std::string("."), std::string(".."), std::string("a b"),
                                  std::string("a/b"), std::string("ä"), std::string("a\0b", 3),
                                  std::string(151, 'a'), std::string("a|b"), std::string("a\n")}) {
    EXPECT_EQ(code_of(this->store_->create_tenant(name, this->never_)), Code::kInvalidArgument) << name;
    EXPECT_EQ(code_of(this->store_->find_tenant(name, this->never_)), Code::kInvalidArgument) << name;
  }
  for (const std::string& name : {std::string("!-_.*'()"), std::string("..."), std::string(150, 'Z')}) {
    EXPECT_TRUE(this->store_->create_tenant(name, this->never_).ok()) << name;
  }
}

TYPED_TEST_P(MetaContract, ConcurrentCreationsAgreeOnOneId) {
  constexpr int kThreads = 8;
  constexpr int kNames = 5;
  std::vector<std::vector<uint64_t>> ids(kThreads);
  auto other = this->open();
  const auto create = [&](int thread) {
    MetaStore& store = thread % 2 == 0 ? *this->store_ : *other;
    for (int i = 0; i < kNames; ++i) {
      ids[thread].push_back(
          store.create_tenant("tenant-" + std::to_string(i), this->never_).value().id.value());
    }
  };
  {
    std::vector<os::Thread> threads;
    for (int i = 0; i < kThreads; ++i)
      threads.emplace_back("creator", [&, i](std::stop_token) { create(i); });
  }
  for (const auto& seen : ids) EXPECT_EQ(seen, ids[0]);
  EXPECT_EQ(std::set<uint64_t>(ids[0].begin(), ids[0].end()).size(), kNames);
}

TYPED_TEST_P(MetaContract, KeepsADocument) {
  const TenantId id = this->tenant("acme");
  const std::string body("any \0 bytes \xff", 13);
  const uint64_t version = this->put(id, "groups/cpu.yml", body);
  EXPECT_GT(version, 0U);
  const Document found = this->store_->get(id, "rules", "groups/cpu.yml", this->never_).value();
  EXPECT_EQ(found.key, "groups/cpu.yml");
  EXPECT_EQ(found.body, body);
  EXPECT_EQ(found.version, version);
  EXPECT_EQ(found.updated_ms, this->clock_.wall_ms());
  EXPECT_EQ(code_of(this->store_->get(id, "rules", "groups/mem.yml", this->never_)), Code::kNotFound);
  EXPECT_EQ(code_of(this->store_->get(id, "silences", "groups/cpu.yml", this->never_)), Code::kNotFound);
}

TYPED_TEST_P(MetaContract, ReplacesADocumentUnderALargerVersion) {
  const TenantId id = this->tenant("acme");
  const uint64_t first = this->put(id, "a", "one");
  this->clock_.advance(os::milliseconds(7));
  const uint64_t second = this->put(id, "a", "");
  EXPECT_GT(second, first);
  const Document found = this->store_->get(id, "rules", "a", this->never_).value();
  EXPECT_EQ(found.body, "");
  EXPECT_EQ(found.version, second);
  EXPECT_EQ(found.updated_ms, this->clock_.wall_ms());
}

TYPED_TEST_P(MetaContract, PutsOnlyOverTheExpectedVersion) {
  const TenantId id = this->tenant("acme");
  const auto put = [&](std::optional<uint64_t> if_version) {
    return this->store_->put(id, "rules", "a", "body", if_version, this->never_);
  };
  EXPECT_EQ(code_of(put(7)), Code::kAlreadyExists);
  const uint64_t first = put(0).value();
  const auto taken = put(0);
  EXPECT_EQ(code_of(taken), Code::kAlreadyExists);
  EXPECT_THAT(taken.error().message, testing::HasSubstr(std::to_string(first)));
  const uint64_t second = put(first).value();
  EXPECT_EQ(code_of(put(first)), Code::kAlreadyExists);
  EXPECT_EQ(this->store_->get(id, "rules", "a", this->never_).value().version, second);
}

TYPED_TEST_P(MetaContract, ErasesADocument) {
  const TenantId id = this->tenant("acme");
  const auto erase = [&](std::optional<uint64_t> if_version) {
    return this->store_->erase(id, "rules", "a", if_version, this->never_);
  };
  EXPECT_EQ(code_of(erase(std::nullopt)), Code::kNotFound);
  const uint64_t version = this->put(id, "a", "body");
  EXPECT_EQ(code_of(erase(version + 1)), Code::kAlreadyExists);
  EXPECT_TRUE(erase(version).ok());
  EXPECT_EQ(code_of(this->store_->get(id, "rules", "a", this->never_)), Code::kNotFound);
  EXPECT_EQ(code_of(erase(version)), Code::kNotFound);
}

TYPED_TEST_P(MetaContract, VersionsNeverRepeatAfterErase) {
  const TenantId id = this->tenant("acme");
  uint64_t last = 0;
  for (int i = 0; i < 5; ++i) {
    const uint64_t version = this->put(id, "a", "same");
    EXPECT_GT(version, last);
    last = version;
    ASSERT_TRUE(this->store_->erase(id, "rules", "a", std::nullopt, this->never_).ok());
    this->reopen();
  }
}

TYPED_TEST_P(MetaContract, ListsDocumentsOfOneKindByKey) {
  const TenantId id = this->tenant("acme");
  EXPECT_THAT(this->store_->list(id, "rules", this->never_).value(), testing::IsEmpty());
  for (const char* key : {"b", "a/2", "a.1", "c"}) this->put(id, key, key);
  ASSERT_TRUE(this->store_->put(id, "rulesets", "x", "", std::nullopt, this->never_).ok());
  const std::vector<Document> documents = this->store_->list(id, "rules", this->never_).value();
  std::vector<std::string> keys;
  for (const Document& document : documents) {
    keys.push_back(document.key);
    EXPECT_EQ(document.body, document.key);
  }
  EXPECT_THAT(keys, testing::ElementsAre("a.1", "a/2", "b", "c"));
}

TYPED_TEST_P(MetaContract, TenantsNeverMeet) {
  const TenantId a = this->tenant("a");
  const TenantId b = this->tenant("b");
  const uint64_t version = this->put(a, "key", "of a");
  EXPECT_EQ(code_of(this->store_->get(b, "rules", "key", this->never_)), Code::kNotFound);
  EXPECT_THAT(this->store_->list(b, "rules", this->never_).value(), testing::IsEmpty());
  EXPECT_EQ(code_of(this->store_->erase(b, "rules", "key", version, this->never_)), Code::kNotFound);
  EXPECT_TRUE(this->store_->put(b, "rules", "key", "of b", 0, this->never_).ok());
  EXPECT_EQ(this->store_->get(a, "rules", "key", this->never_).value().body, "of a");
  EXPECT_EQ(this->store_->get(a, "rules", "key", this->never_).value().version, version);
}

TYPED_TEST_P(MetaContract, RefusesInvalidDocuments) {
  const TenantId id = this->tenant("acme");
  const auto put = [&](std::string_view kind, std::string_view key, std::string_view body) {
    return this->store_->put(id, kind, key, body, std::nullopt, this->never_);
  };
  for (const std::string& word : {std::string(), std::string("A"), std::string("a b"), std::string("a\0", 2),
                                  std::string("\xc3\xa4"), std::string(201, 'a')}) {
    EXPECT_EQ(code_of(put(word, "key", "")), Code::kInvalidArgument) << word;
    EXPECT_EQ(code_of(put("rules", word, "")), Code::kInvalidArgument) << word;
    EXPECT_EQ(code_of(this->store_->list(id, word, this->never_)), Code::kInvalidArgument) << word;
    EXPECT_EQ(code_of(this->store_->revision(word, this->never_)), Code::kInvalidArgument) << word;
  }
  EXPECT_TRUE(put(std::string(200, 'a'), std::string(200, 'b'), "").ok());
  EXPECT_TRUE(put("rules", "az09_./-", std::string(1u << 20, 'x')).ok());
  EXPECT_EQ(code_of(put("rules", "key", std::string((1u << 20) + 1, 'x'))), Code::kInvalidArgument);
}

TYPED_TEST_P(MetaContract, RevisionGrowsWithEveryChangeOfTheKind) {
  const TenantId id = this->tenant("acme");
  auto other = this->open();
  const uint64_t start = other->revision("rules", this->never_).value();
  this->put(id, "a", "");
  const uint64_t put = this->revision_after(*other, start);
  EXPECT_GT(put, start);
  EXPECT_EQ(this->store_->revision("rules", this->never_).value(), put) << "our own changes show at once";
  ASSERT_TRUE(this->store_->put(id, "silences", "a", "", std::nullopt, this->never_).ok());
  ASSERT_FALSE(this->store_->put(id, "rules", "a", "", 0, this->never_).ok());
  EXPECT_EQ(this->revision_after(*other, put), put);
  ASSERT_TRUE(this->store_->erase(id, "rules", "a", std::nullopt, this->never_).ok());
  EXPECT_GT(this->revision_after(*other, put), put);
}

TYPED_TEST_P(MetaContract, ALeaseHasOneHolder) {
  const NamedLease lease = this->acquire("one").value();
  EXPECT_EQ(lease.name, "ruler/0");
  EXPECT_EQ(lease.holder, "one");
  EXPECT_EQ(lease.expires_ms, this->clock_.wall_ms() + 1'000);
  this->clock_.advance(os::milliseconds(999));
  const auto refused = this->acquire("two");
  EXPECT_EQ(code_of(refused), Code::kAlreadyExists);
  EXPECT_THAT(refused.error().message, testing::HasSubstr("one"));
  EXPECT_TRUE(this->store_->acquire_lease("ruler/1", "two", os::milliseconds(1), this->never_).ok());
}

TYPED_TEST_P(MetaContract, RenewingALeaseKeepsItsEpoch) {
  const NamedLease first = this->acquire("one").value();
  this->clock_.advance(os::milliseconds(900));
  const NamedLease renewed = this->acquire("one").value();
  EXPECT_EQ(renewed.epoch, first.epoch);
  EXPECT_EQ(renewed.expires_ms, first.expires_ms + 900);
  this->clock_.advance(os::milliseconds(900));
  EXPECT_EQ(code_of(this->acquire("two")), Code::kAlreadyExists);
}

TYPED_TEST_P(MetaContract, AnExpiredLeaseGoesToANewHolderWithALargerEpoch) {
  const NamedLease first = this->acquire("one").value();
  this->clock_.advance(os::milliseconds(1'000));
  const NamedLease second = this->acquire("two").value();
  EXPECT_GT(second.epoch, first.epoch);
  EXPECT_EQ(code_of(this->acquire("one")), Code::kAlreadyExists);
  this->clock_.advance(os::milliseconds(1'000));
  EXPECT_GT(this->acquire("one").value().epoch, second.epoch);
}

TYPED_TEST_P(MetaContract, AReleasedLeaseIsFreeAndItsEpochIsSpent) {
  const NamedLease first = this->acquire("one").value();
  EXPECT_TRUE(this->store_->release_lease("ruler/0", "two", this->never_).ok());
  EXPECT_EQ(code_of(this->acquire("two")), Code::kAlreadyExists);
  EXPECT_TRUE(this->store_->release_lease("ruler/0", "one", this->never_).ok());
  this->reopen();
  const NamedLease second = this->acquire("two").value();
  EXPECT_GT(second.epoch, first.epoch);
  EXPECT_TRUE(this->store_->release_lease("ruler/0", "one", this->never_).ok());
  EXPECT_EQ(code_of(this->acquire("three")), Code::kAlreadyExists);
  EXPECT_TRUE(this->store_->release_lease("ruler/0", "two", this->never_).ok());
  EXPECT_GT(this->acquire("two").value().epoch, second.epoch);
  EXPECT_TRUE(this->store_->release_lease("never-taken", "one", this->never_).ok());
}

TYPED_TEST_P(MetaContract, RefusesInvalidLeases) {
  const auto acquire = [&](std::string_view name, std::string_view holder, os::milliseconds ttl) {
    return this->store_->acquire_lease(name, holder, ttl, this->never_);
  };
  const os::milliseconds day(24 * 60 * 60 * 1'000);
  EXPECT_EQ(code_of(acquire("", "me", day)), Code::kInvalidArgument);
  EXPECT_EQ(code_of(acquire("A", "me", day)), Code::kInvalidArgument);
  EXPECT_EQ(code_of(acquire("a", "", day)), Code::kInvalidArgument);
  EXPECT_EQ(code_of(acquire("a", std::string(201, 'x'), day)), Code::kInvalidArgument);
  EXPECT_EQ(code_of(acquire("a", "me", os::milliseconds(0))), Code::kInvalidArgument);
  EXPECT_EQ(code_of(acquire("a", "me", day + os::milliseconds(1))), Code::kInvalidArgument);
  EXPECT_EQ(code_of(acquire("a", "me", os::milliseconds::max())), Code::kInvalidArgument);
  EXPECT_TRUE(acquire("a", "me", day).ok());
}

TYPED_TEST_P(MetaContract, OnlyOneOfManyTakesALease) {
  constexpr int kThreads = 8;
  std::vector<int> won(kThreads, 0);
  auto other = this->open();
  {
    std::vector<os::Thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back("holder", [&, i](std::stop_token) {
        MetaStore& store = i % 2 == 0 ? *this->store_ : *other;
        const auto lease =
            store.acquire_lease("one", "holder-" + std::to_string(i), os::milliseconds(10), this->never_);
        won[i] = lease.ok() ? 1 : 0;
      });
    }
  }
  EXPECT_THAT(won, testing::Contains(1).Times(1));
}

TYPED_TEST_P(MetaContract, EverythingSurvivesReopening) {
  const TenantId id = this->tenant("acme");
  const uint64_t version = this->put(id, "a", "body");
  const uint64_t revision = this->store_->revision("rules", this->never_).value();
  const Epoch epoch = this->acquire("one").value().epoch;
  this->reopen();
  EXPECT_EQ(this->tenant("acme"), id);
  EXPECT_EQ(this->store_->get(id, "rules", "a", this->never_).value().version, version);
  EXPECT_EQ(this->store_->revision("rules", this->never_).value(), revision);
  EXPECT_EQ(code_of(this->acquire("two")), Code::kAlreadyExists);
  EXPECT_EQ(this->acquire("one").value().epoch, epoch);
}

TYPED_TEST_P(MetaContract, ProcessesSeeEachOthersChangesAtOnce) {
  auto other = this->open();
  const TenantId id = this->tenant("acme");
  EXPECT_EQ(other->find_tenant("acme", this->never_).value().id, id);
  const uint64_t first = this->put(id, "a", "here");
  EXPECT_EQ(other->get(id, "rules", "a", this->never_).value().body, "here");
  const uint64_t second = other->put(id, "rules", "a", "there", first, this->never_).value();
  EXPECT_EQ(code_of(this->store_->put(id, "rules", "a", "late", first, this->never_)), Code::kAlreadyExists);
  EXPECT_EQ(this->store_->get(id, "rules", "a", this->never_).value().version, second);
}

TYPED_TEST_P(MetaContract, NoUpdateIsLostBetweenProcesses) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 10;
  const TenantId id = this->tenant("acme");
  this->put(id, "counter", "0");
  const auto count = [&] {
    auto store = this->open();
    for (int done = 0; done < kRounds;) {
      const Document document = store->get(id, "rules", "counter", this->never_).value();
      const std::string next = std::to_string(std::stoi(document.body) + 1);
      done += store->put(id, "rules", "counter", next, document.version, this->never_).ok() ? 1 : 0;
    }
  };
  {
    std::vector<os::Thread> threads;
    for (int i = 0; i < kThreads; ++i) threads.emplace_back("counter", [&](std::stop_token) { count(); });
  }
  EXPECT_EQ(this->store_->get(id, "rules", "counter", this->never_).value().body,
            std::to_string(kThreads * kRounds));
}

TYPED_TEST_P(MetaContract, APassedDeadlineFailsTheCall) {
  const TenantId id = this->tenant("acme");
  const Deadline deadline = Deadline::after(this->clock_, os::milliseconds(5));
  this->clock_.advance(os::milliseconds(5));
  EXPECT_EQ(code_of(this->store_->tenants(deadline)), Code::kDeadlineExceeded);
  EXPECT_EQ(code_of(this->store_->put(id, "rules", "a", "", std::nullopt, deadline)),
            Code::kDeadlineExceeded);
  EXPECT_EQ(code_of(this->store_->get(id, "rules", "a", this->never_)), Code::kNotFound);
}

REGISTER_TYPED_TEST_SUITE_P(MetaContract, CreatesATenantOnce, FindsATenantByItsExactName, ListsTenantsByName,
                            RefusesInvalidTenantNames, ConcurrentCreationsAgreeOnOneId, KeepsADocument,
                            ReplacesADocumentUnderALargerVersion, PutsOnlyOverTheExpectedVersion,
                            ErasesADocument, VersionsNeverRepeatAfterErase, ListsDocumentsOfOneKindByKey,
                            TenantsNeverMeet, RefusesInvalidDocuments, RevisionGrowsWithEveryChangeOfTheKind,
                            ALeaseHasOneHolder, RenewingALeaseKeepsItsEpoch,
                            AnExpiredLeaseGoesToANewHolderWithALargerEpoch,
                            AReleasedLeaseIsFreeAndItsEpochIsSpent, RefusesInvalidLeases,
                            OnlyOneOfManyTakesALease, EverythingSurvivesReopening,
                            ProcessesSeeEachOthersChangesAtOnce, NoUpdateIsLostBetweenProcesses,
                            APassedDeadlineFailsTheCall);

}  // namespace weir::meta
