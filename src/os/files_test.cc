#include "os/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/random.h"
#include "os/sim/faulty_files.h"
#include "os/sim/temp_directory.h"

namespace weir::os {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// What every FileSystem does, on the machine's files and on the simulated ones.
class Files : public testing::TestWithParam<bool> {
 protected:
  FileSystem& files() { return GetParam() ? posix_files() : simulated_; }
  std::string directory_path() const { return directory_.path(); }
  std::string path(std::string_view name) { return join_path(directory_.path(), name); }
  void SetUp() override { files().create_directories(directory_.path()).value(); }
  void write(std::string_view name, std::string_view bytes) {
    files().open(path(name), OpenMode::kCreate).value()->write_at(0, bytes).value();
  }
  std::string read(std::string_view name) { return read_file(files(), path(name), 1 << 20).value(); }

 private:
  sim::TempDirectory directory_;
  sim::FaultyFiles simulated_;
};

INSTANTIATE_TEST_SUITE_P(Each, Files, testing::Bool(),
                         [](const auto& each) { return each.param ? "Posix" : "Simulated"; });

TEST_P(Files, OpenModes) {
  EXPECT_EQ(files().open(path("a"), OpenMode::kRead).error().code, Code::kNotFound);
  EXPECT_EQ(files().open(path("a"), OpenMode::kReadWrite).error().code, Code::kNotFound);
  EXPECT_TRUE(files().open(path("a"), OpenMode::kCreate).ok());
  EXPECT_EQ(files().open(path("a"), OpenMode::kCreate).error().code, Code::kAlreadyExists);
  EXPECT_TRUE(files().open(path("a"), OpenMode::kReadWrite).ok());
  EXPECT_EQ(files().open(path("a"), OpenMode::kRead).value()->write_at(0, "x").error().code, Code::kIo);
  EXPECT_EQ(files().open(path("no/such/directory"), OpenMode::kCreate).error().code, Code::kNotFound);
}

TEST_P(Files, ALinkIsASecondNameOfTheSameBytes) {
  write("a", "bytes");
  ASSERT_TRUE(files().link(path("a"), path("b")).ok());
  EXPECT_EQ(files().link(path("a"), path("b")).error().code, Code::kAlreadyExists);
  EXPECT_EQ(files().link(path("none"), path("c")).error().code, Code::kNotFound);
  EXPECT_EQ(files().link(path("a"), path("no/such")).error().code, Code::kNotFound);
  files().open(path("a"), OpenMode::kReadWrite).value()->write_at(0, "B").value();
  EXPECT_EQ(read("b"), "Bytes");
  ASSERT_TRUE(files().remove(path("a")).ok());
  EXPECT_EQ(read("b"), "Bytes");
  EXPECT_THAT(files().list(directory_path()).value(), ElementsAre("b"));
}

TEST_P(Files, ReadsAndWritesAtOffsets) {
  auto file = files().open(path("a"), OpenMode::kCreate).value();
  EXPECT_EQ(file->path(), path("a"));
  ASSERT_TRUE(file->write_at(4, "data").ok());
  ASSERT_TRUE(file->write_at(6, "TA!").ok());
  EXPECT_EQ(file->size().value(), 9u);
  char buffer[16] = {};
  EXPECT_EQ(file->read_at(0, buffer, sizeof(buffer)).value(), 9u);
  EXPECT_EQ(std::string_view(buffer, 9), std::string_view("\0\0\0\0daTA!", 9));
  EXPECT_EQ(file->read_at(9, buffer, 1).value(), 0u);
  EXPECT_EQ(file->read_at(1'000, buffer, 1).value(), 0u);
  ASSERT_TRUE(file->sync().ok());
}

TEST_P(Files, TruncateAndAllocateFillWithZeros) {
  auto file = files().open(path("a"), OpenMode::kCreate).value();
  ASSERT_TRUE(file->write_at(0, "abcdef").ok());
  ASSERT_TRUE(file->truncate(2).ok());
  ASSERT_TRUE(file->allocate(5).ok());
  EXPECT_EQ(read("a"), std::string("ab\0\0\0", 5));
  ASSERT_TRUE(file->allocate(3).ok());  // never shrinks
  EXPECT_EQ(file->size().value(), 5u);
}

TEST_P(Files, RenameReplaces) {
  write("a", "new");
  write("b", "old");
  ASSERT_TRUE(files().rename(path("a"), path("b")).ok());
  EXPECT_EQ(read("b"), "new");
  EXPECT_FALSE(files().exists(path("a")).value());
  EXPECT_EQ(files().rename(path("a"), path("c")).error().code, Code::kNotFound);
}

TEST_P(Files, RemoveAndRemoveAll) {
  EXPECT_EQ(files().remove(path("a")).error().code, Code::kNotFound);
  write("a", "x");
  ASSERT_TRUE(files().remove(path("a")).ok());
  ASSERT_TRUE(files().create_directories(path("d/e/f")).ok());
  write("d/e/f/g", "x");
  ASSERT_TRUE(files().remove_all(path("d")).ok());
  ASSERT_TRUE(files().remove_all(path("d")).ok());
  EXPECT_FALSE(files().exists(path("d")).value());
}

TEST_P(Files, ListsNamesInOrder) {
  write("b", "");
  write("a", "");
  ASSERT_TRUE(files().create_directories(path("c")).ok());
  EXPECT_THAT(files().list(path("")).value(), ElementsAre("a", "b", "c"));
  EXPECT_EQ(files().list(path("none")).error().code, Code::kNotFound);
}

TEST_P(Files, RenamesDirectories) {
  ASSERT_TRUE(files().create_directories(path("from")).ok());
  write("from/a", "x");
  ASSERT_TRUE(files().rename(path("from"), path("to")).ok());
  EXPECT_EQ(read("to/a"), "x");
}

TEST_P(Files, MapsWholeFiles) {
  write("a", "mapped");
  write("empty", "");
  auto mapping = files().map(path("a")).value();
  ASSERT_TRUE(files().remove(path("a")).ok());
  EXPECT_EQ(mapping->bytes(), "mapped");  // a mapping outlives the name
  EXPECT_EQ(files().map(path("empty")).value()->bytes(), "");
  EXPECT_EQ(files().map(path("none")).error().code, Code::kNotFound);
}

TEST_P(Files, OneLockADirectory) {
  auto lock = files().lock(path("")).value();
  const Result<std::unique_ptr<DirectoryLock>> second = files().lock(path(""));
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, Code::kUnavailable);
  EXPECT_THAT(second.error().message, HasSubstr("in use"));
  lock.reset();
  EXPECT_TRUE(files().lock(path("")).ok());
}

TEST_P(Files, WritesAtomically) {
  ASSERT_TRUE(write_file_atomically(files(), path("a"), "one").ok());
  ASSERT_TRUE(write_file_atomically(files(), path("a"), "two").ok());
  EXPECT_EQ(read("a"), "two");
  EXPECT_THAT(files().list(path("")).value(), ElementsAre("a"));
  write("b.tmp", "left over from a crash");
  ASSERT_TRUE(write_file_atomically(files(), path("b"), "three").ok());
  EXPECT_EQ(read("b"), "three");
}

TEST_P(Files, ReadFileHasALimit) {
  write("a", "12345");
  EXPECT_EQ(read_file(files(), path("a"), 5).value(), "12345");
  const Error error = read_file(files(), path("a"), 4).error();
  EXPECT_EQ(error.code, Code::kResourceExhausted);
  EXPECT_THAT(error.message, HasSubstr("5 bytes, limit 4"));
}

TEST_P(Files, KnowsTheFreeSpace) {
  EXPECT_GT(files().free_bytes(path("")).value(), 0u);
}

TEST(JoinPath, AddsOneSlash) {
  EXPECT_EQ(join_path("a", "b"), "a/b");
  EXPECT_EQ(join_path("a/", "b"), "a/b");
  EXPECT_EQ(join_path("", "b"), "b");
}

TEST(WriteFileAtomically, LeavesTheOldOrTheNewAfterAnyFailure) {
  for (uint64_t nth = 1;; ++nth) {
    sim::FaultyFiles files;
    Random random(nth);
    ASSERT_TRUE(files.create_directories("d").ok());
    ASSERT_TRUE(write_file_atomically(files, "d/a", "old").ok());
    files.inject({.call = sim::Call::kAny, .nth = nth, .lasting = true, .written_bytes = 2});
    const bool done = write_file_atomically(files, "d/a", "new!").ok();
    files.crash(random);
    files.clear_faults();
    const std::string found = read_file(files, "d/a", 100).value();
    EXPECT_TRUE(found == "new!" || (found == "old" && !done)) << "call " << nth << ": " << found;
    if (done) break;
  }
}

}  // namespace
}  // namespace weir::os
