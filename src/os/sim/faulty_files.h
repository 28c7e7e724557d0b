#pragma once

#include <functional>
#include <memory>
#include <string>

#include "os/files.h"
#include "os/random.h"

namespace weir::os::sim {

/// The calls of FileSystem and File, as a fault names them.
enum class Call {
  kAny,     ///< In a Fault: whichever call comes.
  kOpen,    ///< Mode kRead or kReadWrite.
  kCreate,  ///< Open in mode kCreate.
  kRead,
  kWrite,
  kSync,
  kTruncate,
  kAllocate,
  kSize,
  kMap,
  kRename,
  kLink,    ///< The path of a fault is that of `from`, as with kRename.
  kRemove,  ///< Also remove_all, one call in all.
  kCreateDirectories,
  kSyncDirectory,
  kList,
  kExists,
  kFreeBytes,
  kLock,
};

/// A failure to come: the `nth` call of the kind after `inject`, whose path contains `path_part`.
struct Fault {
  Call call = Call::kAny;
  uint64_t nth = 1;  ///< 1 is the next one.
  Code code = Code::kIo;
  bool lasting = false;       ///< That call and every matching one after it; else only that one.
  bool takes_effect = false;  ///< The call does its work all the same and only the answer is lost.
  size_t written_bytes = 0;   ///< kWrite: how many bytes of the failing write reach the file.
  std::string path_part = {};
};

/// A file system in memory for tests, which can lose power, fail, fill up and decay. Safe from any thread,
/// and deterministic: equal calls and equal seeds give equal bytes.
///
/// Power: bytes are durable after `File::sync`; a created, renamed, linked or removed name after
/// `sync_directory` of its parent (syncing a file does not save its name). `crash` keeps a random subset of
/// everything else. `reopen` is the restart of the process alone: nothing is lost. Both release locks, and
/// files opened before answer kIo for ever. What a test tears down between the two lives must do nothing that
/// a dead process would not have done, hence `kill`:
///
///     files.kill();           // or nothing is stopped in its tracks: a destructor may still flush
///     log.reset();
///     files.crash(random);    // what a reboot finds; or files.reopen()
///     log = open_again();
///
/// A sync that fails (without `takes_effect`) drops the unsynced bytes for good though they stay readable:
/// see Inode.
///
/// Paths: split at '/'; "." and empty parts are ignored, ".." is not understood. The root directory exists.
///
///     FaultyFiles files;
///     files.inject({.call = Call::kSync, .nth = 3});              // the third sync from now fails, once
///     files.inject({.call = Call::kWrite, .code = Code::kResourceExhausted, .lasting = true, .written_bytes
///     = 7}); files.set_free_bytes(0);                                    // the disk is full
class FaultyFiles : public FileSystem {
 public:
  FaultyFiles();
  ~FaultyFiles() override;

  /// The process is gone: every call fails with kIo and changes nothing, until `crash` or `reopen`.
  void kill();
  void crash(Random& random);
  void reopen();

  /// Several faults may wait; a call meets the first that matches.
  void inject(Fault fault);
  void clear_faults();
  /// Calls of a kind since construction, failed ones included (kAny: all), for loops that fail each one in
  /// turn.
  uint64_t calls(Call call) const;
  /// Calls that an injected fault has made fail.
  uint64_t faults_met() const;

  /// Room left for file bytes; growing files use it up, removed ones (their last name) give it back. Begins
  /// at 1 TiB.
  void set_free_bytes(uint64_t bytes);
  /// Flips the bits of `mask` in one byte of an existing file, now and after a crash.
  void corrupt(const std::string& path, uint64_t offset, uint8_t mask = 0x01);
  /// Called at the start of every call, without a lock and before faults are matched; it may block (to hold a
  /// sync up), inject, or crash. Set it before other threads use the files.
  void set_hook(std::function<void(Call, const std::string& path)> hook);

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  Result<std::unique_ptr<Mapping>> map(const std::string& path) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status link(const std::string& from, const std::string& to) override;
  Status remove(const std::string& path) override;
  Status remove_all(const std::string& path) override;
  Status create_directories(const std::string& path) override;
  Status sync_directory(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& path) override;
  Result<bool> exists(const std::string& path) override;
  Result<uint64_t> free_bytes(const std::string& path) override;
  Result<std::unique_ptr<DirectoryLock>> lock(const std::string& directory) override;

 private:
  struct Disk;
  class OpenFile;
  class HeldLock;
  std::shared_ptr<Disk> disk_;
};

}  // namespace weir::os::sim
