#include "gateway/upstream_check.h"

#include <fmt/format.h>

#include "net/upstream_client.h"

namespace weir::gateway {

Result<net::HttpResponse> UpstreamCheck::ask() {
  if (resolve_) {
    ASSIGN_OR_RETURN(std::string address, net::resolve_upstream(upstream_.name()));
    upstream_.set_address(std::move(address));
  }
  net::ClientRequest request;
  request.url = fmt::format("http://{}/readyz", upstream_.address());
  request.timeout = timeout_;
  request.connect_timeout = timeout_;
  request.response_bytes_max = 64 * 1024;
  return client_.send(request);
}

void UpstreamCheck::run() {
  const Result<net::HttpResponse> answer = ask();
  resolve_ = !answer.ok();
  if (!answer.ok()) return upstream_.note(UpstreamHealth::Event::kSilent, answer.error().message);
  if (answer->status == 200) return upstream_.note(UpstreamHealth::Event::kReady, "");
  const std::string_view line = std::string_view(answer->body).substr(0, answer->body.find('\n'));
  upstream_.note(UpstreamHealth::Event::kNotReady,
                 fmt::format("/readyz answers {}: {}", answer->status, line.substr(0, 200)));
}

}  // namespace weir::gateway
