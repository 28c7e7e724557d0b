#include "notify/http_post.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/base64.h"

namespace weir::notify {
namespace {

constexpr size_t kAnswerBytesMax = 4'096;
constexpr int64_t kRetryAfterMsMax = kHourMs;

// `Authorization`, or nothing.
Result<std::string> authorization(const HttpConfig& http, os::FileSystem& files) {
  if (!http.username.empty()) {
    ASSIGN_OR_RETURN(const std::string password, read_secret(http.password, files));
    return "Basic " + base64(http.username + ":" + password);
  }
  if (http.credentials.empty()) return std::string();
  ASSIGN_OR_RETURN(const std::string credentials, read_secret(http.credentials, files));
  return http.credentials_type + " " + credentials;
}

Result<net::ClientRequest> request_of(const HttpPost& post, const SenderContext& context) {
  net::ClientRequest request;
  request.method = "POST";
  ASSIGN_OR_RETURN(request.url, read_secret(post.url, context.files));
  ASSIGN_OR_RETURN(const std::string secret, authorization(post.http, context.files));
  if (!secret.empty()) request.headers.add("Authorization", secret);
  request.headers.add("Content-Type", "application/json");
  request.headers.add("User-Agent", "weir");
  request.body = post.body;
  request.timeout = std::chrono::milliseconds(post.timeout_ms);
  request.connect_timeout = request.timeout;
  request.response_bytes_max = kAnswerBytesMax;
  request.cut_response = true;
  request.guard = &context.guard;
  return request;
}

// Seconds. Servers may write a date as well; the pause is then our own.
std::optional<int64_t> retry_after_ms(const net::HttpResponse& response) {
  const std::string_view text = response.headers.get("Retry-After");
  int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || seconds < 0) return std::nullopt;
  return std::min(seconds, kRetryAfterMsMax / 1'000) * 1'000;
}

SendOutcome outcome_of(const net::HttpResponse& response) {
  const int status = response.status;
  if (status >= 200 && status < 300) return {};
  const std::string error = fmt::format("the server answered {} {}{}", status, net::reason_phrase(status),
                                        status >= 300 && status < 400 ? "; redirects are not followed" : "");
  const bool may_pass = status == 429 || status >= 500;
  return {may_pass ? SendOutcome::Verdict::kRetry : SendOutcome::Verdict::kFailed, error,
          may_pass ? retry_after_ms(response) : std::nullopt};
}

}  // namespace

SendOutcome post_json(net::HttpClient& client, const HttpPost& post, const SenderContext& context) {
  std::string body;
  return post_json(client, post, context, body);
}

SendOutcome post_json(net::HttpClient& client, const HttpPost& post, const SenderContext& context,
                      std::string& body) {
  const auto request = request_of(post, context);
  if (!request.ok()) return SendOutcome::of(request.error());
  auto response = client.send(*request);
  if (!response.ok()) return SendOutcome::of(response.error());
  body = std::move(response->body);
  return outcome_of(*response);
}

}  // namespace weir::notify
