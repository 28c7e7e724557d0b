#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "log/kafka/handles.h"
#include "log/kafka/kafka_log.h"

namespace weir::log::kafka {

/// What Kafka adds to a record in a batch of its own, headers included, at most: the topic's
/// max.message.bytes is larger than the largest payload by this.
inline constexpr size_t kFramingBytes = 4 << 10;

enum class ClientKind {
  kProducer,  ///< Appends.
  kConsumer,  ///< Reads, and asks for metadata and watermarks; in no group.
  kMember,    ///< In the group of processors; reads nothing.
};

/// kInvalidArgument, naming the option and its bound.
Status check_options(const KafkaLogOptions& options);

/// librdkafka's settings for a client, events included. kInvalidArgument names a property that librdkafka
/// does not know, does not take, or that is Weir's own to set; never its value.
Result<Handle<rd_kafka_conf_s>> client_conf(const KafkaLogOptions& options, ClientKind kind);

/// The values of properties that are secret, so that they can be taken out of what librdkafka says.
std::vector<std::string> secret_values(const KafkaLogOptions& options);

/// What librdkafka says against the properties, with "<name>" in place of a property's value.
std::string with_names_for_values(std::string_view text, const KafkaLogOptions& options);

/// `text` with "***" in place of each secret.
std::string without_secrets(std::string_view text, const std::vector<std::string>& secrets);

}  // namespace weir::log::kafka
