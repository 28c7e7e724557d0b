#include "notify/kept_silences.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "meta/sqlite/sqlite_meta_store.h"
#include "notify/matcher_syntax.h"
#include "notify/silence_json.h"
#include "os/sim/manual_clock.h"
#include "support/watched_documents.h"

namespace weir::notify {
namespace {

using ::testing::HasSubstr;

constexpr TimestampMs kNow = 1'700'000'000'000;

/// A process that knows silences; several share a catalogue.
struct Process {
  explicit Process(meta::MetaStore& meta, os::Clock& clock) : kept(silences, meta, clock) {}
  Status refresh() { return kept.refresh(Deadline::never()); }

  Silences silences;
  KeptSilences kept;
};

class KeptSilencesTest : public ::testing::Test {
 protected:
  Silence silence(std::string_view matchers = "alertname=down") const {
    Silence out;
    out.matchers = parse_matchers(matchers).value();
    out.starts_at_ms = clock_.wall_ms();
    out.ends_at_ms = clock_.wall_ms() + kHourMs;
    out.created_by = "me";
    out.comment = "why";
    return out;
  }
  std::string set(Process& process, const Silence& silence) {
    const auto id = process.kept.set(tenant_, silence, Deadline::never());
    EXPECT_TRUE(id.ok()) << id.error().message;
    return id.ok() ? *id : "";
  }
  size_t documents() { return meta_->list(tenant_, kSilenceKind, Deadline::never())->size(); }

  os::sim::ManualClock clock_{kNow};
  meta::WatchedDocuments documents_{meta::sqlite::open(":memory:", clock_).value()};
  meta::MetaStore* const meta_ = &documents_;
  const TenantId tenant_ = meta_->create_tenant("t", Deadline::never())->id;
  Process one_{*meta_, clock_};
};

TEST_F(KeptSilencesTest, AreThereInTheNextProcess) {
  const std::string id = set(one_, silence());
  Process next(*meta_, clock_);
  ASSERT_TRUE(next.refresh().ok());
  const auto found = next.silences.get(tenant_, id);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(silence_json(*found, kNow), silence_json(*one_.silences.get(tenant_, id), kNow));
  EXPECT_TRUE(next.silences.is_silenced(tenant_, Labels::of({{"alertname", "down"}}), kNow));
}

TEST_F(KeptSilencesTest, AreKnownToOtherProcessesAfterARefresh) {
  Process other(*meta_, clock_);
  ASSERT_TRUE(other.refresh().ok());
  const std::string id = set(one_, silence());
  EXPECT_EQ(other.silences.get(tenant_, id).error().code, Code::kNotFound);
  ASSERT_TRUE(other.refresh().ok());
  EXPECT_TRUE(other.silences.get(tenant_, id).ok());
  ASSERT_TRUE(other.kept.expire(tenant_, id, Deadline::never()).ok());
  EXPECT_EQ(one_.silences.get(tenant_, id)->state(kNow), "active");
  ASSERT_TRUE(one_.refresh().ok());
  EXPECT_EQ(one_.silences.get(tenant_, id)->state(kNow), "expired");
}

TEST_F(KeptSilencesTest, ChangeFromWhatOthersMadeOfThem) {
  Silence made = silence();
  made.id = set(one_, made);
  Process other(*meta_, clock_);
  ASSERT_TRUE(other.refresh().ok());
  ASSERT_TRUE(other.kept.expire(tenant_, made.id, Deadline::never()).ok());
  // One does not know yet that it is over: it would be made longer, but is made anew.
  made.ends_at_ms += kHourMs;
  const std::string anew = set(one_, made);
  EXPECT_NE(anew, made.id);
  EXPECT_EQ(one_.silences.get(tenant_, made.id)->state(kNow), "expired");
  EXPECT_EQ(other.kept.expire(tenant_, made.id, Deadline::never()).error().code, Code::kFailedPrecondition);
  EXPECT_EQ(documents(), 2u);
}

TEST_F(KeptSilencesTest, EndWhenTheirMatchersChange) {
  Silence made = silence();
  made.id = set(one_, made);
  made.matchers = parse_matchers("alertname=up").value();
  const std::string anew = set(one_, made);
  Process next(*meta_, clock_);
  ASSERT_TRUE(next.refresh().ok());
  EXPECT_EQ(next.silences.get(tenant_, made.id)->state(kNow), "expired");
  EXPECT_EQ(next.silences.get(tenant_, anew)->state(kNow), "active");
}

TEST_F(KeptSilencesTest, AreForgottenAfterDays) {
  const std::string id = set(one_, silence());
  clock_.advance(os::milliseconds(kHourMs + Silences::kKeptMs));
  Process next(*meta_, clock_);
  ASSERT_TRUE(next.refresh().ok());
  EXPECT_EQ(next.silences.get(tenant_, id).error().code, Code::kNotFound);
  EXPECT_EQ(documents(), 0u);
}

TEST_F(KeptSilencesTest, WhatCannotBeReadIsLeftOut) {
  const std::string id = set(one_, silence());
  ASSERT_TRUE(meta_->put(tenant_, kSilenceKind, "torn", "{\"id\"", std::nullopt, Deadline::never()).ok());
  const std::string body = meta_->get(tenant_, kSilenceKind, id, Deadline::never())->body;
  ASSERT_TRUE(meta_->put(tenant_, kSilenceKind, "strange", body, std::nullopt, Deadline::never()).ok());
  Process next(*meta_, clock_);
  ASSERT_TRUE(next.refresh().ok());
  EXPECT_EQ(next.silences.list(tenant_, kNow).size(), 1u);
}

TEST_F(KeptSilencesTest, AreNotThereWhenTheyCouldNotBeKept) {
  documents_.fail_after = 0;
  EXPECT_FALSE(one_.kept.set(tenant_, silence(), Deadline::never()).ok());
  EXPECT_TRUE(one_.silences.list(tenant_, kNow).empty());
}

TEST_F(KeptSilencesTest, AreReplacedOnceHoweverOftenThatIsTried) {
  Silence made = silence();
  made.id = set(one_, made);
  made.matchers = parse_matchers("alertname=up").value();
  documents_.fail_after = 1;  // the old one ends, the new one is not written
  EXPECT_FALSE(one_.kept.set(tenant_, made, Deadline::never()).ok());
  EXPECT_EQ(one_.silences.get(tenant_, made.id)->state(kNow), "expired");
  documents_.fail_after = -1;
  const std::string anew = set(one_, made);
  EXPECT_EQ(one_.silences.get(tenant_, anew)->state(kNow), "active");
  EXPECT_EQ(documents(), 2u);
}

TEST_F(KeptSilencesTest, AreReadAgainAfterACatalogueThatWasAway) {
  const std::string id = set(one_, silence());
  Process other(documents_, clock_);
  documents_.fail_after = 0;
  EXPECT_FALSE(other.refresh().ok());
  documents_.fail_after = -1;
  ASSERT_TRUE(other.refresh().ok());
  EXPECT_TRUE(other.silences.get(tenant_, id).ok());
  const int lists = documents_.lists;
  ASSERT_TRUE(other.refresh().ok());
  EXPECT_EQ(documents_.lists, lists);  // nothing has changed
}

}  // namespace
}  // namespace weir::notify
