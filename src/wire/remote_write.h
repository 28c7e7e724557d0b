#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/batch.h"
#include "wire/remote_write_extras.h"

namespace weir::wire {

/// Decodes a Prometheus remote-write 1.0 body (snappy block format around protobuf
/// `prometheus.WriteRequest`), appending to `batch` one series for each time series of the body, those
/// without samples included. Pure; safe from any thread.
/// - Labels are brought to canonical form: sorted if the sender did not sort them, empty values dropped.
/// - `decoded_bytes_max` bounds the size after decompression, as declared and in fact; checked before
///   anything is allocated. It also allows at most one series or sample for each 8 of its bytes, and 8 bytes
///   of histograms in the batch for each, so that a body of empty messages does not swell in the batch.
/// - Native histograms of both kinds, of integers and of floats, become samples of their series; one that is
///   invalid is left out alone and told of.
/// - Exemplars that are invalid are left out alone, and counted by what is wrong. An exemplar counts as a
///   sample for the bound above.
/// - Metadata whose metric has no name, or that is not UTF-8, is left out alone and counted, and so is what
///   comes after the first kMetadataPerBodyMax. Its help is cut to kHelpBytesMax. A type that is not known
///   is kUnknown.
/// - Fields that the protocol does not know, or that have another wire type, are skipped, as protobuf asks.
/// - Nothing of a body that fails is kept: `batch` is left as it was.
/// - `scratch` is reused between calls for the decompressed bytes; the metadata lies in it.
/// Errors: kInvalidArgument with the byte position in the decompressed body (bad snappy, bad protobuf,
/// repeated or empty label name, label text that is not UTF-8), kResourceExhausted (too large; the message
/// names size and limit).
Result<RemoteWriteExtras> decode_remote_write(std::string_view body, size_t decoded_bytes_max,
                                              std::string& scratch, Batch& batch);

/// The opposite, for clients and tests: protobuf, then snappy.
std::string encode_remote_write(const Batch& batch);

}  // namespace weir::wire
