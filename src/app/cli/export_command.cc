#include <charconv>
#include <ostream>

#include <fmt/format.h>

#include "app/cli/api_client.h"
#include "app/cli/cli.h"
#include "app/cli/commands.h"
#include "app/cli/import_progress.h"
#include "app/cli/number_text.h"
#include "base/duration.h"
#include "os/files.h"
#include "wire/archive.h"
#include "wire/remote_write.h"

namespace weir::app::cli {
namespace {

constexpr size_t kPageDecodedBytesMax = 1u << 30;

/// One run of the command.
class Export {
 public:
  Export(const ExportCommand& command, Console& console)
      : command_(command), console_(console), client_(command.target), progress_(console, 0) {}

  Status run() {
    ASSIGN_OR_RETURN(file_, os::posix_files().open(command_.file, os::OpenMode::kCreate));
    const Status written = write_all();
    progress_.end();
    // A part of an archive is of no use, and would stand in the way of the next try.
    if (!written.ok()) (void)os::posix_files().remove(command_.file);
    return written;
  }

  std::string summary() const {
    return fmt::format("{} samples, {}\n", readable_count(static_cast<double>(archive_.counts().samples)),
                       readable_bytes(static_cast<double>(size_bytes_)));
  }

 private:
  Status write_all() {
    RETURN_IF_ERROR(append(archive_.begin(command_.target.tenant)));
    std::string cursor;
    do {
      ASSIGN_OR_RETURN(const auto page, ask(cursor));
      cursor = page.headers.get("X-Weir-Next");
      RETURN_IF_ERROR(copy(page.body));
      progress_.show({.samples = archive_.counts().samples});
    } while (!cursor.empty());
    RETURN_IF_ERROR(append(archive_.end()));
    return file_->sync();
  }

  Result<net::HttpResponse> ask(const std::string& cursor) {
    Fields fields{{"cursor", cursor}, {"match[]", command_.selector}};
    if (command_.start_ms) fields.emplace_back("start", format_time(*command_.start_ms));
    if (command_.end_ms) fields.emplace_back("end", format_time(*command_.end_ms));
    ASSIGN_OR_RETURN(auto page, client_.get("/api/v2/admin/export", fields));
    if (page.status != 200) return failed_precondition(printable(error_text(page)));
    return page;
  }

  Status copy(const std::string& page) {
    if (page.empty()) return {};
    batch_.clear();
    RETURN_IF_ERROR(wire::decode_remote_write(page, kPageDecodedBytesMax, scratch_, batch_));
    return batch_.empty() ? ok_status() : append(archive_.page(batch_));
  }

  Status append(const std::string& piece) {
    RETURN_IF_ERROR(file_->write_at(size_bytes_, piece));
    size_bytes_ += piece.size();
    return {};
  }

  const ExportCommand& command_;
  Console& console_;
  ApiClient client_;
  ImportProgress progress_;
  std::unique_ptr<os::File> file_;
  uint64_t size_bytes_ = 0;
  wire::ArchiveWriter archive_;
  Batch batch_;          // kept for its memory
  std::string scratch_;  // the same
};

}  // namespace

int run_export(const ExportCommand& command, Console& console) {
  Export run(command, console);
  const Status done = run.run();
  if (!done.ok()) return fail(console, "export", printable(done.error().message), kExitFailed);
  console.out << run.summary();
  return kExitOk;
}

}  // namespace weir::app::cli
