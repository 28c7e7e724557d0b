#include <boost/json.hpp>
#include <istream>
#include <ostream>

#include <fmt/format.h>

#include "app/cli/api_client.h"
#include "app/cli/cli.h"
#include "app/cli/commands.h"
#include "base/duration.h"

namespace weir::app::cli {
namespace {

constexpr std::string_view kSeriesPath = "/api/v1/series";
constexpr std::string_view kDeletePath = "/api/v1/admin/tsdb/delete_series";

Fields fields_of(const DeleteCommand& command) {
  Fields fields;
  const auto add_time = [&](const char* name, const std::optional<TimestampMs>& time_ms) {
    if (time_ms) fields.emplace_back(name, format_time(*time_ms));
  };
  for (const std::string& selector : command.selectors) fields.emplace_back("match[]", selector);
  add_time("start", command.start_ms);
  add_time("end", command.end_ms);
  return fields;
}

/// How many series the server names.
Result<size_t> count_series(ApiClient& client, const Fields& fields) {
  ASSIGN_OR_RETURN(const net::HttpResponse response, client.post_form(kSeriesPath, fields));
  if (response.status != 200) return unavailable(printable(error_text(response)));
  boost::json::error_code failed;
  const boost::json::value body = boost::json::parse(response.body, failed);
  const boost::json::value* data = failed ? nullptr : body.find_pointer("/data", failed);
  if (data == nullptr || !data->is_array())
    return corruption("the server's answer is not what this command expects");
  return data->get_array().size();
}

Status delete_series(ApiClient& client, const Fields& fields) {
  ASSIGN_OR_RETURN(const net::HttpResponse response, client.post_form(kDeletePath, fields));
  if (response.status != 204) return unavailable(printable(error_text(response)));
  return {};
}

/// "the samples of 12 series from 2024-05-01T00:00:00Z on".
std::string what_goes(size_t series, const DeleteCommand& command) {
  std::string text = fmt::format("the samples of {} series", series);
  if (command.start_ms) text += " from " + format_time(*command.start_ms) + (command.end_ms ? "" : " on");
  if (command.end_ms) text += " until " + format_time(*command.end_ms);
  return text;
}

bool confirmed(const std::string& what, Console& console) {
  console.err << "Delete " << what << "? They cannot be brought back. [y/N] " << std::flush;
  std::string answer;
  std::getline(console.in, answer);
  return answer == "y" || answer == "yes";
}

}  // namespace

int run_delete(const DeleteCommand& command, Console& console) {
  ApiClient client(command.target);
  const Fields fields = fields_of(command);
  const auto series = count_series(client, fields);
  if (!series.ok()) return fail(console, "delete", series.error().message, kExitFailed);
  if (*series == 0) {
    console.out << "No series matches; nothing was deleted.\n" << std::flush;
    return kExitOk;
  }
  const std::string what = what_goes(*series, command);
  if (!command.yes && !confirmed(what, console))
    return fail(console, "delete", "not confirmed; nothing was deleted", kExitFailed);
  if (const Status deleted = delete_series(client, fields); !deleted.ok())
    return fail(console, "delete", deleted.error().message, kExitFailed);
  console.out << "Deleted " << what << ".\n" << std::flush;
  return kExitOk;
}

}  // namespace weir::app::cli
