#include "net/http_client.h"

#include <algorithm>

#include <curl/curl.h>
#include <fmt/format.h>

#include "net/ascii.h"

namespace weir::net {

namespace {

// Fields of one answer together; curl itself has no limit on their number.
constexpr size_t kHeaderBytesMax = 256 * 1024;

struct EasyDeleter {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
struct UrlDeleter {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using FieldList = std::unique_ptr<curl_slist, ListDeleter>;

/// One answer as it arrives.
struct Exchange {
  HttpResponse response;
  uint64_t body_bytes_max = 0;
  size_t header_bytes = 0;
  bool too_large = false;
};

size_t on_body(const char* data, size_t, size_t bytes, void* context) {
  auto& exchange = *static_cast<Exchange*>(context);
  if (bytes > exchange.body_bytes_max - exchange.response.body.size()) {
    exchange.too_large = true;
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

/// "host:port" of a URL that this client may call.
Result<std::string> check_url(const std::string& text) {
  const std::unique_ptr<CURLU, UrlDeleter> url(curl_url());
  const auto part = [&](CURLUPart which, unsigned flags) {
    char* value = nullptr;
    if (curl_url_get(url.get(), which, &value, flags) != CURLUE_OK) return std::string();
    std::string copy(value);
    curl_free(value);
    return copy;
  };
  const CURLUcode parsed = curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0);
  if (parsed == CURLUE_UNSUPPORTED_SCHEME ||
      (parsed == CURLUE_OK && !part(CURLUPART_SCHEME, 0).starts_with("http"))) {
    return invalid_argument(fmt::format("url '{}': only http:// and https:// are supported", text));
  }
  if (parsed != CURLUE_OK)
    return invalid_argument(fmt::format("url '{}': {}", text, curl_url_strerror(parsed)));
  return fmt::format("{}:{}", part(CURLUPART_HOST, 0), part(CURLUPART_PORT, CURLU_DEFAULT_PORT));
}

Result<FieldList> field_list(const Headers& headers) {
  FieldList list;
  for (const auto& [name, value] : headers.all()) {
    const bool clean = !name.empty() && std::all_of(name.begin(), name.end(), is_token_char) &&
                       std::none_of(value.begin(), value.end(), is_control);
    if (!clean)
      return invalid_argument(fmt::format("header '{}': not a field name and a value on one line", name));
    // curl drops a field that ends in its colon, and sends an empty one for a semicolon.
    const std::string line = value.empty() ? name + ";" : fmt::format("{}: {}", name, value);
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    CHECK(longer != nullptr, "out of memory");
    list.release();  // NOLINT: `longer` is the same list, or its new head
    list.reset(longer);
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

bool init_curl() {
  return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

}  // namespace

struct HttpClient::Impl {
  Impl() {
    static const bool initialised = init_curl();  // once a process, before any thread's first handle
    CHECK(initialised, "libcurl starts");
    easy.reset(curl_easy_init());
    CHECK(easy != nullptr, "libcurl gives a handle");
  }

  void set_up(const ClientRequest& request, const FieldList& fields, Exchange& exchange);

  std::unique_ptr<CURL, EasyDeleter> easy;
  char error_text[CURL_ERROR_SIZE] = {};
};

void HttpClient::Impl::set_up(const ClientRequest& request, const FieldList& fields, Exchange& exchange) {
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
  ASSIGN_OR_RETURN(const std::string address, check_url(request.url));
  if (request.method.empty() || !std::all_of(request.method.begin(), request.method.end(), is_token_char)) {
    return invalid_argument(fmt::format("method '{}': not a token", request.method));
  }
  ASSIGN_OR_RETURN(const FieldList fields, field_list(request.headers));
  Exchange exchange;
  exchange.body_bytes_max = request.response_bytes_max;
  impl_->set_up(request, fields, exchange);
  const CURLcode code = curl_easy_perform(impl_->easy.get());
  if (code != CURLE_OK) return error_of(code, impl_->error_text, exchange, address);
  long status = 0;
  curl_easy_getinfo(impl_->easy.get(), CURLINFO_RESPONSE_CODE, &status);
  exchange.response.status = static_cast<int>(status);
  return std::move(exchange.response);
}

}  // namespace weir::net
