#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "log/embedded/reader.h"
#include "os/threads.h"

namespace weir::log::embedded {

/// A reader that decodes a backlog ahead of its owner. Where the first poll after the opening or a `seek`
/// finds many records waiting, as after a restart, a thread of its own reads those into a queue of bounded
/// size, so that the owner applies some while the next are decoded. The thread ends with the last of them;
/// from then on every poll goes to the journal itself. Order, gaps and errors are those of JournalReader. May
/// outlive the log.
class ReadAhead : public Reader {
 public:
  struct Options {
    int64_t records_min = 8;           ///< A shorter backlog is read by the owner alone.
    size_t portion_bytes = 64 << 10;   ///< Bounds one entry of the queue, as `bytes_max` does a poll.
    size_t queue_bytes_max = 8 << 20;  ///< Of decoded records; the thread waits while there are as many.
  };

  /// `partition`: that of `reader`.
  ReadAhead(std::unique_ptr<JournalReader> reader, std::shared_ptr<const Journal> journal,
            PartitionId partition, const Options& options);
  ~ReadAhead() override;

  /// While a backlog is read this waits for the disk and not for the deadline, which is what reading in place
  /// does too.
  Result<std::vector<Record>> poll(size_t bytes_max, Deadline deadline) override;
  Status seek(Offset offset) override;
  void wake() override;

  /// Of decoded records that wait for the owner. Any thread.
  size_t queue_bytes() const;

 private:
  /// What one poll of the journal has given.
  struct Portion {
    Result<std::vector<Record>> records;
    HeldBytes held;
    size_t size_bytes = 0;
  };

  void start_if_behind(size_t bytes_max);
  void end();
  /// The thread: reads up to `end`.
  void run(Offset end, size_t bytes_max, std::stop_token stop);
  Portion read(size_t bytes_max);
  /// False when there is nobody any more who would take it.
  bool put(Portion portion, std::stop_token stop);

  const std::unique_ptr<JournalReader> reader_;  ///< The thread's while there is one.
  const std::shared_ptr<const Journal> journal_;
  const PartitionId partition_;
  const Options options_;
  bool placed_ = true;  ///< No poll has come since the opening or the last `seek`.
  HeldBytes held_;      ///< What the records of the last poll point to, if they came out of the queue.

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Portion> queue_;  // guarded by mutex_, as all below
  size_t queue_bytes_ = 0;
  bool ahead_ = false;     // there is a thread; changed by the owner alone
  bool finished_ = false;  // it has put its last portion
  bool woken_ = false;     // while there is a thread

  os::Thread thread_;  // last: ends first
};

}  // namespace weir::log::embedded
