#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/labels.h"
#include "model/matcher.h"
#include "model/sample.h"
#include "model/time_range.h"

/// Prometheus' remote read (prompb/remote.proto), the server's side of it.
namespace weir::wire {

struct RemoteReadQuery {
  TimeRange range;
  std::vector<Matcher> matchers;
};

struct RemoteReadRequest {
  std::vector<RemoteReadQuery> queries;
  bool prefers_chunks = false;  ///< Chunks are the first form it takes that we have.
  bool takes_samples = false;   ///< It takes samples as well; also what takes anything.
};

/// Decodes a body (snappy block format around protobuf `prometheus.ReadRequest`). Fields that the protocol
/// does not know, and hints, are skipped. `scratch` is reused between calls. Errors: kInvalidArgument (bad
/// snappy, bad protobuf, a matcher that cannot be), kResourceExhausted (more than `decoded_bytes_max`).
Result<RemoteReadRequest> decode_remote_read(std::string_view body, size_t decoded_bytes_max,
                                             std::string& scratch);

/// The series that a query found.
using RemoteReadResult = std::map<Labels, SampleColumns>;

/// A body of samples: protobuf `prometheus.ReadResponse`, then snappy.
std::string encode_remote_read_samples(const std::vector<RemoteReadResult>& results);

/// A body of chunks of doubles, `prometheus.ChunkedReadResponse`: a message for each series, each with its
/// size and checksum. No sample may be a histogram.
std::string encode_remote_read_chunks(const std::vector<RemoteReadResult>& results);

}  // namespace weir::wire
