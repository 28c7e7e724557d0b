#include <algorithm>
#include <ostream>

#include <absl/container/flat_hash_set.h>
#include <fmt/format.h>

#include "app/cli/cli.h"
#include "app/cli/commands.h"
#include "app/cli/import_progress.h"
#include "app/cli/import_state.h"
#include "app/cli/number_text.h"
#include "app/cli/remote_writer.h"
#include "app/prometheus/block_reader.h"
#include "app/prometheus/data_directory.h"
#include "query/engine.h"
#include "wire/remote_write.h"

namespace weir::app::cli {
namespace {

using prometheus::BlockPlace;
using prometheus::BlockReader;
using wire::tsdb::SeriesEntry;

constexpr size_t kSamplesPerBody = 50'000;
constexpr size_t kBytesPerBody = 4u << 20;  // of a batch; counts where histograms or labels are large
constexpr uint64_t kComplaintsMax = 10;

std::string count_text(uint64_t count) {
  return readable_count(static_cast<double>(count));
}

// What the samples of an import depend on besides their block.
std::string purpose_of(const ImportPrometheusCommand& command) {
  return fmt::format("{}\n{}\n{}\n{}\n{}", command.target.url, command.target.tenant,
                     fmt::join(command.selectors, "\n"), command.start_ms.value_or(0),
                     command.end_ms.value_or(TimeRange::all().maxt_ms));
}

/// One run of the command. Errors are what ends it; damage and refused samples are counted and named.
class Import {
 public:
  Import(const ImportPrometheusCommand& command, Console& console)
      : command_(command), console_(console), client_(command.target) {}

  Status run() {
    RETURN_IF_ERROR(choose());
    ASSIGN_OR_RETURN(auto found, prometheus::list_blocks(os::posix_files(), command_.directory));
    ASSIGN_OR_RETURN(auto state,
                     ImportState::open(os::posix_files(), command_.state_path, purpose_of(command_)));
    has_wal_ = found.has_wal;
    for (const std::string& block : found.left_out) console_.err << "left out: " << printable(block) << "\n";
    const auto unwanted = [&](const BlockPlace& block) {
      const TimeRange times{block.meta.mint_ms, block.meta.end_ms - 1};
      return !times.overlaps(range_) || (!command_.dry_run && state.is_finished(block.meta.ulid));
    };
    const size_t listed = found.blocks.size();
    std::erase_if(found.blocks, unwanted);
    console_.err << fmt::format("{} blocks to read of {}\n", found.blocks.size(), listed);
    return read_blocks(found.blocks, state);
  }

  int finish(const Status& done) {
    const std::string_view verb = command_.dry_run ? "to send" : "sent";
    console_.out << fmt::format("{} blocks, {} series, {} samples {}\n", count_text(at_.block),
                                count_text(series_.size()), count_text(samples_), verb);
    if (!command_.dry_run) console_.out << verdict_text(tally_);
    if (damage_ > 0) console_.out << fmt::format("{} chunks or blocks could not be read\n", damage_);
    if (has_wal_) {
      console_.out << "The write-ahead log (wal/) was not read: samples of the last hours that are in no "
                      "block yet are not among these\n";
    }
    if (!done.ok()) {
      return fail(console_, "import", printable(done.error().message) + "\n" + again(), kExitFailed);
    }
    return damage_ == 0 && tally_.rejected_count() == 0 ? kExitOk : kExitFailed;
  }

 private:
  Status choose() {
    for (const std::string& text : command_.selectors) {
      ASSIGN_OR_RETURN(auto matchers, query::parse_selector(text).context("--match"));
      selectors_.push_back(std::move(matchers));
    }
    range_ = {command_.start_ms.value_or(std::numeric_limits<TimestampMs>::min()),
              command_.end_ms.value_or(std::numeric_limits<TimestampMs>::max())};
    return {};
  }

  Status read_blocks(const std::vector<BlockPlace>& blocks, ImportState& state) {
    uint64_t work = 0;
    for (const BlockPlace& block : blocks) work += block.meta.samples;
    ImportProgress progress(console_, work);
    progress_ = &progress;
    at_.blocks = blocks.size();
    uint64_t work_before = 0;
    for (const BlockPlace& block : blocks) {
      ++at_.block;
      const uint64_t trouble = damage_ + tally_.rejected_count();
      Status done = read_block(block, work_before);
      if (!done.ok()) {
        progress.end();
        return done;
      }
      const bool whole = damage_ + tally_.rejected_count() == trouble;
      if (whole && !command_.dry_run) RETURN_IF_ERROR(state.finish(block.meta.ulid));
      work_before += block.meta.samples;
    }
    progress.end();
    return {};
  }

