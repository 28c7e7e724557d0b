#include "log/kafka/security_advice.h"

#include <librdkafka/rdkafka.h>

namespace weir::log::kafka {
namespace {

constexpr std::string_view kAuthority =
    "kafka.ca_file must hold the authority that signed the broker's certificate, which must name the "
    "broker's "
    "host";
constexpr std::string_view kClientCertificate =
    "the broker wants a certificate that it trusts: check kafka.certificate_file and kafka.key_file";
constexpr std::string_view kProtocol =
    "does the port speak what kafka.security_protocol says? Check it and kafka.brokers";
constexpr std::string_view kMechanism =
    "the broker does not take this way to log in: check kafka.sasl_mechanism and kafka.security_protocol";
constexpr std::string_view kLogin = "check kafka.sasl_username, kafka.sasl_password and kafka.sasl_mechanism";

struct Row {
  std::string_view sign;
  std::string_view advice;
};

// The first row whose sign is in the text decides.
constexpr Row kTable[] = {
    {"mechanism handshake failed", kMechanism},
    {"SASL authentication error", kLogin},
    {"certificate verify failed", kAuthority},
    {"alert bad certificate", kClientCertificate},
    {"alert certificate", kClientCertificate},  // required, unknown, expired, revoked
    {"alert unknown ca", kClientCertificate},
    {"alert handshake failure", kClientCertificate},
    {"client SSL authentication", kClientCertificate},
    {"SSL handshake failed", kProtocol},
    {"in state SSL_HANDSHAKE", kProtocol},  // hung up on, before a word was said
    {"Invalid response size", kProtocol},   // the beginning of a TLS record, taken for a size
    {"security.protocol", kProtocol},
};

}  // namespace

std::string_view security_advice(int error, std::string_view text) {
  for (const Row& row : kTable) {
    if (text.find(row.sign) != std::string_view::npos) return row.advice;
  }
  switch (error) {
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
      return kLogin;
    case RD_KAFKA_RESP_ERR__SSL:
      return kProtocol;
    default:
      return {};
  }
}

}  // namespace weir::log::kafka
