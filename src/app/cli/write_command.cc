#include <algorithm>
#include <istream>
#include <ostream>

#include <fmt/format.h>

#include "app/cli/api_client.h"
#include "app/cli/cli.h"
#include "app/cli/commands.h"
#include "app/cli/sample_line.h"
#include "app/cli/write_batch.h"

namespace weir::app::cli {
namespace {

constexpr size_t kLineBytesMax = 1u << 20;
constexpr uint64_t kComplaintsMax = 10;
constexpr int kAttempts = 5;
constexpr os::milliseconds kRetryDelay{1'000};

enum class LineRead { kLine, kTooLong, kEnd };

// Reads one line of at most kLineBytesMax; the rest of a longer one is skipped.
LineRead read_line(std::istream& in, std::string& line) {
  line.clear();
  bool any = false;
  bool too_long = false;
  for (int c = in.get(); c != std::istream::traits_type::eof(); c = in.get()) {
    any = true;
    if (c == '\n') break;
    if (line.size() < kLineBytesMax) {
      line += static_cast<char>(c);
    } else {
      too_long = true;
    }
  }
  if (!any) return LineRead::kEnd;
  return too_long ? LineRead::kTooLong : LineRead::kLine;
}

class WriteRun {
 public:
  WriteRun(const WriteCommand& command, Console& console) : console_(console), client_(command.target) {}

  int one_sample(const std::vector<std::string>& words) {
    const auto sample = parse_sample_line(fmt::format("{}", fmt::join(words, " ")));
    if (!sample.ok()) return fail(console_, "write", sample.error().message, kExitUsage);
    if (const Status added = batch_.add_line(to_json_element(*sample), 0); !added.ok()) {
      return fail(console_, "write", added.error().message, kExitUsage);
    }
    return finish(send());
  }

  int lines() {
    std::string line;
    for (uint64_t number = 1;; ++number) {
      const LineRead read = read_line(console_.in, line);
      if (read == LineRead::kEnd) break;
      if (read == LineRead::kTooLong) {
        complain(number, fmt::format("longer than {} bytes", kLineBytesMax));
      } else if (const Status added = batch_.add_line(line, number); !added.ok()) {
        complain(number, added.error().message);
      }
      if (batch_.full() && !send()) return finish(false);
    }
    return finish(send());
  }

 private:
  // False when the server cannot be spoken to or refused the request as a whole; the reason has been printed.
  bool send() {
    if (batch_.empty()) return true;
    const auto response = post();
    if (!response.ok()) return refuse(response.error().message);
    const auto verdict = parse_verdict(response->body);
    if (!verdict.ok()) return refuse(error_text(*response));
    accepted_ += verdict->accepted;
    const uint64_t named = std::min<uint64_t>(verdict->rejected, verdict->rejections.size());
    for (uint64_t i = 0; i < named; ++i) {
      complain(batch_.line_of(verdict->rejections[i].index), verdict->rejections[i].message);
    }
    rejected_ += verdict->rejected - named;
    batch_.clear();
    show_progress();
    return true;
  }

  // Sends until the server has room: writing the same samples again is harmless.
  Result<net::HttpResponse> post() {
    for (int attempt = 1;; ++attempt) {
      auto response = client_.post_json("/api/v1/metrics", batch_.body());
      const bool busy = response.ok() && (response->status == 429 || response->status == 503);
      if (!busy || attempt == kAttempts) return response;
      if (!console_.clock.sleep_until(console_.clock.steady() + kRetryDelay, {})) return response;
    }
  }

  bool refuse(std::string_view reason) {
    end_progress();
    const uint64_t first = batch_.line_of(0);
    const uint64_t last = batch_.line_of(batch_.size() - 1);
    const std::string lines = first == 0 ? "" : fmt::format("lines {} to {}: ", first, last);
    fail(console_, "write", lines + printable(reason), kExitFailed);
    rejected_ += batch_.size();
    batch_.clear();
    return false;
  }

  // Counts a rejected sample, and names the first few.
  void complain(uint64_t line, std::string_view message) {
    ++rejected_;
    if (++complaints_ > kComplaintsMax) return;
    end_progress();
    const std::string place = line == 0 ? "" : fmt::format("line {}: ", line);
    fail(console_, "write", place + printable(message), kExitFailed);
  }

  void show_progress() {
    if (!console_.terminal.err_is_terminal) return;
    console_.err << fmt::format("\r\x1b[K{} samples accepted", accepted_) << std::flush;
    progress_shown_ = true;
  }
  void end_progress() {
    if (progress_shown_) console_.err << "\r\x1b[K" << std::flush;
    progress_shown_ = false;
  }

  int finish(bool sent_all) {
    end_progress();
    if (complaints_ > kComplaintsMax) {
      console_.err << fmt::format("weir write: and {} more\n", complaints_ - kComplaintsMax);
    }
    const std::string_view noun = accepted_ == 1 ? "sample" : "samples";
    console_.out << fmt::format("{} {} accepted, {} rejected\n", accepted_, noun, rejected_) << std::flush;
    return sent_all && rejected_ == 0 ? kExitOk : kExitFailed;
  }

  Console& console_;
  ApiClient client_;
  WriteBatch batch_;
  uint64_t accepted_ = 0;
  uint64_t rejected_ = 0;
  uint64_t complaints_ = 0;
  bool progress_shown_ = false;
};

}  // namespace

int run_write(const WriteCommand& command, Console& console) {
  WriteRun run(command, console);
  return command.words.empty() ? run.lines() : run.one_sample(command.words);
}

}  // namespace weir::app::cli
