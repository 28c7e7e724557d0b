#include <boost/json.hpp>
#include <ostream>

#include <fmt/format.h>

#include "app/cli/api_client.h"
#include "app/cli/cli.h"
#include "app/cli/commands.h"
#include "app/cli/table.h"

namespace weir::app::cli {
namespace {

constexpr std::string_view kPath = "/api/v1/admin/tsdb/snapshot";

/// data.path of the answer.
Result<std::string> path_of(const net::HttpResponse& response) {
  if (response.status != 200) return unavailable(printable(error_text(response)));
  boost::json::error_code failed;
  const boost::json::value body = boost::json::parse(response.body, failed);
  const boost::json::value* path = failed ? nullptr : body.find_pointer("/data/path", failed);
  if (path == nullptr || !path->is_string())
    return corruption("the server's answer is not what this command expects");
  return printable(std::string_view(path->get_string()));
}

}  // namespace

int run_snapshot(const SnapshotCommand& command, Console& console) {
  ApiClient client(command.target);
  const auto response = client.post_form(kPath, {{"skip_head", command.skip_head ? "true" : "false"}});
  if (!response.ok()) return fail(console, "snapshot", response.error().message, kExitFailed);
  const auto path = path_of(*response);
  if (!path.ok()) return fail(console, "snapshot", path.error().message, kExitFailed);
  console.out << *path << "\n" << std::flush;
  return kExitOk;
}

}  // namespace weir::app::cli
