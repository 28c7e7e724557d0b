#include "gateway/write_body.h"

#include <fmt/format.h>

#include "wire/gzip.h"

namespace weir::gateway {

Result<std::string_view> plain_or_gzip(const net::HttpRequest& request, size_t decoded_bytes_max,
                                       std::string& storage) {
  const std::string_view encoding = request.headers.get("Content-Encoding");
  if (encoding.empty() || encoding == "identity") return std::string_view(request.body);
  if (encoding != "gzip")
    return unsupported(fmt::format("Content-Encoding \"{}\": send it as it is, or as gzip", encoding));
  ASSIGN_OR_RETURN(storage, wire::gunzip(request.body, decoded_bytes_max));
  return std::string_view(storage);
}

}  // namespace weir::gateway
