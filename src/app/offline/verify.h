#pragma once

#include <string>
#include <vector>

#include <absl/functional/function_ref.h>

#include "app/offline/data_directory.h"
#include "base/damage.h"
#include "log/embedded/journal_check.h"
#include "store/embedded/store_check.h"

namespace weir::app::offline {

/// What a check of a data directory has found, part by part.
struct DataReport {
  store::embedded::StoreReport store;
  log::embedded::JournalReport journal;
  uint64_t journal_series = 0;  ///< Summed over the records.
  uint64_t journal_samples = 0;
  log::embedded::JournalReport dead_letters;
  uint64_t catalogue_bytes = 0;  ///< 0: there is none.
  DamageList catalogue_damage;
  DamageList between;  ///< Parts that are good each but do not belong together.

  uint64_t damage_count() const {
    return store.damage.count() + journal.damage.count() + dead_letters.damage.count() +
           catalogue_damage.count() + between.count();
  }
};

/// True when the server that wrote the directory had a journal there, and not one of its segments is left or
/// readable: nobody knows its offsets any more.
bool journal_is_lost(os::FileSystem& files, const DataPaths& paths,
                     const log::embedded::JournalReport& journal,
                     const log::embedded::JournalReport& dead_letters);

/// Checks everything on disk of a stopped server and changes nothing; the caller holds the lock. `progress`
/// gets the bytes read since the last call. Errors: kIo of a directory, kUnsupported (another version's
/// files).
Result<DataReport> verify_data(os::FileSystem& files, const std::string& directory,
                               absl::FunctionRef<void(uint64_t bytes)> progress);

}  // namespace weir::app::offline
