#include "net/url.h"

#include <charconv>
#include <memory>

#include <curl/curl.h>

namespace weir::net {
namespace {

struct UrlDeleter {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

}  // namespace

Result<UrlParts> parse_url(const std::string& text) {
  const std::unique_ptr<CURLU, UrlDeleter> url(curl_url());
  const CURLUcode parsed = curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0);
  if (parsed != CURLUE_OK) return invalid_argument(curl_url_strerror(parsed));
  const auto part = [&](CURLUPart which, unsigned flags) {
    char* value = nullptr;
    if (curl_url_get(url.get(), which, &value, flags) != CURLUE_OK) return std::string();
    std::string copy(value);
    curl_free(value);
    return copy;
  };
  UrlParts parts;
  parts.scheme = part(CURLUPART_SCHEME, 0);
  parts.host = part(CURLUPART_HOST, 0);
  parts.has_credentials = !part(CURLUPART_USER, 0).empty() || !part(CURLUPART_PASSWORD, 0).empty();
  if (parts.host.empty()) return invalid_argument("no host");
  const std::string port = part(CURLUPART_PORT, CURLU_DEFAULT_PORT);
  std::from_chars(port.data(), port.data() + port.size(), parts.port);
  return parts;
}

}  // namespace weir::net
