#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/batch.h"
#include "wire/remote_write_extras.h"

namespace weir::wire {

/// Decodes a Prometheus remote-write 2.0 body (snappy block format around protobuf
/// `io.prometheus.write.v2.Request`), appending to `batch` one series for each time series of the body. Pure;
/// safe from any thread. All that `decode_remote_write` (remote_write.h) says of labels, histograms,
/// exemplars, bounds and failures holds here too. Beyond it:
/// - Texts are in a table of symbols, which other fields refer to by place; the first is empty. It may come
///   in front of the series, as senders write it, behind or among them. A symbol counts as a sample for the
///   bound of `decoded_bytes_max`, and the labels of all series and exemplars together have at most
///   `decoded_bytes_max` bytes: a few symbols can be named often.
/// - Metadata comes with series, without a name: it is that of the family of the series (`family_of`), or of
///   the series' own name where it brings native histograms. What says nothing (no type, unit or help) is
///   passed over, and what another series of the body has said already may be.
/// - Start timestamps are read over: nothing here knows what to do with them.
/// Errors: those of `decode_remote_write`; also kInvalidArgument for a reference that is outside of the
/// table, a name without a value, a first symbol that is not empty, time series without symbols, and for the
/// fields 1 to 3 of a request, which are those of remote write 1.0 and will never be of 2.0.
Result<RemoteWriteExtras> decode_remote_write_2(std::string_view body, size_t decoded_bytes_max,
                                                std::string& scratch, Batch& batch);

/// The opposite, for tests and measurements: protobuf, then snappy. `metadata`: of each series of the batch,
/// by its index, their names aside; empty for none.
std::string encode_remote_write_2(const Batch& batch, std::span<const MetricMetadata> metadata = {});

}  // namespace weir::wire
