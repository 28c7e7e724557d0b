#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/sample.h"

namespace weir::wire::tsdb {

/// Appends the samples of a chunk of doubles; see `decode_chunk`. After an error `out` may hold some.
Status decode_xor(std::string_view data, SampleColumns& out);

/// Appends a chunk of doubles: at most 65,535, whose times ascend. Both spans have the same size.
void encode_xor(std::span<const TimestampMs> timestamps_ms, std::span<const double> values, std::string& out);

}  // namespace weir::wire::tsdb