  Status read_block(const BlockPlace& block, uint64_t work_before) {
    auto reader = BlockReader::open(os::posix_files(), block.path);
    if (!reader.ok()) {
      complain(reader.error());
      return {};
    }
    SeriesEntry series;
    for (uint64_t walked = 0;; ++walked) {
      const auto more = reader->next_series(series);
      if (!more.ok()) complain(Error(more.error()).context(block.path));
      if (!more.ok() || !*more) return send();
      if (wanted(series.labels)) RETURN_IF_ERROR(read_series(*reader, series));
      const double share = static_cast<double>(walked + 1) /
                           static_cast<double>(std::max<uint64_t>(block.meta.series, walked + 1));
      at_.work_done = work_before + static_cast<uint64_t>(share * static_cast<double>(block.meta.samples));
      show();
    }
  }

  Status read_series(BlockReader& reader, const SeriesEntry& series) {
    bool begun = false;  // in the batch
    for (const auto& place : series.chunks) {
      if (!range_.overlaps({place.mint_ms, place.maxt_ms})) continue;
      chunk_.clear();
      const Status read = reader.read_chunk(series, place, range_, chunk_);
      if (!read.ok()) complain(read.error());
      if (chunk_.size() == 0) continue;
      if (!begun) batch_.begin_series(series.labels.view().bytes());
      begun = true;
      add_chunk();
      if (batch_.sample_count() < kSamplesPerBody && batch_.size_bytes() < kBytesPerBody) continue;
      RETURN_IF_ERROR(send());
      begun = false;
    }
    return {};
  }

  void add_chunk() {
    series_.insert(batch_.labels(batch_.series().back()).hash());
    samples_ += chunk_.size();
    batch_.add_samples(chunk_);
  }

  bool wanted(LabelsView labels) const {
    return selectors_.empty() || std::ranges::any_of(selectors_, [&](const std::vector<Matcher>& matchers) {
             return all_match(matchers, labels);
           });
  }

  Status send() {
    const uint64_t samples = batch_.sample_count();
    if (samples == 0 || command_.dry_run) {
      batch_.clear();
      return {};
    }
    const std::string body = wire::encode_remote_write(batch_);
    batch_.clear();
    ASSIGN_OR_RETURN(const auto response,
                     write_until_taken(client_, console_.clock, command_.target.tenant, body));
    const uint64_t rejected_before = tally_.rejected_count();
    RETURN_IF_ERROR(add_verdict(response, samples, tally_));
    if (tally_.rejected_count() > rejected_before && ++refusals_ == 1)
      progress_->say(
          printable(response.body.substr(0, response.body.find('\n', response.body.find('\n') + 1))));
    show();
    return {};
  }

  void show() {
    at_.series = series_.size();
    at_.samples = samples_;
    progress_->show(at_);
  }
  void complain(const Error& error) {
    if (++damage_ <= kComplaintsMax) progress_->say("cannot be read: " + printable(error.message));
  }
  std::string again() const {
    return command_.state_path.empty()
               ? "Run the same command again: what is sent twice is stored once."
               : "Run the same command again: it goes on with the block where this ended.";
  }

  const ImportPrometheusCommand& command_;
  Console& console_;
  ApiClient client_;
  TimeRange range_;
  std::vector<std::vector<Matcher>> selectors_;
  bool has_wal_ = false;
  ImportProgress* progress_ = nullptr;
  ImportProgress::At at_;
  Batch batch_;
  SampleColumns chunk_;                   // kept for its memory
  absl::flat_hash_set<uint64_t> series_;  // hashes of those with samples
  uint64_t samples_ = 0;
  WriteTally tally_;
  uint64_t refusals_ = 0;
  uint64_t damage_ = 0;
};

}  // namespace

int run_import_prometheus(const ImportPrometheusCommand& command, Console& console) {
  Import import(command, console);
  return import.finish(import.run());
}

}  // namespace weir::app::cli
