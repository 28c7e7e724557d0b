#include <boost/json.hpp>
#include <ostream>

#include <fmt/format.h>

#include "app/cli/api_client.h"
#include "app/cli/cli.h"
#include "app/cli/commands.h"
#include "app/cli/table.h"

namespace weir::app::cli {
namespace {

constexpr std::string_view kPath = "/api/v2/admin/dead-letters";
constexpr size_t kMessageShownMax = 100;

std::string text_of(const boost::json::object& object, std::string_view key) {
  const boost::json::value* value = object.if_contains(key);
  if (value == nullptr) return "";
  if (value->is_string()) return printable(std::string_view(value->get_string()));
  return boost::json::serialize(*value);
}

std::string shortened(std::string text) {
  if (text.size() <= kMessageShownMax) return text;
  return text.substr(0, kMessageShownMax) + "...";
}

Result<boost::json::object> object_of(const net::HttpResponse& response) {
  if (response.status != 200) return unavailable(printable(error_text(response)));
  boost::json::error_code failed;
  boost::json::value body = boost::json::parse(response.body, failed);
  if (failed || !body.is_object()) return corruption("the server's answer is not what this command expects");
  return std::move(body.get_object());
}

std::string letters_table(const boost::json::object& answer, const Terminal& terminal) {
  Table table({{"ID", Align::kRight},
               {"TIME"},
               {"TENANT"},
               {"PARTITION", Align::kRight},
               {"OFFSET", Align::kRight},
               {"BYTES", Align::kRight},
               {"CODE"},
               {"REASON"}});
  const boost::json::value* letters = answer.if_contains("dead_letters");
  if (letters == nullptr || !letters->is_array() || letters->get_array().empty()) return "No dead letters.\n";
  for (const boost::json::value& value : letters->get_array()) {
    if (!value.is_object()) continue;
    const auto& letter = value.get_object();
    table.add_row({text_of(letter, "id"), text_of(letter, "at"), text_of(letter, "tenant"),
                   text_of(letter, "partition"), text_of(letter, "offset"), text_of(letter, "payload_bytes"),
                   text_of(letter, "code"), shortened(text_of(letter, "message"))});
  }
  return table.to_string(terminal);
}

int list(const DeadLetterCommand& command, const net::HttpResponse& response, Console& console) {
  const auto answer = object_of(response);
  if (!answer.ok()) return fail(console, "deadletter", answer.error().message, kExitFailed);
  if (command.json) {
    console.out << response.body << "\n";
    return kExitOk;
  }
  console.out << letters_table(*answer, console.terminal);
  if (text_of(*answer, "more") == "true") console.out << "There are more: use --from or --limit.\n";
  return kExitOk;
}

int replay(const net::HttpResponse& response, Console& console) {
  const auto answer = object_of(response);
  if (!answer.ok()) return fail(console, "deadletter", answer.error().message, kExitFailed);
  const bool more = text_of(*answer, "more") == "true";
  console.out << fmt::format("{} records sent again{}.\n", text_of(*answer, "replayed"),
                             more ? "; there are more" : "");
  return kExitOk;
}

}  // namespace

int run_deadletter(const DeadLetterCommand& command, Console& console) {
  ApiClient client(command.target);
  const Fields fields = {{"from", std::to_string(command.from)}, {"limit", std::to_string(command.limit)}};
  const bool lists = command.action == DeadLetterCommand::Action::kList;
  const auto response =
      lists ? client.get(kPath, fields) : client.post_form(fmt::format("{}/replay", kPath), fields);
  if (!response.ok()) return fail(console, "deadletter", response.error().message, kExitFailed);
  return lists ? list(command, *response, console) : replay(*response, console);
}

}  // namespace weir::app::cli
