#include "net/http_client.h"

#include <algorithm>

#include <fmt/format.h>

#include "net/ascii.h"
#include "net/curl_easy.h"
#include "net/url.h"

namespace weir::net {

namespace {

// Fields of one answer together; curl itself has no limit on their number.
constexpr size_t kHeaderBytesMax = 256 * 1024;

/// One answer as it arrives.
struct Exchange {
  HttpResponse response;
  uint64_t body_bytes_max = 0;
  size_t header_bytes = 0;
  bool cuts_body = false;
  bool too_large = false;
  bool was_cut = false;
};

size_t on_body(const char* data, size_t, size_t bytes, void* context) {
  auto& exchange = *static_cast<Exchange*>(context);
  const uint64_t room = exchange.body_bytes_max - exchange.response.body.size();
  if (bytes > room) {
    if (exchange.cuts_body) exchange.response.body.append(data, room);
    (exchange.cuts_body ? exchange.was_cut : exchange.too_large) = true;
    return 0;  // curl stops with CURLE_WRITE_ERROR
  }
  exchange.response.body.append(data, bytes);
  return bytes;
}

size_t on_header(const char* data, size_t, size_t bytes, void* context) {
  auto& exchange = *static_cast<Exchange*>(context);
  exchange.header_bytes += bytes;
  if (exchange.header_bytes > kHeaderBytesMax) {
    exchange.too_large = true;
    return 0;
  }
  const std::string_view line(data, bytes);
  const size_t colon = line.find(':');
  if (line.starts_with("HTTP/")) {
    exchange.response.headers = {};  // the fields before belong to a 100 Continue
  } else if (colon != std::string_view::npos) {
    const size_t end = line.find_last_not_of("\r\n") + 1;
    exchange.response.headers.add(std::string(line.substr(0, colon)),
                                  std::string(trim(line.substr(colon + 1, end - colon - 1))));
  }
  return bytes;
}

/// A URL that this client may call.
Result<UrlParts> check_url(const ClientRequest& request) {
  auto url = parse_url(request.url);
  // With a guard the URL is a user's, and may be a secret.
  const std::string shown = request.guard != nullptr ? "url" : fmt::format("url '{}'", request.url);
  if (!url.ok()) return std::move(url).context(shown);
  if (request.guard != nullptr) RETURN_IF_ERROR(request.guard->check(*url));
  if (url->scheme != "http" && url->scheme != "https")
    return invalid_argument(shown + ": only http:// and https:// are supported");
  return url;
}

Result<LineList> field_list(const Headers& headers) {
  LineList list;
  for (const auto& [name, value] : headers.all()) {
    const bool clean = !name.empty() && std::all_of(name.begin(), name.end(), is_token_char) &&
                       std::none_of(value.begin(), value.end(), is_control);
    if (!clean)
      return invalid_argument(fmt::format("header '{}': not a field name and a value on one line", name));
    // curl drops a field that ends in its colon, and sends an empty one for a semicolon.
    append_line(list, value.empty() ? name + ";" : fmt::format("{}: {}", name, value));
  }
  return list;
}

Error error_of(CURLcode code, const char* detail, const Exchange& exchange, const std::string& address) {
  if (exchange.too_large) {
    return resource_exhausted(
        fmt::format("{}: answer larger than {} bytes", address, exchange.body_bytes_max));
  }
  const std::string message =
      fmt::format("{}: {}", address, *detail != '\0' ? detail : curl_easy_strerror(code));
  if (code == CURLE_OPERATION_TIMEDOUT) return deadline_exceeded(message);
  return unavailable(message);
}

}  // namespace

struct HttpClient::Impl {
  void set_up(const ClientRequest& request, const LineList& fields, Exchange& exchange);

  EasyHandle easy = new_easy();
  char error_text[CURL_ERROR_SIZE] = {};
};

void HttpClient::Impl::set_up(const ClientRequest& request, const LineList& fields, Exchange& exchange) {
  CURL* handle = easy.get();
  curl_easy_reset(handle);  // options only: connections stay
  error_text[0] = '\0';
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, error_text);
  curl_easy_setopt(handle, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, fields.get());
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout.count()));
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &exchange);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, &exchange);
  if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.data());
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  }
  curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  if (request.method == "HEAD") curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
}

HttpClient::HttpClient() : impl_(std::make_unique<Impl>()) {}
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;

Result<HttpResponse> HttpClient::send(const ClientRequest& request) {
  ASSIGN_OR_RETURN(const UrlParts url, check_url(request));
  const std::string address = fmt::format("{}:{}", url.host, url.port);
  if (request.method.empty() || !std::all_of(request.method.begin(), request.method.end(), is_token_char)) {
    return invalid_argument(fmt::format("method '{}': not a token", request.method));
  }
  ASSIGN_OR_RETURN(const LineList fields, field_list(request.headers));
  Exchange exchange;
  exchange.body_bytes_max = request.response_bytes_max;
  exchange.cuts_body = request.cut_response;
  impl_->set_up(request, fields, exchange);
  std::optional<GuardedTransfer> guarded;
  if (request.guard != nullptr) {
    guarded.emplace(GuardedTransfer{*request.guard, request.guard->trusts(url.host)});
    apply_guard(impl_->easy.get(), *guarded);
  }
  const CURLcode code = curl_easy_perform(impl_->easy.get());
  if (code != CURLE_OK && guarded && !guarded->refusal.empty())
    return permission_denied(fmt::format("{}: {}", address, guarded->refusal));
  if (code != CURLE_OK && !exchange.was_cut) return error_of(code, impl_->error_text, exchange, address);
  long status = 0;
  curl_easy_getinfo(impl_->easy.get(), CURLINFO_RESPONSE_CODE, &status);
  exchange.response.status = static_cast<int>(status);
  return std::move(exchange.response);
}

}  // namespace weir::net
