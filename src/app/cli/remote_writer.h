#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "app/cli/api_client.h"
#include "os/clock.h"

namespace weir::app::cli {

/// Posts a remote-write body until the server has room for it, for a minute at most; writing the same samples
/// again is harmless. Errors: those of HttpClient. An answer may still be a refusal.
Result<net::HttpResponse> write_until_taken(ApiClient& client, os::Clock& clock, std::string_view tenant,
                                            const std::string& body);

/// What became of the samples of one body, or of many.
struct WriteTally {
  uint64_t sent = 0;
  uint64_t accepted = 0;                     ///< Those that the server had already included.
  std::map<std::string, uint64_t> rejected;  ///< By reason.

  uint64_t rejected_count() const;
};

/// Adds to `tally` what the server says of a body with `samples`. Errors: kFailedPrecondition: it refused the
/// body as a whole.
Status add_verdict(const net::HttpResponse& response, uint64_t samples, WriteTally& tally);

/// What became of them, for people: a line, and one more for each reason.
std::string verdict_text(const WriteTally& tally);

}  // namespace weir::app::cli
