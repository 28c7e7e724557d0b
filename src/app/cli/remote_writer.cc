#include "app/cli/remote_writer.h"

#include <algorithm>
#include <charconv>
#include <numeric>

#include <fmt/format.h>

#include "app/cli/console.h"
#include "app/cli/number_text.h"

namespace weir::app::cli {
namespace {

constexpr int kAttempts = 60;
constexpr os::milliseconds kRetryDelay{1'000};

uint64_t leading_number(std::string_view text) {
  uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// "reason=12,other=3"
void add_reasons(std::string_view text, std::map<std::string, uint64_t>& out) {
  while (!text.empty()) {
    const std::string_view item = text.substr(0, text.find(','));
    const size_t equals = item.find('=');
    if (equals != std::string_view::npos)
      out[printable(item.substr(0, equals))] += leading_number(item.substr(equals + 1));
    text.remove_prefix(std::min(item.size() + 1, text.size()));
  }
}

}  // namespace

Result<net::HttpResponse> write_until_taken(ApiClient& client, os::Clock& clock, std::string_view tenant,
                                            const std::string& body) {
  for (int attempt = 1;; ++attempt) {
    auto response = client.post_remote_write("/api/v1/write", tenant, body);
    const bool again =
        !response.ok() ? response.error().retryable() : response->status == 429 || response->status >= 500;
    if (!again || attempt == kAttempts) return response;
    if (!clock.sleep_until(clock.steady() + kRetryDelay, {})) return response;
  }
}

uint64_t WriteTally::rejected_count() const {
  return std::accumulate(rejected.begin(), rejected.end(), uint64_t{0},
                         [](uint64_t sum, const auto& reason) { return sum + reason.second; });
}

Status add_verdict(const net::HttpResponse& response, uint64_t samples, WriteTally& tally) {
  const bool all = response.status / 100 == 2;
  const std::string_view reasons = response.headers.get("X-Weir-Rejected");
  if (!all && (response.status != 400 || reasons.empty()))
    return failed_precondition(printable(error_text(response)));
  tally.sent += samples;
  const uint64_t before = tally.rejected_count();
  if (!all) add_reasons(reasons, tally.rejected);
  tally.accepted += samples - std::min(samples, tally.rejected_count() - before);
  return {};
}

std::string verdict_text(const WriteTally& tally) {
  const auto count = [](uint64_t samples) { return readable_count(static_cast<double>(samples)); };
  std::string text = fmt::format(
      "{} accepted (those that the server had already are among them and were dropped), {} rejected\n",
      count(tally.accepted), count(tally.rejected_count()));
  for (const auto& [reason, samples] : tally.rejected)
    text += fmt::format("  {}: {}\n", reason, count(samples));
  return text;
}

}  // namespace weir::app::cli
