#include "log/embedded/series_frames.h"

#include "log/embedded/frame.h"

namespace weir::log::embedded {
namespace {

/// A group goes on until it is so many times as large as the definitions in it.
constexpr uint64_t kGroupToDefinitions = 16;

}  // namespace

void SeriesFrames::encode(std::span<const BatchRecord> records, uint64_t sequence, std::string& out) {
  const bool full =
      group_bytes_ >= group_bytes_min_ && group_bytes_ >= kGroupToDefinitions * definition_bytes_;
  const bool key = begin_ || full;
  if (key) {
    begin_ = false;
    numbers_.clear();
    group_ = sequence;
    group_bytes_ = 0;
    definition_bytes_ = 0;
  }
  const size_t begin = out.size();
  FrameEncoder frame(out, records.size());
  for (const BatchRecord& record : records) {
    definition_bytes_ += encoder_.encode(*record.batch, numbers_of(record), out);
    frame.add(record.tenant, record.partition);
  }
  frame.finish(key ? FrameKind::kSeriesKey : FrameKind::kSeries);
  group_bytes_ += out.size() - begin;
}

wire::SeriesNumbers& SeriesFrames::numbers_of(const BatchRecord& record) {
  std::unique_ptr<wire::SeriesNumbers>& numbers = numbers_[{record.partition.value(), record.tenant}];
  if (numbers == nullptr) numbers = std::make_unique<wire::SeriesNumbers>(group_);
  return *numbers;
}

}  // namespace weir::log::embedded
