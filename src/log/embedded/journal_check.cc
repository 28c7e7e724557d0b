#include "log/embedded/journal_check.h"

#include <fmt/format.h>

#include "log/embedded/journal_walk.h"

namespace weir::log::embedded {
namespace {

class Checker : public JournalVisitor {
 public:
  Checker(RecordCheck check, absl::FunctionRef<void(uint64_t)> progress)
      : check_(check), progress_(progress) {}

  Status on_segment(const WalkedSegment& walked) override {
    ++report_.segments;
    report_.file_bytes += walked.file_bytes;
    if (walked.segment == nullptr) return {};
    if (walked.tail.torn_bytes > 0) {
      report_.torn_path = walked.path;
      report_.torn_position = walked.tail.end;
      report_.torn_bytes = walked.tail.torn_bytes;
    }
    const std::vector<Offset>& offsets = walked.segment->header().next_offsets;
    const bool first = report_.partitions.empty();
    report_.partitions.resize(std::max(report_.partitions.size(), offsets.size()));
    for (size_t i = 0; i < offsets.size(); ++i) {
      if (first) report_.partitions[i].begin = offsets[i];
      report_.partitions[i].end = std::max(report_.partitions[i].end, offsets[i]);
    }
    return {};
  }

  Status on_frame(const SegmentScanner& scanner) override {
    ++report_.frames;
    report_.records += scanner.records().size();
    for (const FrameRecord& record : scanner.records()) {
      report_.partitions[record.partition.value()].end = Offset(record.offset.value() + 1);
      Status checked = check_(record);
      if (checked.ok()) continue;
      on_damage({scanner.segment().path(), scanner.frame_begin(), scanner.header().frame_bytes,
                 fmt::format("the record at offset {} of partition {} does not decode: {}",
                             record.offset.value(), record.partition.value(), checked.error().message),
                 "the server sets such a record aside: see `weir deadletter list`"});
    }
    return {};
  }

  void on_damage(Damage damage) override { report_.damage.add(std::move(damage)); }
  void on_progress(uint64_t bytes) override { progress_(bytes); }

  JournalReport take() { return std::move(report_); }

 private:
  RecordCheck check_;
  absl::FunctionRef<void(uint64_t)> progress_;
  JournalReport report_;
};

/// Makes both copies of the header whole; true when one was damaged.
Result<bool> mend(os::FileSystem& files, const WalkedSegment& walked, bool dry_run) {
  const std::string good = encode_segment_header(walked.segment->header());
  std::string stored(good.size(), '\0');
  ASSIGN_OR_RETURN(const size_t got, walked.segment->file().read_at(0, stored.data(), stored.size()));
  stored.resize(got);
  if (stored == good) return false;
  if (dry_run) return true;
  ASSIGN_OR_RETURN(auto file, files.open(walked.path, os::OpenMode::kReadWrite));
  const size_t half = good.size() / 2;
  // Only the damaged copy is touched, so that the other one is there whatever happens meanwhile.
  for (const size_t begin : {size_t{0}, half}) {
    const std::string_view copy = std::string_view(good).substr(begin, half);
    if (stored.compare(std::min(begin, stored.size()), half, copy) == 0) continue;
    RETURN_IF_ERROR(file->write_at(begin, copy));
    RETURN_IF_ERROR(file->sync());
  }
  return true;
}

class Mender : public JournalVisitor {
 public:
  Mender(os::FileSystem& files, bool dry_run) : files_(files), dry_run_(dry_run) {}

  Status on_segment(const WalkedSegment& walked) override {
    if (walked.segment == nullptr) return {};
    ASSIGN_OR_RETURN(const bool mended, mend(files_, walked, dry_run_));
    if (mended) {
      lines_.push_back(fmt::format("{}: {} the damaged copy of the header again from the good one",
                                   walked.path, dry_run_ ? "would write" : "wrote"));
    }
    return {};
  }
  Status on_frame(const SegmentScanner&) override { return {}; }
  void on_damage(Damage) override {}

  std::vector<std::string> take() { return std::move(lines_); }

 private:
  os::FileSystem& files_;
  const bool dry_run_;
  std::vector<std::string> lines_;
};

class SegmentPaths : public JournalVisitor {
 public:
  Status on_segment(const WalkedSegment& walked) override {
    all.push_back(walked.path);
    any_readable = any_readable || walked.segment != nullptr;
    return {};
  }
  Status on_frame(const SegmentScanner&) override { return {}; }
  void on_damage(Damage) override {}

  std::vector<std::string> all;
  bool any_readable = false;
};

}  // namespace

Result<JournalReport> check_journal(os::FileSystem& files, const std::string& directory, RecordCheck check,
                                    absl::FunctionRef<void(uint64_t bytes)> progress) {
  Checker checker(check, progress);
  RETURN_IF_ERROR(walk_journal(files, directory, checker));
  return checker.take();
}

Result<std::vector<std::string>> mend_headers(os::FileSystem& files, const std::string& directory,
                                              bool dry_run) {
  Mender mender(files, dry_run);
  RETURN_IF_ERROR(walk_journal(files, directory, mender));
  return mender.take();
}

Result<std::vector<std::string>> set_unreadable_aside(os::FileSystem& files, const std::string& directory,
                                                      bool dry_run) {
  SegmentPaths paths;
  RETURN_IF_ERROR(walk_journal(files, directory, paths));
  std::vector<std::string> lines;
  if (paths.any_readable || paths.all.empty()) return lines;
  for (const std::string& path : paths.all) {
    ASSIGN_OR_RETURN(const std::string aside, os::free_name(files, path + ".damaged"));
    lines.push_back(fmt::format("{} {} aside as {}: no segment of the journal has a readable header",
                                dry_run ? "would set" : "set", path, aside));
    if (!dry_run) RETURN_IF_ERROR(files.rename(path, aside));
  }
  if (!dry_run) RETURN_IF_ERROR(files.sync_directory(directory));
  return lines;
}

}  // namespace weir::log::embedded
