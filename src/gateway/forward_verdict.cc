#include "gateway/forward_verdict.h"

#include "gateway/forward_request.h"

namespace weir::gateway {
namespace {

Verdict judge_answer(Surface surface, const net::HttpResponse& response) {
  if (response.status == 421) return Verdict::kRetry;
  if (surface == Surface::kWrite) {
    const bool nothing_taken = response.status == 503 && response.headers.get(kAcceptedField) == "0";
    return nothing_taken ? Verdict::kRetry : Verdict::kAnswer;
  }
  const bool not_now =
      response.status == 502 || (response.status == 503 && response.headers.has("Retry-After"));
  return not_now ? Verdict::kRetry : Verdict::kAnswer;
}

}  // namespace

Verdict judge(Surface surface, const net::UpstreamResult& result) {
  if (result.response.ok()) return judge_answer(surface, *result.response);
  switch (result.response.error().code) {
    case Code::kCancelled:         // we are stopping, or have no memory for another answer
    case Code::kDeadlineExceeded:  // no time is left
      return Verdict::kAnswer;
    case Code::kResourceExhausted:  // sent: the answer is too large, as it would be from another
      return result.sent ? Verdict::kAnswer : Verdict::kReroute;
    default:
      break;
  }
  if (!result.sent) return Verdict::kReroute;
  return surface == Surface::kWrite ? Verdict::kAnswer : Verdict::kRetry;
}

}  // namespace weir::gateway
