#include "net/curl_easy.h"

#include <sys/socket.h>

#include "base/check.h"

namespace weir::net {
namespace {

bool init_curl() {
  return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

// curl asks for the socket of each address that it is about to connect to; there is no way around this.
curl_socket_t open_checked(void* context, curlsocktype, curl_sockaddr* address) {
  auto& transfer = *static_cast<GuardedTransfer*>(context);
  if (!transfer.trusted) {
    const Status allowed = transfer.guard.check(address->addr);
    if (!allowed.ok()) {
      transfer.refusal = allowed.error().message;
      return CURL_SOCKET_BAD;
    }
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

}  // namespace

EasyHandle new_easy() {
  static const bool initialised = init_curl();  // once a process, before any thread's first handle
  CHECK(initialised, "libcurl starts");
  EasyHandle easy(curl_easy_init());
  CHECK(easy != nullptr, "libcurl gives a handle");
  return easy;
}

void append_line(LineList& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  CHECK(longer != nullptr, "out of memory");
  list.release();  // NOLINT: `longer` is the same list, or its new head
  list.reset(longer);
}

void apply_guard(CURL* handle, GuardedTransfer& transfer) {
  curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, open_checked);
  curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, &transfer);
  curl_easy_setopt(handle, CURLOPT_PROXY, "");  // also none that the environment names
  curl_easy_setopt(handle, CURLOPT_FRESH_CONNECT, 1L);
  curl_easy_setopt(handle, CURLOPT_FORBID_REUSE, 1L);
}

}  // namespace weir::net
