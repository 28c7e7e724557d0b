#include "notify/alertmanager_client.h"

#include <algorithm>

#include <fmt/format.h>

#include "notify/http_post.h"
#include "notify/message_json.h"
#include "telemetry/logger.h"

namespace weir::notify {
namespace {

constexpr size_t kBatchMax = 256;  // Prometheus' own

}  // namespace

TimestampMs fires_until_ms(TimestampMs now_ms, int64_t evaluation_interval_ms, int64_t resend_interval_ms) {
  return now_ms + 4 * std::max(evaluation_interval_ms, resend_interval_ms);
}

AlertmanagerClient::AlertmanagerClient(std::vector<AlertmanagerTarget> targets, SenderContext context)
    : targets_(std::move(targets)), context_(std::move(context)), clients_(targets_.size()) {}

Status AlertmanagerClient::send(std::span<const Alert> alerts, TimestampMs fires_until_ms) {
  if (alerts.empty() || targets_.empty()) return ok_status();
  bool taken = false;
  SendOutcome last;
  for (size_t target = 0; target < targets_.size(); ++target) {
    const SendOutcome outcome = send_to(target, alerts, fires_until_ms);
    taken = taken || outcome.delivered();
    if (outcome.delivered()) continue;
    telemetry::log_warn("notify", "an Alertmanager did not take alerts",
                        {{"alertmanager", static_cast<uint64_t>(target)},
                         {"alerts", static_cast<uint64_t>(alerts.size())},
                         {"error", outcome.error}});
    last = outcome;
  }
  if (taken) return ok_status();
  const std::string message = fmt::format("alertmanager: {}", last.error);
  return last.verdict == SendOutcome::Verdict::kRetry ? unavailable(message) : failed_precondition(message);
}

SendOutcome AlertmanagerClient::send_to(size_t target, std::span<const Alert> alerts,
                                        TimestampMs fires_until_ms) {
  auto url = read_secret(targets_[target].url, context_.files);
  if (!url.ok()) return SendOutcome::of(url.error());
  while (url->ends_with('/')) url->pop_back();
  HttpPost post{.url = {.text = *url + "/api/v2/alerts", .file = {}},
                .http = targets_[target].http,
                .timeout_ms = context_.timeout_ms};
  for (size_t begin = 0; begin < alerts.size(); begin += kBatchMax) {
    const auto batch = alerts.subspan(begin, std::min(kBatchMax, alerts.size() - begin));
    post.body = alerts_json(batch, fires_until_ms);
    SendOutcome outcome = post_json(clients_[target], post, context_);
    if (!outcome.delivered()) return outcome;
  }
  return {};
}

}  // namespace weir::notify
