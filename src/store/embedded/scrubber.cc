#include "store/embedded/scrubber.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <utility>

#include "telemetry/logger.h"

namespace weir::store::embedded {
namespace {

// Between two looks at the stop.
constexpr uint64_t kStepBytes = 1 << 20;
// What a machine that has slept may catch up on at once, in seconds at the greatest pace.
constexpr double kSecondsAtOnceMax = 10;

double size_of(const BlockList& blocks) {
  return std::accumulate(blocks.begin(), blocks.end(), 0.0, [](double sum, const BlockPtr& block) {
    return sum + static_cast<double>(block->size_bytes());
  });
}

bool by_path(const BlockPtr& a, const BlockPtr& b) {
  return a->path() < b->path();
}

}  // namespace

Scrubber::Scrubber(os::milliseconds interval, os::FileSystem& files, os::Clock& clock, StoreMetrics& metrics)
    : interval_(interval), files_(files), clock_(clock), metrics_(metrics), last_run_(clock.steady()) {}

void Scrubber::run(const BlockList& blocks, absl::FunctionRef<Status()> proceed, Damaged damaged) {
  if (interval_.count() == 0) return;
  earn(blocks);
  if (blocks.empty()) return;
  BlockList sorted = blocks;
  std::sort(sorted.begin(), sorted.end(), by_path);
  if (!started_) start(sorted);
  const bool gone = block_ != nullptr && std::none_of(blocks.begin(), blocks.end(), [&](const BlockPtr& one) {
                      return one->path() == block_->path();
                    });
  if (gone) leave({}, damaged);
  while (due_bytes_ > 0 && proceed().ok()) {
    if (block_ == nullptr && !begin_next(sorted)) break;
    const Status outcome = read_on();
    if (!outcome.ok() || scrub_->done()) leave(outcome, damaged);
  }
  show_progress(blocks);
}

void Scrubber::earn(const BlockList& blocks) {
  const os::SteadyTime now = clock_.steady();
  const auto seconds = std::chrono::duration<double>(now - std::exchange(last_run_, now)).count();
  const double pace = std::min(size_of(blocks) / std::chrono::duration<double>(interval_).count(),
                               static_cast<double>(kBytesPerSecondMax));
  due_bytes_ = std::min(due_bytes_ + seconds * pace, kSecondsAtOnceMax * kBytesPerSecondMax);
}

void Scrubber::start(const BlockList& sorted) {
  const double part =
      static_cast<double>(clock_.wall_ms() % interval_.count()) / static_cast<double>(interval_.count());
  const auto first = static_cast<size_t>(part * static_cast<double>(sorted.size()));
  whole_ = first == 0;
  if (!whole_) behind_ = sorted[first - 1]->path();
  started_ = true;
}

/// The first block behind the one before. At the end of a pass the next call begins another.
bool Scrubber::begin_next(const BlockList& sorted) {
  const auto next = std::find_if(sorted.begin(), sorted.end(),
                                 [&](const BlockPtr& block) { return block->path() > behind_; });
  if (next == sorted.end()) {
    end_pass();
    return false;
  }
  block_ = *next;
  return true;
}

Status Scrubber::read_on() {
  if (!scrub_) {
    auto begun = BlockScrub::begin(files_, block_);
    RETURN_IF_ERROR(begun);
    scrub_ = std::move(begun).value();
  }
  ASSIGN_OR_RETURN(const uint64_t bytes,
                   scrub_->advance(std::min(kStepBytes, static_cast<uint64_t>(due_bytes_) + 1)));
  due_bytes_ -= static_cast<double>(bytes);
  metrics_.scrubbed_bytes.add(bytes);
  return {};
}

void Scrubber::leave(const Status& outcome, Damaged damaged) {
  const BlockPtr block = std::exchange(block_, nullptr);
  behind_ = block->path();
  scrub_.reset();
  if (outcome.ok()) return;
  if (outcome.error().code == Code::kCorruption) return damaged(block, outcome.error());
  metrics_.scrub_failures.add();
  telemetry::log_error("store", "a block cannot be read again",
                       {{"path", block->path()}, {"error", outcome.error().message}});
}

void Scrubber::end_pass() {
  behind_.clear();
  if (!std::exchange(whole_, true)) return;
  metrics_.scrub_passes.add();
  metrics_.scrub_last_pass.set(static_cast<double>(clock_.wall_ms()) / 1'000);
}

void Scrubber::show_progress(const BlockList& blocks) {
  double behind_bytes = 0;
  for (const BlockPtr& block : blocks) {
    if (block->path() <= behind_) behind_bytes += static_cast<double>(block->size_bytes());
  }
  metrics_.scrub_progress.set(behind_bytes / size_of(blocks));
}

}  // namespace weir::store::embedded
