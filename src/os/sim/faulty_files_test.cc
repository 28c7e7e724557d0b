#include "os/sim/faulty_files.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::os::sim {
namespace {

using testing::ElementsAre;

std::unique_ptr<File> create(FaultyFiles& files, const std::string& path) {
  return files.open(path, OpenMode::kCreate).value();
}

/// Contents after a crash, for many seeds, of a file that `prepare` leaves at "d/f".
std::set<std::string> outcomes(const std::function<void(FaultyFiles&)>& prepare) {
  std::set<std::string> found;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    FaultyFiles files;
    files.create_directories("d").value();
    prepare(files);
    Random random(seed);
    files.crash(random);
    const Result<std::string> bytes = read_file(files, "d/f", 1 << 20);
    found.insert(bytes.ok() ? *bytes : "(absent)");
  }
  return found;
}

TEST(Crash, KeepsWhatWasSynced) {
  EXPECT_THAT(outcomes([](FaultyFiles& files) {
                auto file = create(files, "d/f");
                file->write_at(0, "synced").value();
                file->sync().value();
                files.sync_directory("d").value();
              }),
              ElementsAre("synced"));
}

TEST(Crash, MayLoseAFileWhoseNameWasNotSynced) {
  EXPECT_THAT(outcomes([](FaultyFiles& files) {
                auto file = create(files, "d/f");
                file->write_at(0, "synced").value();
                file->sync().value();
              }),
              ElementsAre("(absent)", "synced"));
}

