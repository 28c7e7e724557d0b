#include <algorithm>
#include <ostream>

#include <fmt/format.h>

#include "app/cli/cli.h"
#include "app/cli/commands.h"
#include "app/cli/number_text.h"
#include "app/cli/verify_report.h"
#include "app/offline/verify.h"

namespace weir::app::cli {
namespace {

constexpr os::milliseconds kProgressInterval{200};

/// One line on a terminal that tells how far long work is; nothing where nobody watches.
class Progress {
 public:
  Progress(Console& console, std::string_view what, uint64_t total_bytes)
      : console_(console),
        what_(what),
        total_bytes_(total_bytes),
        next_(console.clock.steady() + kProgressInterval) {}
  ~Progress() {
    if (shown_) console_.err << "\r\x1b[K" << std::flush;
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void add(uint64_t bytes) {
    done_bytes_ += bytes;
    const os::SteadyTime now = console_.clock.steady();
    if (!console_.terminal.err_is_terminal || now < next_) return;
    next_ = now + kProgressInterval;
    shown_ = true;
    const double share =
        total_bytes_ == 0 ? 1 : static_cast<double>(done_bytes_) / static_cast<double>(total_bytes_);
    console_.err << fmt::format("\r\x1b[K{} {:.0f}% of {}", what_, std::min(1.0, share) * 100,
                                readable_bytes(static_cast<double>(total_bytes_)))
                 << std::flush;
  }

 private:
  Console& console_;
  const std::string_view what_;
  const uint64_t total_bytes_;
  uint64_t done_bytes_ = 0;
  os::SteadyTime next_;
  bool shown_ = false;
};

}  // namespace

int run_verify(const VerifyCommand& command, Console& console) {
  os::FileSystem& files = os::posix_files();
  const auto lock = offline::lock_data(files, command.data);
  if (!lock.ok()) return fail(console, "verify", lock.error().message, kExitUsage);
  const auto report = [&] {
    Progress progress(console, "verify:", offline::data_bytes(files, command.data));
    return offline::verify_data(files, command.data, [&](uint64_t bytes) { progress.add(bytes); });
  }();
  if (!report.ok()) return fail(console, "verify", report.error().message, kExitUsage);
  if (command.output == OutputFormat::kJson) {
    console.out << verify_json(*report) << "\n";
  } else {
    console.out << verify_text(*report, command.data, console.terminal);
  }
  return report->damage_count() == 0 ? kExitOk : kExitFailed;
}

}  // namespace weir::app::cli
