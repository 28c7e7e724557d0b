#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/batch.h"

namespace weir::wire {

/// What a remote-write body held besides the samples in the batch.
struct RemoteWriteExtras {
  uint64_t exemplars = 0;         ///< Not kept.
  uint64_t native_histograms = 0; ///< Not kept: the ingester rejects them by name.
  uint64_t metadata = 0;          ///< Not kept.
};

/// Decodes a Prometheus remote-write 1.0 body (snappy block format around protobuf `prometheus.WriteRequest`), appending
/// to `batch`. Pure; safe from any thread.
/// - Labels are brought to canonical form: sorted if the sender did not sort them, empty values dropped.
/// - `decoded_bytes_max` bounds the declared and actual size after decompression; checked before anything is allocated.
/// - Nothing of a body that fails is kept: `batch` is left as it was.
/// - `scratch` is reused between calls for the decompressed bytes.
/// Errors: kInvalidArgument with the byte position in the decompressed body (bad snappy, bad protobuf, repeated or empty
/// label name, label text that is not UTF-8), kResourceExhausted (too large; the message names size and limit).
Result<RemoteWriteExtras> decode_remote_write(std::string_view body, size_t decoded_bytes_max, std::string& scratch,
                                              Batch& batch);

/// The opposite, for clients and tests: protobuf, then snappy.
std::string encode_remote_write(const Batch& batch);

}  // namespace weir::wire
