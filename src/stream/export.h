#pragma once

#include <optional>
#include <string>

#include "log/log.h"
#include "model/batch.h"
#include "store/store.h"
#include "wire/record_codec.h"

/// Reads everything that a process holds, page by page, so that it can be written elsewhere: first what the
/// store has, then what the log got meanwhile. Writing a page twice is harmless, so a copy that was broken
/// off starts a page back.
namespace weir::stream {

/// How far a copy of one tenant's stored samples has come. A value that travels as text.
struct ExportCursor {
  TimestampMs window_begin_ms = 0;  ///< Time is walked in windows.
  std::string after;                ///< Canonical labels of the last series done in it; empty: none.

  /// "1700000000000:0a5f..", the labels in hexadecimal.
  std::string to_text() const;
  /// kInvalidArgument for anything that `to_text` does not write.
  static Result<ExportCursor> parse(std::string_view text);
};

struct ExportOptions {
  os::milliseconds window{2 * 60 * 60 * 1'000};
  size_t samples_max = 100'000;        ///< A page ends with the series that reaches it.
  std::vector<Matcher> matchers = {};  ///< Of the series that are wanted; empty: all.
};

struct ExportPage {
  Batch batch;                       ///< May be empty.
  std::optional<ExportCursor> next;  ///< Absent at the end.
};

/// The samples of `tenant` with times in `range` from `cursor` on, stale markers included, as many as fit. A
/// page that runs out of time is cut short and says where to go on. Errors: those of `Store::select`.
Result<ExportPage> export_stored(store::Store& store, TenantId tenant, const TimeRange& range,
                                 const ExportCursor& cursor, const ExportOptions& options, os::Clock& clock,
                                 Deadline deadline);

struct LogExportPage {
  Batch batch;
  std::optional<TenantId> tenant;  ///< Whose samples these are; absent when there were no records.
  Offset next{0};                  ///< The next page begins here.
  uint64_t unreadable = 0;  ///< Records left out because they cannot be decoded; they are dead letters.
};

/// The log's records of `partition` from `from` on, of one tenant, as many as fit about `bytes_max`. Waits
/// for the first until `deadline`. Errors: those of `Reader`; kNotFound when the log has forgotten `from`.
Result<LogExportPage> export_logged(log::Log& log, const wire::RecordCodec& codec, PartitionId partition,
                                    Offset from, size_t bytes_max, Deadline deadline);

}  // namespace weir::stream
