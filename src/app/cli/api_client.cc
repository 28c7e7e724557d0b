#include "app/cli/api_client.h"

#include <boost/json.hpp>

#include <fmt/format.h>

#include "app/cli/console.h"

namespace weir::app::cli {
namespace {

std::string base_url(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url.find("://") == std::string::npos ? "http://" + url : url;
}

std::string encode(const Fields& fields) {
  std::string out;
  for (const auto& [name, value] : fields) {
    if (!out.empty()) out += '&';
    out += net::percent_encode(name) + "=" + net::percent_encode(value);
  }
  return out;
}

}  // namespace

ApiClient::ApiClient(const Target& target)
    : url_(base_url(target.url)), tenant_(target.tenant), timeout_(target.timeout) {}

Result<net::HttpResponse> ApiClient::get(std::string_view path, const Fields& fields) {
  net::ClientRequest request;
  request.url = url_ + std::string(path);
  if (!fields.empty()) request.url += "?" + encode(fields);
  return send(std::move(request));
}

Result<net::HttpResponse> ApiClient::post_form(std::string_view path, const Fields& fields) {
  net::ClientRequest request;
  request.method = "POST";
  request.url = url_ + std::string(path);
  request.headers.set("Content-Type", "application/x-www-form-urlencoded");
  request.body = encode(fields);
  return send(std::move(request));
}

Result<net::HttpResponse> ApiClient::post_text(std::string_view path, const Fields& fields,
                                               std::string_view type, std::string body) {
  net::ClientRequest request;
  request.method = "POST";
  request.url = url_ + std::string(path) + (fields.empty() ? "" : "?" + encode(fields));
  request.headers.set("Content-Type", std::string(type));
  request.body = std::move(body);
  return send(std::move(request));
}

Result<net::HttpResponse> ApiClient::post_json(std::string_view path, std::string body) {
  net::ClientRequest request;
  request.method = "POST";
  request.url = url_ + std::string(path);
  request.headers.set("Content-Type", "application/json");
  request.body = std::move(body);
  return send(std::move(request));
}

Result<net::HttpResponse> ApiClient::post_remote_write(std::string_view path, std::string_view tenant,
                                                       std::string body) {
  net::ClientRequest request;
  request.method = "POST";
  request.url = url_ + std::string(path);
  request.headers.set("Content-Type", "application/x-protobuf");
  request.headers.set("Content-Encoding", "snappy");
  request.headers.set("X-Prometheus-Remote-Write-Version", "0.1.0");
  if (!tenant.empty()) request.headers.set("X-Scope-OrgID", std::string(tenant));
  request.body = std::move(body);
  return send(std::move(request));
}

Result<net::HttpResponse> ApiClient::send(net::ClientRequest request) {
  if (!tenant_.empty() && !request.headers.has("X-Scope-OrgID"))
    request.headers.set("X-Scope-OrgID", tenant_);
  request.timeout = timeout_;
  auto response = client_.send(request);
  if (response.ok() || response.error().code != Code::kUnavailable) return response;
  return unavailable(response.error().message +
                     "\nIs a server running there? Start one with \"weir serve\", or name it with --url.");
}

std::string error_text(const net::HttpResponse& response) {
  boost::json::error_code failed;
  const boost::json::value body = boost::json::parse(response.body, failed);
  if (!failed && body.is_object()) {
    for (const char* key : {"detail", "error"}) {
      const boost::json::value* text = body.get_object().if_contains(key);
      if (text != nullptr && text->is_string()) return std::string(text->get_string());
    }
  }
  constexpr size_t kShownMax = 200;
  const std::string line = response.body.substr(0, std::min(response.body.find_first_of("\r\n"), kShownMax));
  const std::string_view reason = net::reason_phrase(response.status);
  return fmt::format("the server answered {} {}{}{}", response.status, reason, line.empty() ? "" : ": ",
                     line);
}

}  // namespace weir::app::cli
