#include <algorithm>
#include <ostream>

#include <fmt/format.h>

#include "app/cli/cli.h"
#include "app/cli/commands.h"
#include "app/cli/dump_lines.h"
#include "app/offline/data_directory.h"
#include "app/offline/data_scan.h"
#include "meta/sqlite/read_only.h"
#include "query/parser.h"
#include "store/embedded/sample_merge.h"

namespace weir::app::cli {
namespace {

using offline::BlockSeries;
using offline::JournalRecord;
using store::embedded::Block;
using store::embedded::Manifest;
using What = DumpCommand::What;

/// The doubles of a series, then its histograms.
SampleColumns samples_of(const Batch& batch, const Batch::Series& series) {
  SampleColumns samples;
  const auto times = batch.timestamps_ms(series);
  const auto values = batch.values(series);
  samples.timestamps_ms.assign(times.begin(), times.end());
  samples.values.assign(values.begin(), values.end());
  const auto histogram_times = batch.histogram_times_ms(series);
  for (size_t i = 0; i < histogram_times.size(); ++i)
    samples.push_back(histogram_times[i], std::make_shared<const Histogram>(batch.histograms(series)[i]));
  return samples;
}

/// One run of the command.
class Dump {
 public:
  Dump(const DumpCommand& command, Console& console)
      : command_(command), console_(console), paths_(offline::data_paths(command.data)) {}

  Status run();
  bool damaged() const { return damaged_; }

 private:
  Status load_tenants();
  Status make_filter();
  Status dump_manifest();
  Status dump_blocks();
  Status dump_series();
  Status dump_samples();
  Status dump_journal();
  Status print_samples(const SampleLines& lines);
  Status print_chunks(const Block& block, const BlockSeries& series);
  Status print_pending(const JournalRecord& record);
  Status visit_blocks(absl::FunctionRef<Status(const Manifest::Block&, const Block&)> visit);
  Status visit_pending(absl::FunctionRef<Status(const JournalRecord&)> visit);

  /// Prints, and tells whether anybody still reads.
  Status print(const std::string& lines) {
    console_.out << (console_.terminal.out_is_terminal ? printable_lines(lines) : lines);
    return console_.out ? Status() : Status(io_error("standard output cannot be written"));
  }
  void complain(const std::string& what) {
    damaged_ = true;
    console_.err << "weir dump: " << printable(what) << "\n" << std::flush;
  }