TEST(Crash, UnsyncedSectorsLiveOrDieAlone) {
  const std::set<std::string> found = outcomes([](FaultyFiles& files) {
    auto file = create(files, "d/f");
    file->write_at(0, std::string(1'024, 'o')).value();
    file->sync().value();
    files.sync_directory("d").value();
    file->write_at(0, std::string(1'024, 'n')).value();
  });
  std::set<std::string> expected;
  for (const char first : {'o', 'n'}) {
    for (const char second : {'o', 'n'}) expected.insert(std::string(512, first) + std::string(512, second));
  }
  EXPECT_EQ(found, expected);
}

TEST(Crash, ASectorMayBeAnyOfItsVersions) {
  EXPECT_THAT(outcomes([](FaultyFiles& files) {
                auto file = create(files, "d/f");
                file->write_at(0, "0").value();
                file->sync().value();
                files.sync_directory("d").value();
                file->write_at(0, "1").value();
                file->write_at(0, "2").value();
              }),
              ElementsAre("0", "1", "2"));
}

TEST(Crash, ASizeMayOutliveItsBytes) {
  const std::set<std::string> found = outcomes([](FaultyFiles& files) {
    auto file = create(files, "d/f");
    file->sync().value();
    files.sync_directory("d").value();
    file->write_at(0, "bytes").value();
  });
  EXPECT_THAT(found, ElementsAre("", std::string(5, '\0'), "bytes"));
}

TEST(Crash, TruncationIsUnsyncedToo) {
  const std::set<std::string> found = outcomes([](FaultyFiles& files) {
    auto file = create(files, "d/f");
    file->write_at(0, "long").value();
    file->sync().value();
    files.sync_directory("d").value();
    file->truncate(1).value();
  });
  EXPECT_TRUE(found.contains("long"));
  EXPECT_TRUE(found.contains("l"));
}

TEST(Crash, RenameIsAllOrNothing) {
  EXPECT_THAT(outcomes([](FaultyFiles& files) {
                write_file_atomically(files, "d/f", "old").value();
                auto file = create(files, "d/g");
                file->write_at(0, "new").value();
                file->sync().value();
                files.sync_directory("d").value();
                files.rename("d/g", "d/f").value();
              }),
              ElementsAre("new", "old"));
}

TEST(Crash, ALinkIsUnsyncedUntilTheDirectoryIs) {
  const auto linked = [](bool sync) {
    return outcomes([sync](FaultyFiles& files) {
      write_file_atomically(files, "d/g", "x").value();
      files.link("d/g", "d/f").value();
      if (sync) files.sync_directory("d").value();
      files.remove("d/g").value();
    });
  };
  EXPECT_THAT(linked(false), ElementsAre("(absent)", "x"));
  EXPECT_THAT(linked(true), ElementsAre("x"));
}

TEST(Link, TakesNoRoomAndGivesItBackWithTheLastName) {
  FaultyFiles files;
  files.create_directories("d").value();
  files.set_free_bytes(10);
  write_file_atomically(files, "d/a", "12345678").value();
  files.link("d/a", "d/b").value();
  EXPECT_EQ(files.free_bytes("d").value(), 2u);
  files.remove("d/a").value();
  EXPECT_EQ(files.free_bytes("d").value(), 2u);
  Random random(1);
  files.sync_directory("d").value();
  files.crash(random);
  EXPECT_EQ(files.free_bytes("d").value(), 2u);
  files.remove("d/b").value();
  EXPECT_EQ(files.free_bytes("d").value(), 10u);
}

TEST(Link, MayFail) {
  FaultyFiles files;
  write_file_atomically(files, "a", "x").value();
  files.inject({.call = Call::kLink, .code = Code::kUnsupported});
  EXPECT_EQ(files.link("a", "b").error().code, Code::kUnsupported);
  EXPECT_FALSE(files.exists("b").value());
  EXPECT_TRUE(files.link("a", "b").ok());
  EXPECT_EQ(files.calls(Call::kLink), 2u);
}

TEST(Crash, RemovalIsUnsyncedUntilTheDirectoryIs) {
  const auto removed = [](bool sync) {
    return outcomes([sync](FaultyFiles& files) {
      write_file_atomically(files, "d/f", "x").value();
      files.remove("d/f").value();
      if (sync) files.sync_directory("d").value();
    });
  };
  EXPECT_THAT(removed(false), ElementsAre("(absent)", "x"));
  EXPECT_THAT(removed(true), ElementsAre("(absent)"));
}

TEST(Crash, IsDeterministic) {
  const auto run = [] {
    FaultyFiles files;
    auto file = create(files, "f");
    file->sync().value();
    files.sync_directory(".").value();
    for (int i = 0; i < 50; ++i)
      file->write_at(i * 300, std::string(700, static_cast<char>('a' + i % 26))).value();
    Random random(9);
    files.crash(random);
    return read_file(files, "f", 1 << 20).value();
  };
  EXPECT_EQ(run(), run());
}

TEST(Reopen, LosesNothingAndFreesLocks) {
  FaultyFiles files;
  auto file = create(files, "f");
  file->write_at(0, "page cache").value();
  auto lock = files.lock(".").value();
  files.reopen();
  EXPECT_EQ(read_file(files, "f", 100).value(), "page cache");
  EXPECT_EQ(file->write_at(0, "from the dead").error().code, Code::kIo);
  auto mine = files.lock(".").value();
  lock.reset();  // the dead process' lock frees nothing
  EXPECT_FALSE(files.lock(".").ok());
}

TEST(Kill, StopsEverything) {
  FaultyFiles files;
  auto file = create(files, "f");
  files.kill();
  EXPECT_FALSE(file->write_at(0, "x").ok());
  EXPECT_FALSE(files.create_directories("d").ok());
  files.reopen();
  EXPECT_EQ(read_file(files, "f", 100).value(), "");
}

TEST(Fault, HitsTheNthCallOnce) {
  FaultyFiles files;
  auto file = create(files, "f");
  files.inject({.call = Call::kSync, .nth = 2, .code = Code::kIo});
  EXPECT_TRUE(file->sync().ok());
  EXPECT_TRUE(file->write_at(0, "x").ok());
  EXPECT_EQ(file->sync().error().code, Code::kIo);
  EXPECT_TRUE(file->sync().ok());
  EXPECT_EQ(files.calls(Call::kSync), 3u);
  EXPECT_EQ(files.faults_met(), 1u);
}

TEST(Fault, LastsUntilCleared) {
  FaultyFiles files;
  auto file = create(files, "f");
  files.inject({.call = Call::kWrite, .code = Code::kResourceExhausted, .lasting = true});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(file->write_at(0, "x").error().code, Code::kResourceExhausted);
  files.clear_faults();
  EXPECT_TRUE(file->write_at(0, "x").ok());
}

TEST(Fault, MayBeOnOnePathOnly) {
  FaultyFiles files;
  auto a = create(files, "a");
  auto b = create(files, "b");
  files.inject({.call = Call::kSync, .lasting = true, .path_part = "b"});
  EXPECT_TRUE(a->sync().ok());
  EXPECT_FALSE(b->sync().ok());
}

TEST(Fault, AWriteMayBeShort) {
  FaultyFiles files;
  auto file = create(files, "f");
  files.inject({.call = Call::kWrite, .written_bytes = 3});
  EXPECT_FALSE(file->write_at(0, "abcdef").ok());
  EXPECT_EQ(read_file(files, "f", 100).value(), "abc");
}

TEST(Fault, TheAnswerAloneMayBeLost) {
  FaultyFiles files;
  auto file = create(files, "f");
  files.inject({.call = Call::kRename, .takes_effect = true});
  EXPECT_FALSE(files.rename("f", "g").ok());
  EXPECT_TRUE(files.exists("g").value());
}

TEST(Fault, AFailedSyncLosesTheBytesForGood) {
  EXPECT_THAT(outcomes([](FaultyFiles& files) {
                auto file = create(files, "d/f");
                file->write_at(0, "old").value();
                file->sync().value();
                files.sync_directory("d").value();
                file->write_at(0, "new").value();
                files.inject({.call = Call::kSync});
                EXPECT_FALSE(file->sync().ok());
                EXPECT_TRUE(file->sync().ok());  // lies, as the kernel does
                EXPECT_EQ(read_file(files, "d/f", 10).value(), "new");
              }),
              ElementsAre("old"));
}

TEST(FreeBytes, AreUsedUpAndGivenBack) {
  FaultyFiles files;
  files.set_free_bytes(10);
  auto file = create(files, "f");
  EXPECT_EQ(file->write_at(0, "twelve bytes").error().code, Code::kResourceExhausted);
  EXPECT_EQ(read_file(files, "f", 100).value(), "twelve byt");  // as much as fitted
  EXPECT_EQ(files.free_bytes(".").value(), 0u);
  EXPECT_TRUE(file->write_at(0, "overwrites").ok());
  EXPECT_EQ(file->allocate(11).error().code, Code::kResourceExhausted);
  ASSERT_TRUE(file->truncate(4).ok());
  EXPECT_EQ(files.free_bytes(".").value(), 6u);
  ASSERT_TRUE(files.remove("f").ok());
  EXPECT_EQ(files.free_bytes(".").value(), 10u);
}

TEST(Corrupt, FlipsBitsForGood) {
  FaultyFiles files;
  write_file_atomically(files, "f", "abc").value();
  files.corrupt("f", 1, 0x20);
  EXPECT_EQ(read_file(files, "f", 10).value(), "aBc");
  Random random(1);
  files.crash(random);
  EXPECT_EQ(read_file(files, "f", 10).value(), "aBc");
}

TEST(Hook, SeesEveryCallFirst) {
  FaultyFiles files;
  std::vector<std::string> paths;
  files.set_hook([&](Call call, const std::string& path) {
    if (call == Call::kCreate) paths.push_back(path);
    if (call == Call::kSync) files.inject({.call = Call::kSync});  // it may use the files' own switches
  });
  auto file = create(files, "f");
  EXPECT_FALSE(file->sync().ok());
  EXPECT_THAT(paths, ElementsAre("f"));
}

}  // namespace
}  // namespace weir::os::sim
