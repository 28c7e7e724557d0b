#include "app/offline/verify.h"

#include <fmt/format.h>

#include "log/embedded/batch_decoder.h"
#include "meta/sqlite/read_only.h"
#include "wire/dead_letter.h"

namespace weir::app::offline {
namespace {

constexpr size_t kDecodedBytesMax = 1u << 30;  // what the server's own limit may be at most, or more
constexpr std::string_view kRewindRemedy =
    "`weir repair` has the journal applied again from its beginning, which is harmless";
constexpr std::string_view kCatalogueRemedy =
    "restore meta.db from a backup, or have SQLite save what it can: sqlite3 meta.db .recover";

Status check_journals(os::FileSystem& files, const DataPaths& paths,
                      absl::FunctionRef<void(uint64_t)> progress, DataReport& report) {
  log::embedded::BatchDecoder decoder(kDecodedBytesMax);
  const auto decode = [&](const log::embedded::FrameRecord& record) -> Status {
    ASSIGN_OR_RETURN(const BatchSlicePtr slice, decoder.decode(record));
    report.journal_series += slice->batch->series_count();
    report.journal_samples += slice->batch->sample_count();
    return {};
  };
  ASSIGN_OR_RETURN(report.journal, log::embedded::check_journal(files, paths.journal, decode, progress));
  const auto decode_letter = [](const log::embedded::FrameRecord& record) -> Status {
    RETURN_IF_ERROR(wire::decode_dead_letter(record.payload));
    return {};
  };
  ASSIGN_OR_RETURN(report.dead_letters,
                   log::embedded::check_journal(files, paths.dead_letters, decode_letter, progress));
  return {};
}

Status check_catalogue(os::FileSystem& files, const std::string& path, DataReport& report) {
  ASSIGN_OR_RETURN(const bool there, files.exists(path));
  if (!there) return {};
  ASSIGN_OR_RETURN(const auto file, files.open(path, os::OpenMode::kRead));
  ASSIGN_OR_RETURN(report.catalogue_bytes, file->size());
  const auto damaged = [&](std::string what) {
    report.catalogue_damage.add(
        {path, 0, report.catalogue_bytes, std::move(what), std::string(kCatalogueRemedy)});
  };
  const auto faults = meta::sqlite::find_faults(path);
  if (!faults.ok()) damaged(faults.error().message);
  if (faults.ok()) {
    for (const std::string& fault : *faults) damaged(fault);
  }
  return {};
}

/// Finds parts that are good each, but not those of one server.
class Between {
 public:
  Between(const DataPaths& paths, DataReport& report) : paths_(paths), report_(report) {}

  void check(bool journal_lost) {
    if (journal_lost) return check_without_journal();
    if (report_.journal.partitions.empty()) return;
    if (report_.store.manifest) return check_offsets();
    if (report_.store.blocks == 0) check_without_store();
  }

 private:
  void damaged(std::string what, std::string_view remedy) {
    const std::string path = store::embedded::manifest_path(paths_.store);
    report_.between.add({path, 0, report_.store.manifest_bytes, std::move(what), std::string(remedy)});
  }

  /// A new journal begins at 0, and the store would take its records for ones that it has.
  void check_without_journal() {
    if (report_.journal.segments > 0) {
      return damaged("no segment of the journal has a readable header, and a server does not start so",
                     "`weir repair` sets the journal aside, and the store begins a new one");
    }
    if (!report_.store.manifest) return;
    for (const auto& partition : report_.store.manifest->partitions) {
      if (partition.durable == Offset(0)) continue;
      return damaged("the journal is gone, and the store would take the first records of a new one for known",
                     "put the journal back, or have `weir repair` begin a new one");
    }
  }

  /// Records that the journal has forgotten were in blocks.
  void check_without_store() {
    for (const auto& partition : report_.journal.partitions) {
      if (partition.begin == Offset(0)) continue;
      return damaged(
          "the store is gone, with all samples that the journal does not hold any more",
          "put the store's directory back; a server that starts without it serves what the journal holds");
    }
  }

  void check_offsets() {
    const auto& partitions = report_.store.manifest->partitions;
    const auto& rest = report_.journal.partitions;
    if (partitions.size() != rest.size()) {
      return damaged(
          fmt::format("the store has {} partitions, the journal {}", partitions.size(), rest.size()),
          "the two are of different servers: put back the one that belongs to the other");
    }
    for (size_t i = 0; i < rest.size(); ++i) {
      const int64_t durable = partitions[i].durable.value();
      if (durable < rest[i].begin.value()) {
        damaged(
            fmt::format("partition {}: records {} to {} are in no block, and the journal begins after them",
                        i, durable, rest[i].begin.value() - 1),
            kRewindRemedy);
      } else if (durable > rest[i].end.value()) {
        damaged(fmt::format(
                    "partition {}: the store says it has all records before {}, but the journal ends at {}",
                    i, durable, rest[i].end.value()),
                kRewindRemedy);
      }
    }
  }

  const DataPaths& paths_;
  DataReport& report_;
};

}  // namespace

// A server whose log is a broker has a store here and neither of the journals.
bool journal_is_lost(os::FileSystem& files, const DataPaths& paths,
                     const log::embedded::JournalReport& journal,
                     const log::embedded::JournalReport& dead_letters) {
  if (!journal.partitions.empty()) return false;
  const auto there = files.exists(paths.journal);
  return journal.segments > 0 || dead_letters.segments > 0 || (there.ok() && *there);
}

Result<DataReport> verify_data(os::FileSystem& files, const std::string& directory,
                               absl::FunctionRef<void(uint64_t bytes)> progress) {
  const DataPaths paths = data_paths(directory);
  DataReport report;
  ASSIGN_OR_RETURN(report.store, store::embedded::check_store(files, paths.store, progress));
  RETURN_IF_ERROR(check_journals(files, paths, progress, report));
  RETURN_IF_ERROR(check_catalogue(files, paths.catalogue, report));
  Between(paths, report).check(journal_is_lost(files, paths, report.journal, report.dead_letters));
  return report;
}

}  // namespace weir::app::offline
