#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "log/embedded/test_log.h"

// What the log does when the disk fails, fills up or loses power.
namespace weir::log::embedded {
namespace {

using os::sim::Call;
using testing::ElementsAre;

/// What a test has appended to one partition, and what it was told.
struct Ledger {
  std::vector<std::string> sent;  ///< In order; the number of a payload is its place.
  std::vector<bool> acknowledged;
};

std::string numbered(uint32_t partition, size_t number, size_t bytes) {
  std::string text = std::to_string(partition) + "/" + std::to_string(number) + " ";
  os::Random random(number);
  while (text.size() < bytes) text += static_cast<char>('!' + random.below(90));  // nothing to compress
  return text;
}

/// Everything acknowledged is there, in order; nothing is there that was not sent; nothing is there twice.
void expect_kept(TestLog& log, uint32_t partition, const Ledger& ledger) {
  const TestLog::Content content = log.read(partition);
  EXPECT_EQ(content.corruptions, 0u);
  size_t at = 0;
  for (const std::string& payload : content.payloads) {
    while (at < ledger.sent.size() && ledger.sent[at] != payload) {
      ASSERT_FALSE(ledger.acknowledged[at]) << "lost: " << ledger.sent[at].substr(0, 20);
      ++at;
    }
    ASSERT_LT(at, ledger.sent.size()) << "phantom, or out of order: " << payload.substr(0, 20);
    ++at;
  }
  for (; at < ledger.sent.size(); ++at) {
    ASSERT_FALSE(ledger.acknowledged[at]) << "lost: " << ledger.sent[at].substr(0, 20);
  }
}

class Faults : public testing::TestWithParam<TestLog::Form> {};
INSTANTIATE_TEST_SUITE_P(Forms, Faults, testing::Values(TestLog::Form::kPayloads, TestLog::Form::kBatches));

TEST_P(Faults, APowerLossNeverLosesWhatWasAcknowledged) {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    os::Random random(seed);
    TestLog log(GetParam());
    Ledger ledgers[2];
    for (int life = 0; life < 4; ++life) {
      ASSERT_TRUE(log.open().ok());
      ASSERT_EQ(log.report().corrupt_bytes, 0u);
      for (uint32_t p = 0; p < 2; ++p) expect_kept(log, p, ledgers[p]);
      if (testing::Test::HasFailure()) return;
      std::vector<std::pair<uint32_t, std::future<TestLog::Outcome>>> outcomes;
      const uint64_t count = random.below(30);
      // The power goes at a random call: that one and all later ones fail.
      log.files().inject({.call = Call::kAny,
                          .nth = 1 + random.below(60),
                          .lasting = true,
                          .written_bytes = static_cast<size_t>(random.below(4'000))});
      for (uint64_t i = 0; i < count; ++i) {
        const auto partition = static_cast<uint32_t>(random.below(2));
        Ledger& ledger = ledgers[partition];
        ledger.sent.push_back(numbered(partition, ledger.sent.size(), random.below(3'000)));
        outcomes.emplace_back(partition, log.append_later(partition, ledger.sent.back()));
        if (random.below(4) == 0) outcomes.back().second.wait();
      }
      log.crash(random);
      log.files().clear_faults();
      for (auto& [partition, outcome] : outcomes) {
        ledgers[partition].acknowledged.push_back(outcome.get().ok());
      }
    }
  }
}

TEST_P(Faults, APowerLossDuringRecoveryIsSafe) {
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    os::Random random(seed);
    TestLog log(GetParam());
    Ledger ledger;
    ASSERT_TRUE(log.open().ok());
    for (int i = 0; i < 12; ++i) {
      ledger.sent.push_back(numbered(0, i, 2'000));
      ledger.acknowledged.push_back(log.append(0, ledger.sent.back()).ok());
    }
    ledger.sent.push_back(numbered(0, 12, 9'000));
    ledger.acknowledged.push_back(false);
    auto unanswered = log.append_later(0, ledger.sent.back());
    log.crash(random);
    for (int attempt = 0; attempt < 5; ++attempt) {
      log.files().inject({.call = Call::kAny, .nth = 1 + random.below(20), .lasting = true});
      (void)log.open().ok();
      log.crash(random);
      log.files().clear_faults();
    }
    ASSERT_TRUE(log.open().ok());
    expect_kept(log, 0, ledger);
  }
}

/// Runs a fixed script while the `nth` call of a kind fails, then recovers. Returns false when the script has
/// fewer calls.
bool run_script_with(os::sim::Fault fault, TestLog::Form form) {
  TestLog log(form);
  EXPECT_TRUE(log.open().ok());
  log.files().inject(fault);
  Ledger ledger;
  for (int i = 0; i < 25; ++i) {
    ledger.sent.push_back(numbered(0, i, 1'000));
    ledger.acknowledged.push_back(log.append(0, ledger.sent.back()).ok());
  }
  const bool met = log.files().faults_met() > 0;
  log.files().clear_faults();
  os::Random random(fault.nth);
  log.crash(random);
  EXPECT_TRUE(log.open().ok());
  EXPECT_EQ(log.report().corrupt_bytes, 0u);
  expect_kept(log, 0, ledger);
  EXPECT_TRUE(log.append(0, "works again").ok());
  return met;
}

TEST_P(Faults, AnyCallMayFail) {
  for (const Call call :
       {Call::kCreate, Call::kOpen, Call::kWrite, Call::kSync, Call::kAllocate, Call::kRename, Call::kRemove,
        Call::kSyncDirectory, Call::kTruncate, Call::kFreeBytes}) {
    for (const Code code : {Code::kIo, Code::kResourceExhausted}) {
      for (const bool lasting : {false, true}) {
        for (const bool takes_effect : {false, true}) {
          uint64_t nth = 1;
          while (run_script_with({.call = call,
                                  .nth = nth,
                                  .code = code,
                                  .lasting = lasting,
                                  .takes_effect = takes_effect,
                                  .written_bytes = nth * 37 % 900},
                                 GetParam())) {
            ++nth;
            if (testing::Test::HasFailure()) {
              FAIL() << "call kind " << static_cast<int>(call) << ", number " << nth - 1 << ", code "
                     << code_name(code) << ", lasting " << lasting << ", takes effect " << takes_effect;
            }
          }
          EXPECT_GT(nth, 1u) << "the script never makes call kind " << static_cast<int>(call);
        }
      }
    }
  }
}

TEST_P(Faults, AFailedSyncIsFinal) {
  TestLog log(GetParam());
  ASSERT_TRUE(log.open().ok());
  ASSERT_TRUE(log.append(0, "before").ok());
  log.files().inject({.call = Call::kSync});
  EXPECT_EQ(log.append(0, "unknown").error().code, Code::kIo);
  const uint64_t syncs = log.files().calls(Call::kSync);
  EXPECT_EQ(log.append(0, "refused").error().code, Code::kIo);
  EXPECT_EQ(log.log().writable().error().code, Code::kIo);
  EXPECT_EQ(log.read(0).payloads, std::vector<std::string>{"before"});  // reading goes on
  log.close();
  EXPECT_EQ(log.files().calls(Call::kSync), syncs) << "a failed sync must not be tried again";
}

TEST_P(Faults, ASyncThatMeetsAFullDiskIsFinalToo) {
  TestLog log;
  ASSERT_TRUE(log.open().ok());
  ASSERT_TRUE(log.append(0, "before").ok());
  log.files().inject({.call = Call::kSync, .code = Code::kResourceExhausted});
  EXPECT_EQ(log.append(0, "unknown").error().code, Code::kIo);
  EXPECT_EQ(log.log().writable().error().code, Code::kIo);
}

TEST(DiskFull, RefusesAndResumesWithoutARestart) {
  TestLog log;
  ASSERT_TRUE(log.open().ok());
  ASSERT_TRUE(log.append(0, "first").ok());
  log.files().set_free_bytes(0);
  size_t accepted = 1;
  for (; accepted < 100; ++accepted) {
    const auto outcome = log.append(0, std::string(1'000, 'x'));
    if (outcome.ok()) continue;
    EXPECT_EQ(outcome.error().code, Code::kResourceExhausted);
    break;
  }
  EXPECT_LT(accepted, 20u);  // the preallocated segment, no more
  EXPECT_EQ(log.log().writable().error().code, Code::kResourceExhausted);
  EXPECT_EQ(log.append(0, std::string(2'000, 'x')).error().code, Code::kResourceExhausted);
  EXPECT_EQ(log.read(0).payloads.size(), accepted);

  log.files().set_free_bytes(1 << 20);
  EXPECT_TRUE(log.log().writable().ok());
  EXPECT_TRUE(log.append(0, "again").ok());
  EXPECT_EQ(log.read(0).payloads.size(), accepted + 1);
  EXPECT_EQ(log.read(0).corruptions, 0u);
}

TEST(DiskFull, KeepsTheMinimumFreeWithHysteresis) {
  EmbeddedLogOptions options = TestLog::small_options();
  options.free_bytes_min = 100'000;
  TestLog log(options);
  ASSERT_TRUE(log.open().ok());
  ASSERT_TRUE(log.append(0, "x").ok());
  log.files().set_free_bytes(100'000);
  EXPECT_TRUE(log.append(0, "at the minimum").ok());
  log.files().set_free_bytes(99'999);
  EXPECT_EQ(log.append(0, "below").error().code, Code::kResourceExhausted);
  log.files().set_free_bytes(149'999);
  EXPECT_EQ(log.append(0, "not yet").error().code, Code::kResourceExhausted);
  log.files().set_free_bytes(150'000);
  EXPECT_TRUE(log.append(0, "again").ok());
  EXPECT_THAT(log.read(0).payloads, ElementsAre("x", "at the minimum", "again"));
}

TEST(DiskFull, StartsAndReads) {
  TestLog log;
  ASSERT_TRUE(log.open().ok());
  ASSERT_TRUE(log.append(0, "kept").ok());
  log.kill();
  log.files().set_free_bytes(0);
  ASSERT_TRUE(log.open().ok());
  EXPECT_THAT(log.read(0).payloads, ElementsAre("kept"));
  EXPECT_EQ(log.append(0, "no room").error().code, Code::kResourceExhausted);
}

TEST_P(Faults, AWriteCutShortByAFullDiskIsUndone) {
  // Where files are copied on write, even a preallocated one may meet a full disk.
  TestLog log(GetParam());
  ASSERT_TRUE(log.open().ok());
  ASSERT_TRUE(log.append(0, "before").ok());
  log.files().inject({.call = Call::kWrite, .code = Code::kResourceExhausted, .written_bytes = 100});
  EXPECT_EQ(log.append(0, std::string(500, 'x')).error().code, Code::kResourceExhausted);
  EXPECT_TRUE(log.append(0, "after").ok());
  EXPECT_THAT(log.read(0).payloads, ElementsAre("before", "after"));
  os::Random random(1);
  log.crash(random);
  ASSERT_TRUE(log.open().ok());
  EXPECT_EQ(log.report().corrupt_bytes, 0u);
  EXPECT_THAT(log.read(0).payloads, ElementsAre("before", "after"));
  EXPECT_THAT(log.read(0).offsets, ElementsAre(0, 1));
}

}  // namespace
}  // namespace weir::log::embedded
