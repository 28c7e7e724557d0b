#include "store/embedded/maintenance_plan.h"

#include <algorithm>
#include <map>
#include <optional>

#include "store/embedded/expiry.h"

namespace weir::store::embedded {
namespace {

// A block grows to 12 windows (a day, of 2 h each), and while it is small to 30 times that, so that a thin
// old history does not end in thousands of files.
constexpr int64_t kBlockWindows = 12;
constexpr int64_t kThinBlockWindows = 30 * kBlockWindows;
constexpr uint64_t kThinBlockBytesMax = 64 << 20;

// Past windows that still receive samples wait for more of them, as long again as it took to fill them but
// not for ever: the log keeps their records meanwhile, and a restart applies those.
constexpr os::milliseconds kIdleBeforeCutMin{5'000};
constexpr os::milliseconds kIdleBeforeCutMax{60'000};
constexpr os::milliseconds kAgeBeforeCut{600'000};

// More open windows than this cost each series memory; then the oldest are written until half are left.
constexpr size_t kOpenWindowsMax = 64;

// Merging begins when so many blocks of like size have gathered: each sample is then rewritten a logarithmic
// number of times.
constexpr size_t kMergeBlocksMin = 3;
constexpr size_t kMergeThinBlocksMin = 8;
constexpr uint64_t kMergeSizeRatio = 2;

// A block must not outlive what is oldest in it by much.
bool thin_blocks_allowed(const EmbeddedStoreOptions& options) {
  return options.retention.count() == 0 ||
         kThinBlockWindows * options.window.count() <= options.retention.count() / 10;
}

int64_t floor_divide(TimestampMs time_ms, int64_t by) {
  return time_ms / by - (time_ms % by < 0 ? 1 : 0);
}

// The number of the aligned range that holds all of the block; nullopt when it crosses a border.
std::optional<int64_t> range_number(const Block& block, int64_t length_ms) {
  const int64_t first = floor_divide(block.range().mint_ms, length_ms);
  return first == floor_divide(block.range().maxt_ms, length_ms) ? std::optional(first) : std::nullopt;
}

std::vector<HeadWindowInfo> by_start(const std::vector<HeadWindowInfo>& windows) {
  std::map<TimestampMs, HeadWindowInfo> merged;
  for (const HeadWindowInfo& window : windows) {
    const auto [at, added] = merged.try_emplace(window.start_ms, window);
    if (added) continue;
    at->second.size_bytes += window.size_bytes;
    at->second.first_write = std::min(at->second.first_write, window.first_write);
    at->second.last_write = std::max(at->second.last_write, window.last_write);
  }
  std::vector<HeadWindowInfo> out;
  for (const auto& [start_ms, window] : merged) out.push_back(window);
  return out;
}

bool is_past(const EmbeddedStoreOptions& options, const HeadWindowInfo& window, const CutInput& input) {
  const TimestampMs settled_after_ms = options.window.count() + options.out_of_order_window.count();
  if (window.start_ms > input.reference_ms - settled_after_ms) return false;
  const auto idle = std::clamp<os::SteadyTime::duration>(window.last_write - window.first_write,
                                                         kIdleBeforeCutMin, kIdleBeforeCutMax);
  return input.now - window.last_write >= idle || input.now - window.first_write >= kAgeBeforeCut;
}

std::vector<HeadWindowInfo> due_windows(const EmbeddedStoreOptions& options, const CutInput& input) {
  const std::vector<HeadWindowInfo> windows = by_start(input.windows);
  size_t forced = windows.size() > kOpenWindowsMax ? windows.size() - kOpenWindowsMax / 2 : 0;
  uint64_t left_bytes = input.head_bytes;
  std::vector<HeadWindowInfo> due;
  for (const HeadWindowInfo& window : windows) {
    const bool pressed =
        input.head_bytes > options.head_bytes_max && left_bytes > options.head_bytes_max / 4 * 3;
    if (!input.all && forced == 0 && !pressed && !is_past(options, window, input)) continue;
    if (forced > 0) --forced;
    left_bytes -= std::min(left_bytes, window.size_bytes);
    due.push_back(window);
  }
  return due;
}

// The longest run of small blocks that are worth merging: from the smallest on, as long as the next one is
// not much larger than all before it together.
BlockList like_sized(BlockList blocks) {
  std::stable_sort(blocks.begin(), blocks.end(),
                   [](const BlockPtr& a, const BlockPtr& b) { return a->size_bytes() < b->size_bytes(); });
  uint64_t size_bytes = 0;
  size_t count = 0;
  for (const BlockPtr& block : blocks) {
    if (count > 0 && block->size_bytes() > kMergeSizeRatio * size_bytes) break;
    size_bytes += block->size_bytes();
    ++count;
  }
  blocks.resize(count);
  return blocks;
}

// Blocks inside one aligned range of the length, range by range.
std::map<int64_t, BlockList> by_range(const BlockList& blocks, int64_t length_ms) {
  std::map<int64_t, BlockList> ranges;
  for (const BlockPtr& block : blocks) {
    if (const auto number = range_number(*block, length_ms)) ranges[*number].push_back(block);
  }
  return ranges;
}

// Neighbours in time that stay small together, the longest run from the oldest on.
BlockList thin_neighbours(BlockList blocks, size_t count_min) {
  std::stable_sort(blocks.begin(), blocks.end(), [](const BlockPtr& a, const BlockPtr& b) {
    return a->range().mint_ms < b->range().mint_ms;
  });
  BlockList run;
  uint64_t size_bytes = 0;
  for (const BlockPtr& block : blocks) {
    if (size_bytes + block->size_bytes() > kThinBlockBytesMax) {
      if (run.size() >= count_min) return run;
      run.clear();
      size_bytes = 0;
    }
    if (block->size_bytes() > kThinBlockBytesMax) continue;
    size_bytes += block->size_bytes();
    run.push_back(block);
  }
  return run.size() >= count_min ? run : BlockList();
}

BlockList in_order_of(const BlockList& blocks, const BlockList& chosen) {
  BlockList ordered;
  for (const BlockPtr& block : blocks) {
    if (std::find(chosen.begin(), chosen.end(), block) != chosen.end()) ordered.push_back(block);
  }
  return ordered;
}

// The longest run of the chosen blocks, in the order of the list, that no other block of their times stands
// between: what is made of a run takes its place in the list, and there later blocks win over earlier ones.
BlockList unparted(const BlockList& blocks, const BlockList& chosen) {
  const BlockList ordered = in_order_of(blocks, chosen);
  BlockList best;
  BlockList run;
  BlockList between;
  const auto parts = [&](const BlockPtr& next) {
    return std::ranges::any_of(between, [&](const BlockPtr& other) {
      return other->range().overlaps(next->range()) || std::ranges::any_of(run, [&](const BlockPtr& one) {
               return one->range().overlaps(other->range());
             });
    });
  };
  for (const BlockPtr& block : blocks) {
    if (std::ranges::find(ordered, block) == ordered.end()) {
      if (!run.empty()) between.push_back(block);
      continue;
    }
    if (parts(block)) run.clear();
    if (run.empty()) between.clear();
    run.push_back(block);
    if (run.size() > best.size()) best = run;
  }
  return best;
}

}  // namespace

std::vector<std::vector<TimestampMs>> plan_cuts(const EmbeddedStoreOptions& options, CutInput input) {
  const int64_t block_ms = kBlockWindows * options.window.count();
  const int64_t thin_ms = kThinBlockWindows * options.window.count();
  std::vector<std::vector<TimestampMs>> groups;
  uint64_t group_bytes = 0;
  for (const HeadWindowInfo& window : due_windows(options, input)) {
    const auto joins = [&] {
      if (groups.empty()) return false;
      const TimestampMs first_ms = groups.back().front();
      if (first_ms / block_ms == window.start_ms / block_ms) return true;
      return thin_blocks_allowed(options) && first_ms / thin_ms == window.start_ms / thin_ms &&
             group_bytes + window.size_bytes <= kThinBlockBytesMax;
    };
    if (!joins()) {
      groups.emplace_back();
      group_bytes = 0;
    }
    groups.back().push_back(window.start_ms);
    group_bytes += window.size_bytes;
  }
  return groups;
}

BlockList plan_merge(const EmbeddedStoreOptions& options, const BlockList& blocks, bool all) {
  const int64_t block_ms = kBlockWindows * options.window.count();
  for (auto& [number, candidates] : by_range(blocks, block_ms)) {
    const BlockList chosen = unparted(blocks, all ? candidates : like_sized(candidates));
    if (chosen.size() >= (all ? 2 : kMergeBlocksMin)) return chosen;
  }
  if (!thin_blocks_allowed(options)) return {};
  const int64_t thin_ms = kThinBlockWindows * options.window.count();
  for (auto& [number, candidates] : by_range(blocks, thin_ms)) {
    const size_t count_min = all ? 2 : kMergeThinBlocksMin;
    const BlockList chosen = unparted(blocks, thin_neighbours(candidates, count_min));
    if (chosen.size() >= count_min) return chosen;
  }
  return {};
}

BlockList plan_cleaning(const BlockList& blocks) {
  const auto at = std::find_if(blocks.begin(), blocks.end(),
                               [](const BlockPtr& block) { return !block->mask().empty(); });
  return at == blocks.end() ? BlockList() : BlockList{*at};
}

BlockList plan_retirement(const BlockList& blocks, const RetentionBounds& retention) {
  BlockList retired;
  std::copy_if(blocks.begin(), blocks.end(), std::back_inserter(retired),
               [&](const BlockPtr& block) { return is_expired(*block, retention); });
  return retired;
}

BlockList plan_thinning(const BlockList& blocks, const RetentionBounds& retention, bool all) {
  const auto at = std::find_if(blocks.begin(), blocks.end(), [&](const BlockPtr& block) {
    return is_worth_thinning(*block, retention, all);
  });
  return at == blocks.end() ? BlockList() : BlockList{*at};
}

}  // namespace weir::store::embedded
