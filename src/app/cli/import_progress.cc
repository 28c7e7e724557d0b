#include "app/cli/import_progress.h"

#include <algorithm>
#include <ostream>

#include <fmt/format.h>

#include "app/cli/number_text.h"
#include "base/duration.h"

namespace weir::app::cli {
namespace {

constexpr os::milliseconds kRedraw{200};

}  // namespace

ImportProgress::ImportProgress(Console& console, uint64_t work_total)
    : console_(console), work_total_(work_total), begin_(console.clock.steady()), next_(begin_) {}

void ImportProgress::show(const At& at) {
  if (!console_.terminal.err_is_terminal || console_.clock.steady() < next_) return;
  next_ = console_.clock.steady() + kRedraw;
  console_.err << "\r\x1b[K" << line_of(at) << std::flush;
  shown_ = true;
}

std::string ImportProgress::line_of(const At& at) const {
  const std::chrono::duration<double> passed = console_.clock.steady() - begin_;
  const double seconds = std::max(passed.count(), 0.001);
  std::string line;
  if (at.blocks > 0) line += fmt::format("block {} of {}, ", at.block, at.blocks);
  if (at.series > 0) line += fmt::format("{} series, ", readable_count(static_cast<double>(at.series)));
  line += fmt::format("{} samples, {} samples/s", readable_count(static_cast<double>(at.samples)),
                      readable_count(static_cast<double>(at.samples) / seconds));
  if (work_total_ == 0 || at.work_done == 0) return line;
  const double share = std::min(1.0, static_cast<double>(at.work_done) / static_cast<double>(work_total_));
  const auto left_s = static_cast<int64_t>(seconds * (1 - share) / share);
  return line + fmt::format(", {:.0f} %, {} left", share * 100, format_duration(left_s * 1'000));
}

void ImportProgress::say(std::string_view line) {
  end();
  console_.err << line << "\n" << std::flush;
}

void ImportProgress::end() {
  if (shown_) console_.err << "\r\x1b[K" << std::flush;
  shown_ = false;
}

}  // namespace weir::app::cli