  const DumpCommand& command_;
  Console& console_;
  const offline::DataPaths paths_;
  offline::DataFilter filter_;
  TenantNames tenants_;
  std::vector<Manifest::Partition> stored_;  // what of the journal is in blocks
  std::vector<store::embedded::Deletion> deletions_;
  std::string head_;  // the comment printed last
  bool damaged_ = false;
};

Status Dump::run() {
  RETURN_IF_ERROR(load_tenants());
  RETURN_IF_ERROR(make_filter());
  const auto manifest = store::embedded::load_manifest(os::posix_files(), paths_.store);
  if (manifest.ok()) {
    stored_ = manifest->partitions;
    deletions_ = manifest->deletions;
  }
  switch (command_.what) {
    case What::kManifest:
      return dump_manifest();
    case What::kBlocks:
      return dump_blocks();
    case What::kSeries:
      return dump_series();
    case What::kSamples:
      return dump_samples();
    case What::kJournal:
      return dump_journal();
  }
  return {};
}

/// Without a readable catalogue tenants go by their numbers.
Status Dump::load_tenants() {
  ASSIGN_OR_RETURN(const bool there, os::posix_files().exists(paths_.catalogue));
  if (!there) return {};
  const auto tenants = meta::sqlite::read_tenants(paths_.catalogue);
  if (!tenants.ok()) {
    complain(tenants.error().message);
    return {};
  }
  for (const meta::Tenant& tenant : *tenants) tenants_.add(tenant.id, tenant.name);
  return {};
}

Status Dump::make_filter() {
  if (!command_.tenant.empty()) {
    ASSIGN_OR_RETURN(filter_.tenant, tenants_.find(command_.tenant));
  }
  if (!command_.selector.empty()) {
    auto parsed = query::parse(command_.selector, {});
    if (!parsed.ok()) return std::move(parsed).error().context("--match");
    const auto* selector = query::unwrap(**parsed).as<query::VectorSelector>();
    if (selector == nullptr || selector->shift.has_offset ||
        selector->shift.at != query::TimeShift::At::kNone)
      return invalid_argument("--match: expected a selector alone, such as up{job=\"node\"}");
    filter_.matchers = selector->matchers;
  }
  if (command_.start_ms) filter_.range.mint_ms = *command_.start_ms;
  if (command_.end_ms) filter_.range.maxt_ms = *command_.end_ms;
  return {};
}

Status Dump::visit_blocks(absl::FunctionRef<Status(const Manifest::Block&, const Block&)> visit) {
  return offline::visit_blocks(
      os::posix_files(), paths_.store, filter_, [&](const std::string& what) { complain(what); }, visit);
}

/// Records of the journal that are not wholly in blocks, without what was deleted.
Status Dump::visit_pending(absl::FunctionRef<Status(const JournalRecord&)> visit) {
  const auto pending = [&](const JournalRecord& record) -> Status {
    const uint32_t partition = record.record.partition.value();
    const bool stored = partition < stored_.size() && record.record.offset < stored_[partition].durable;
    if (stored) return {};
    Batch kept;
    return visit({record.frame, record.record, offline::without_deleted(record, deletions_, kept)});
  };
  return offline::visit_journal(
      os::posix_files(), paths_.journal, filter_, [&](const std::string& what) { complain(what); }, pending,
      [](const log::embedded::SegmentScanner&) { return Status(); });
}

Status Dump::dump_manifest() {
  ASSIGN_OR_RETURN(const Manifest manifest, store::embedded::load_manifest(os::posix_files(), paths_.store));
  return print(command_.json ? manifest_json(manifest) : manifest_text(manifest));
}

Status Dump::dump_blocks() {
  return visit_blocks([&](const Manifest::Block& entry, const Block& block) {
    return print(command_.json ? block_json(entry, block, tenants_) : block_text(entry, block));
  });
}

Status Dump::dump_series() {
  RETURN_IF_ERROR(visit_blocks([&](const Manifest::Block&, const Block& block) {
    return offline::visit_series(block, filter_, [&](const BlockSeries& series) {
      SeriesLine line{block.path(),
                      series.tenant,
                      series.labels,
                      0,
                      {series.chunks.front().range.mint_ms, series.chunks.back().range.maxt_ms}};
      for (const auto& chunk : series.chunks) line.samples += chunk.sample_count;
      return print(command_.json ? series_json(line, tenants_) : series_text(line, tenants_));
    });
  }));
  return visit_pending([&](const JournalRecord& record) -> Status {
    for (const Batch::Series& series : record.batch.series()) {
      const SampleColumns samples = samples_of(record.batch, series);
      const auto& times = samples.timestamps_ms;
      const auto [first, last] = std::minmax_element(times.begin(), times.end());
      if (times.empty()) continue;
      const SeriesLine line{record.frame.segment().path(),
                            record.record.tenant,
                            record.batch.labels(series),
                            times.size(),
                            {*first, *last}};
      RETURN_IF_ERROR(print(command_.json ? series_json(line, tenants_) : series_text(line, tenants_)));
    }
    return {};
  });
}

Status Dump::dump_samples() {
  RETURN_IF_ERROR(visit_blocks([&](const Manifest::Block&, const Block& block) -> Status {
    return offline::visit_series(block, filter_,
                                 [&](const BlockSeries& series) { return print_chunks(block, series); });
  }));
  return visit_pending([&](const JournalRecord& record) { return print_pending(record); });
}

/// In text a comment says whose samples follow, and where they lie.
Status Dump::print_samples(const SampleLines& lines) {
  if (command_.json) return print(samples_json(lines, tenants_));
  std::string head = fmt::format("# tenant {}, {}\n", tenants_.name_of(lines.tenant), lines.path);
  if (head != head_) RETURN_IF_ERROR(print(head));
  head_ = std::move(head);
  return print(samples_text(lines));
}

Status Dump::print_chunks(const Block& block, const BlockSeries& series) {
  SampleColumns samples;
  for (const auto& chunk : series.chunks) {
    samples.clear();
    const Status read = block.read_chunk(chunk, samples);
    if (!read.ok()) {
      complain(read.error().message);
      continue;
    }
    store::embedded::remove_masked(series.masked, samples, 0);
    store::embedded::keep_in_range(samples, 0, filter_.range);
    if (samples.size() == 0) continue;
    const SampleLines lines{block.path(),          series.tenant,  series.labels,
                            samples.timestamps_ms, samples.values, samples.histograms};
    RETURN_IF_ERROR(print_samples(lines));
  }
  return {};
}

Status Dump::print_pending(const JournalRecord& record) {
  for (const Batch::Series& series : record.batch.series()) {
    const SampleColumns samples = samples_of(record.batch, series);
    const SampleLines lines{record.frame.segment().path(), record.record.tenant, record.batch.labels(series),
                            samples.timestamps_ms,         samples.values,       samples.histograms};
    RETURN_IF_ERROR(print_samples(lines));
  }
  return {};
}

Status Dump::dump_journal() {
  const auto line = [&](const log::embedded::SegmentScanner& frame, const log::embedded::FrameRecord* record,
                        const Batch* batch) {
    return print(command_.json ? record_json(frame, record, batch, tenants_)
                               : record_text(frame, record, batch, tenants_));
  };
  if (!command_.json) RETURN_IF_ERROR(print(record_titles()));
  return offline::visit_journal(
      os::posix_files(), paths_.journal, filter_, [&](const std::string& what) { complain(what); },
      [&](const JournalRecord& record) { return line(record.frame, &record.record, &record.batch); },
      [&](const log::embedded::SegmentScanner& frame) {
        return filter_.all() ? line(frame, nullptr, nullptr) : Status();
      });
}

}  // namespace

int run_dump(const DumpCommand& command, Console& console) {
  const auto lock = offline::lock_data(os::posix_files(), command.data);
  if (!lock.ok()) return fail(console, "dump", lock.error().message, kExitUsage);
  Dump dump(command, console);
  const Status done = dump.run();
  if (!done.ok()) {
    const bool usage = done.error().code == Code::kInvalidArgument || done.error().code == Code::kNotFound;
    return fail(console, "dump", done.error().message, usage ? kExitUsage : kExitFailed);
  }
  return dump.damaged() ? kExitFailed : kExitOk;
}

}  // namespace weir::app::cli
