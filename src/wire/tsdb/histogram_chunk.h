#pragma once

#include <string_view>

#include "base/result.h"
#include "model/sample.h"

namespace weir::wire::tsdb {

/// Appends the samples of a chunk of native histograms, whose counts are integers or doubles; see
/// `decode_chunk`. After an error `out` may hold some.
Status decode_histogram(std::string_view data, SampleColumns& out);
Status decode_float_histogram(std::string_view data, SampleColumns& out);

}  // namespace weir::wire::tsdb
