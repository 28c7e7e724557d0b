#include <boost/json.hpp>
#include <charconv>
#include <map>
#include <ostream>

#include <fmt/format.h>

#include "app/cli/api_client.h"
#include "app/cli/cli.h"
#include "app/cli/commands.h"
#include "app/cli/remote_writer.h"

namespace weir::app::cli {
namespace {

constexpr uint64_t kComplaintsMax = 10;
/// This far behind, a copy that keeps the source open calls itself caught up.
constexpr int64_t kCaughtUpRecords = 16;

Result<boost::json::object> parse_object(const net::HttpResponse& response) {
  boost::json::error_code failed;
  boost::json::value body = boost::json::parse(response.body, failed);
  if (failed || !body.is_object()) return corruption("the source's answer is not what this command expects");
  return std::move(body.get_object());
}

uint64_t number_of(const net::Headers& headers, std::string_view name) {
  const std::string_view text = headers.get(name);
  uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// One move. Errors are what ends it; samples that the destination refuses are counted and named.
class Migration {
 public:
  Migration(const MigrateToCommand& command, Console& console)
      : command_(command), console_(console), source_(command.source), destination_(target_of(command)) {}

  Status run() {
    ASSIGN_OR_RETURN(offsets_, log_ends());
    ASSIGN_OR_RETURN(const std::vector<std::string> tenants, tenant_names());
    for (const std::string& tenant : tenants) RETURN_IF_ERROR(copy_stored(tenant));
    say(fmt::format("History copied: {} samples of {} tenants.", sent_, tenants.size()));
    RETURN_IF_ERROR(copy_logged(kCaughtUpRecords));
    if (command_.keep_writing) {
      say("Caught up. The old server still takes writes; run this again without --keep-writing to finish.");
      return {};
    }
    RETURN_IF_ERROR(close_source());
    RETURN_IF_ERROR(copy_logged(0));
    return {};
  }

  uint64_t sent() const { return sent_; }
  uint64_t refused() const { return refused_; }

 private:
  using Offsets = std::map<int64_t, int64_t>;  // by partition

  static Target target_of(const MigrateToCommand& command) {
    Target target = command.source;
    target.url = command.destination;
    return target;
  }

  Result<net::HttpResponse> ask(std::string_view path, const Fields& fields = {}) {
    ASSIGN_OR_RETURN(net::HttpResponse response, source_.get(path, fields));
    if (response.status != 200)
      return failed_precondition(fmt::format("{}: {}", path, printable(error_text(response))));
    return response;
  }

  /// One past the last record of each partition.
  Result<Offsets> log_ends() {
    ASSIGN_OR_RETURN(const auto response, ask("/api/v2/status"));
    ASSIGN_OR_RETURN(const auto status, parse_object(response));
    Offsets ends;
    boost::json::error_code failed;
    const boost::json::value whole(status);
    const boost::json::value* partitions = whole.find_pointer("/log/partitions", failed);
    if (partitions == nullptr || !partitions->is_array())
      return corruption("the source does not show its log");
    for (const boost::json::value& partition : partitions->get_array()) {
      ends[partition.at("partition").to_number<int64_t>()] = partition.at("end").to_number<int64_t>();
    }
    return ends;
  }

  Result<std::vector<std::string>> tenant_names() {
    ASSIGN_OR_RETURN(const auto response, ask("/api/v2/admin/tenants"));
    ASSIGN_OR_RETURN(const auto answer, parse_object(response));
    std::vector<std::string> names;
    const boost::json::value* tenants = answer.if_contains("tenants");
    if (tenants == nullptr || !tenants->is_array()) return corruption("the source does not list its tenants");
    for (const boost::json::value& tenant : tenants->get_array()) {
      names.emplace_back(tenant.at("name").as_string());
    }
    return names;
  }

  Status copy_stored(const std::string& tenant) {
    source_.set_tenant(tenant);
    std::string cursor;
    do {
      ASSIGN_OR_RETURN(auto page, ask("/api/v2/admin/export", {{"cursor", cursor}}));
      cursor = page.headers.get("X-Weir-Next");
      RETURN_IF_ERROR(send(tenant, page));
      progress(tenant);
    } while (!cursor.empty());
    return {};
  }

  /// Copies the log's records from where it stands until `lag_max` or fewer are left.
  Status copy_logged(int64_t lag_max) {
    while (true) {
      ASSIGN_OR_RETURN(const Offsets ends, log_ends());
      int64_t lag = 0;
      for (const auto& [partition, end] : ends) lag += end - offsets_[partition];
      if (lag <= lag_max) return {};
      for (const auto& [partition, end] : ends) {
        while (offsets_[partition] < end) RETURN_IF_ERROR(copy_page(partition));
      }
    }
  }

  Status copy_page(int64_t partition) {
    int64_t& offset = offsets_[partition];
    ASSIGN_OR_RETURN(auto page, ask("/api/v2/admin/export/log", {{"partition", std::to_string(partition)},
                                                                 {"offset", std::to_string(offset)}}));
    const std::string tenant(page.headers.get("X-Weir-Tenant"));
    const auto next = static_cast<int64_t>(number_of(page.headers, "X-Weir-Next"));
    if (next < offset) return corruption("the source's log went backwards");
    unreadable_ += number_of(page.headers, "X-Weir-Unreadable");
    RETURN_IF_ERROR(send(tenant, page));
    offset = next;
    progress("the log");
    return {};
  }

  Status close_source() {
    ASSIGN_OR_RETURN(const auto response, source_.post_form("/api/v2/admin/read-only", {{"on", "true"}}));
    if (response.status != 200) return failed_precondition(printable(error_text(response)));
    say("The old server no longer takes writes; senders keep their data and try again.");
    return {};
  }

  Status send(const std::string& tenant, const net::HttpResponse& page) {
    const uint64_t samples = number_of(page.headers, "X-Weir-Samples");
    if (samples == 0) return {};
    ASSIGN_OR_RETURN(const auto response, write_until_taken(destination_, console_.clock, tenant, page.body));
    return take_verdict(tenant, response, samples);
  }

  Status take_verdict(const std::string& tenant, const net::HttpResponse& response, uint64_t samples) {
    sent_ += samples;
    if (response.status / 100 == 2) return {};
    if (response.status != 400) return failed_precondition("destination: " + printable(error_text(response)));
    uint64_t accepted = 0;
    std::from_chars(response.body.data(), response.body.data() + response.body.size(), accepted);
    refused_ += samples - std::min(accepted, samples);
    if (++complaints_ <= kComplaintsMax) say(fmt::format("tenant {}: {}", tenant, printable(response.body)));
    return {};
  }

  void say(const std::string& line) {
    if (console_.terminal.err_is_terminal) console_.err << "\r\x1b[K";
    console_.err << line << "\n" << std::flush;
  }
  void progress(std::string_view what) {
    if (!console_.terminal.err_is_terminal) return;
    console_.err << fmt::format("\r\x1b[Kcopying {}: {} samples", printable(what), sent_) << std::flush;
  }

  const MigrateToCommand& command_;
  Console& console_;
  ApiClient source_;
  ApiClient destination_;
  Offsets offsets_;
  uint64_t sent_ = 0;
  uint64_t refused_ = 0;
  uint64_t unreadable_ = 0;
  uint64_t complaints_ = 0;
};

}  // namespace

int run_migrate_to(const MigrateToCommand& command, Console& console) {
  Migration migration(command, console);
  const Status done = migration.run();
  if (!done.ok()) {
    return fail(console, "migrate-to",
                done.error().message + "\nNothing is lost: run the same command again.", kExitFailed);
  }
  console.out << fmt::format("{} samples copied, {} refused.\n", migration.sent(), migration.refused());
  return migration.refused() == 0 ? kExitOk : kExitFailed;
}

}  // namespace weir::app::cli
