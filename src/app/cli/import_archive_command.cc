#include <ostream>

#include <fmt/format.h>

#include "app/cli/api_client.h"
#include "app/cli/cli.h"
#include "app/cli/commands.h"
#include "app/cli/import_progress.h"
#include "app/cli/number_text.h"
#include "app/cli/remote_writer.h"
#include "os/files.h"
#include "wire/archive.h"
#include "wire/remote_write.h"

namespace weir::app::cli {
namespace {

/// Sends the pages from where `archive` stands to its end.
Status send_pages(const ImportArchiveCommand& command, Console& console, uint64_t size_bytes,
                  wire::ArchiveReader& archive, WriteTally& tally) {
  const std::string& tenant = command.target.tenant.empty() ? archive.tenant() : command.target.tenant;
  ApiClient client(command.target);
  ImportProgress progress(console, size_bytes);
  Batch batch;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, archive.next(batch));
    if (!more) break;
    progress.show({.samples = archive.counts().samples, .work_done = archive.position()});
    if (command.dry_run) continue;
    ASSIGN_OR_RETURN(const auto response,
                     write_until_taken(client, console.clock, tenant, wire::encode_remote_write(batch)));
    RETURN_IF_ERROR(add_verdict(response, batch.sample_count(), tally));
  }
  return {};
}

Status import_archive(const ImportArchiveCommand& command, Console& console, WriteTally& tally) {
  ASSIGN_OR_RETURN(const auto file, os::posix_files().map(command.file));
  ASSIGN_OR_RETURN(auto archive, wire::ArchiveReader::open(file->bytes()).context(command.file));
  Status done = send_pages(command, console, file->bytes().size(), archive, tally);
  console.out << fmt::format("{} samples {}\n", readable_count(static_cast<double>(archive.counts().samples)),
                             command.dry_run ? "to send" : "sent");
  return std::move(done).context(command.file);
}

}  // namespace

int run_import_archive(const ImportArchiveCommand& command, Console& console) {
  WriteTally tally;
  const Status done = import_archive(command, console, tally);
  if (!command.dry_run) console.out << verdict_text(tally);
  if (!done.ok()) return fail(console, "import", printable(done.error().message), kExitFailed);
  return tally.rejected_count() == 0 ? kExitOk : kExitFailed;
}

}  // namespace weir::app::cli
