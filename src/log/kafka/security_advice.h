#pragma once

#include <string_view>

namespace weir::log::kafka {

/// What a person can check when brokers refuse us as librdkafka says in `text` with `error`, by the names of
/// the configuration; empty when TLS and SASL have nothing to do with it. The list is of librdkafka 2.0.2,
/// OpenSSL 3 and Kafka 3.9; words that it does not know get no advice.
std::string_view security_advice(int error, std::string_view text);

}  // namespace weir::log::kafka
