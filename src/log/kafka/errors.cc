#include "log/kafka/errors.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

namespace weir::log::kafka {

Code code_of(int kafka_error) {
  switch (kafka_error) {
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
    case RD_KAFKA_RESP_ERR_INVALID_MSG:
    case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
    case RD_KAFKA_RESP_ERR_INVALID_CONFIG:
    case RD_KAFKA_RESP_ERR_INVALID_PARTITIONS:
    case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
      return Code::kInvalidArgument;
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
      return Code::kPermissionDenied;
    case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS:
      return Code::kAlreadyExists;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      return Code::kNotFound;
    case RD_KAFKA_RESP_ERR__QUEUE_FULL:
      return Code::kResourceExhausted;
    case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
      return Code::kDeadlineExceeded;
    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR__BAD_COMPRESSION:
      return Code::kCorruption;
    case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION:
      return Code::kUnsupported;
    default:
      return Code::kUnavailable;
  }
}

Error to_error(int kafka_error, std::string_view what, std::string_view detail) {
  if (detail.empty()) detail = rd_kafka_err2str(static_cast<rd_kafka_resp_err_t>(kafka_error));
  return {code_of(kafka_error), fmt::format("{}: {}", what, detail)};
}

Error append_error(int kafka_error) {
  Error error = to_error(kafka_error, "kafka: append");
  const bool allowed = error.code == Code::kInvalidArgument || error.code == Code::kDeadlineExceeded ||
                       error.code == Code::kResourceExhausted;
  if (!allowed) error.code = Code::kUnavailable;
  if (error.code == Code::kDeadlineExceeded || error.code == Code::kUnavailable)
    error.message += "; the outcome is unknown";
  return error;
}

}  // namespace weir::log::kafka
