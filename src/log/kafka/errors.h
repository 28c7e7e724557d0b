#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::log::kafka {

/// The code of an rd_kafka_resp_err_t (as int, so that the vendor's header stays out) in our closed set; what
/// is not known is kUnavailable.
Code code_of(int kafka_error);

/// `what: text of the error`, or `detail` in place of that text where librdkafka gave one.
Error to_error(int kafka_error, std::string_view what, std::string_view detail = {});

/// Why an append failed, in the codes that log.h allows: what the log's user cannot act upon is kUnavailable.
Error append_error(int kafka_error);

}  // namespace weir::log::kafka
