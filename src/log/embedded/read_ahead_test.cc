#include "log/embedded/read_ahead.h"

#include <algorithm>
#include <thread>

#include <gtest/gtest.h>

#include "log/embedded/recovery.h"
#include "log/embedded/test_log.h"

// A backlog is decoded by a thread beside the owner; what the owner gets is what a plain reader gives.
namespace weir::log::embedded {
namespace {

constexpr size_t kRecords = 400;

Deadline now() {
  return Deadline::at(os::system_clock().steady());
}

std::string payload(size_t i) {
  return fmt::format("record {} {}", i, std::string(50 + i % 50, 'x'));
}

/// A journal with a backlog, and readers of it that read ahead in small portions.
class Backlog {
 public:
  explicit Backlog(TestLog::Form form = TestLog::Form::kBatches) : log_(form) {
    EXPECT_TRUE(log_.open().ok());
    for (size_t i = 0; i < kRecords; ++i) EXPECT_TRUE(log_.append(0, payload(i)).ok());
    log_.close();
  }

  TestLog& log() { return log_; }

  /// The journal as a restart finds it.
  std::shared_ptr<Journal> recover() {
    RecoveryReport report;
    return embedded::recover(log_.options(), log_.files(), os::system_clock(), report).value().journal;
  }

  static constexpr ReadAhead::Options kSmall{
      .records_min = 10, .portion_bytes = 256, .queue_bytes_max = 4'096};

  static std::unique_ptr<JournalReader> plain(const std::shared_ptr<Journal>& journal) {
    return std::make_unique<JournalReader>(journal, os::system_clock(), PartitionId(0), 1 << 20);
  }
  static std::unique_ptr<ReadAhead> ahead(const std::shared_ptr<Journal>& journal,
                                          const ReadAhead::Options& options = kSmall) {
    return std::make_unique<ReadAhead>(plain(journal), journal, PartitionId(0), options);
  }

 private:
  TestLog log_;
};

/// What a reader gives until there is nothing more, damage included.
std::vector<std::string> all_of(Reader& reader) {
  std::vector<std::string> texts;
  for (;;) {
    Result<std::vector<Record>> records = reader.poll(1 << 10, now());
    if (!records.ok()) {
      texts.push_back(records.error().message);
      continue;
    }
    if (records->empty()) return texts;
    for (const Record& record : *records)
      texts.push_back(fmt::format("{} {}", record.offset.value(), TestLog::text_of(record)));
  }
}

TEST(ReadAhead, GivesWhatAPlainReaderGives) {
  for (const auto form : {TestLog::Form::kBatches, TestLog::Form::kPayloads}) {
    Backlog backlog(form);
    const std::shared_ptr<Journal> journal = backlog.recover();
    const std::vector<std::string> expected = all_of(*Backlog::plain(journal));
    ASSERT_EQ(expected.size(), kRecords);
    EXPECT_EQ(all_of(*Backlog::ahead(journal)), expected);
  }
}

TEST(ReadAhead, TellsOfDamageWhereItIs) {
  Backlog backlog;
  const std::string path = backlog.log().segments().front();
  std::string bytes = backlog.log().bytes(path);
  bytes[bytes.size() / 4 * 3] ^= 1;
  backlog.log().replace(path, bytes);
  const std::shared_ptr<Journal> journal = backlog.recover();
  const std::vector<std::string> expected = all_of(*Backlog::plain(journal));
  const auto told = std::ranges::find_if(
      expected, [](const std::string& text) { return text.find("are missing") != std::string::npos; });
  ASSERT_NE(told, expected.end());
  EXPECT_EQ(all_of(*Backlog::ahead(journal)), expected);
}

TEST(ReadAhead, FailsWhereTheDiskFailsAndCanBeAskedAgain) {
  Backlog backlog;
  const std::vector<std::string> segments = backlog.log().segments();
  ASSERT_GE(segments.size(), 2u);
  const std::shared_ptr<Journal> journal = backlog.recover();
  std::vector<std::string> expected = all_of(*Backlog::plain(journal));
  backlog.log().files().inject({.call = os::sim::Call::kRead, .path_part = segments[1]});
  std::vector<std::string> found = all_of(*Backlog::ahead(journal));
  const auto failed = std::ranges::find_if(
      found, [](const std::string& text) { return text.find("injected fault") != std::string::npos; });
  ASSERT_NE(failed, found.end());
  EXPECT_NE(failed, found.begin());
  found.erase(failed);
  EXPECT_EQ(found, expected) << "what was before it, and what comes after";
}

TEST(ReadAhead, StartsAnewWhereItIsPlaced) {
  Backlog backlog;
  const std::shared_ptr<Journal> journal = backlog.recover();
  const std::vector<std::string> expected = all_of(*Backlog::plain(journal));
  auto reader = Backlog::ahead(journal);
  for (const size_t from : {size_t{0}, size_t{200}, size_t{100}, kRecords - 3}) {
    ASSERT_TRUE(reader->poll(1 << 10, now()).ok());  // so that there is something to forget
    ASSERT_TRUE(reader->seek(Offset(static_cast<int64_t>(from))).ok());
    if (from == 100) continue;
    ASSERT_EQ(all_of(*reader),
              std::vector<std::string>(expected.begin() + static_cast<std::ptrdiff_t>(from), expected.end()));
  }
}

TEST(ReadAhead, GoesOnWithWhatComesLater) {
  EmbeddedLogOptions options = TestLog::small_options();
  options.tail_cache_bytes = 1 << 20;
  TestLog log(options, TestLog::Form::kBatches);
  ASSERT_TRUE(log.open().ok());
  for (size_t i = 0; i < 100; ++i) ASSERT_TRUE(log.append(0, payload(i)).ok());
  ASSERT_TRUE(log.open().ok());
  auto reader = log.log().open_reader(PartitionId(0)).value();
  EXPECT_EQ(all_of(*reader).size(), 100u);
  ASSERT_TRUE(log.append(0, "new").ok());
  EXPECT_EQ(all_of(*reader), std::vector<std::string>{"100 new"});
}

TEST(ReadAhead, ReadsNoFurtherThanItsQueueAllows) {
  Backlog backlog;
  const std::shared_ptr<Journal> journal = backlog.recover();
  const ReadAhead::Options options{.records_min = 10, .portion_bytes = 1, .queue_bytes_max = 4'096};
  auto reader = Backlog::ahead(journal, options);
  const std::vector<Record> records = reader->poll(1 << 10, now()).value();
  ASSERT_EQ(records.size(), 1u) << "a portion of so few bytes";
  const size_t one = 2 * records.front().decoded->size_bytes();  // at most
  while (reader->queue_bytes() < options.queue_bytes_max) std::this_thread::yield();
  for (int i = 0; i < 10'000; ++i) std::this_thread::yield();
  EXPECT_LE(reader->queue_bytes(), options.queue_bytes_max + one);
}

TEST(ReadAhead, IsWoken) {
  Backlog backlog;
  const std::shared_ptr<Journal> journal = backlog.recover();
  auto reader = Backlog::ahead(journal);
  ASSERT_FALSE(reader->poll(1 << 10, now())->empty());
  reader->wake();
  EXPECT_TRUE(reader->poll(1 << 10, Deadline::never())->empty());
  EXPECT_FALSE(reader->poll(1 << 10, Deadline::never())->empty());
  while (!reader->poll(1 << 10, now())->empty()) {
  }
  reader->wake();
  EXPECT_TRUE(reader->poll(1 << 10, Deadline::never())->empty()) << "when it waits for the journal, too";
}

TEST(ReadAhead, LeavesAShortBacklogToItsOwner) {
  Backlog backlog;
  const std::shared_ptr<Journal> journal = backlog.recover();
  auto inner = Backlog::plain(journal);
  const JournalReader& at = *inner;
  ReadAhead reader(std::move(inner), journal, PartitionId(0), {.records_min = kRecords + 1});
  const std::vector<Record> records = reader.poll(1, now()).value();
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(at.next(), Offset(1));
}

}  // namespace
}  // namespace weir::log::embedded
