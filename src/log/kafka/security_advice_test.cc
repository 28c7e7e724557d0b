#include "log/kafka/security_advice.h"

#include <gmock/gmock.h>
#include <librdkafka/rdkafka.h>

namespace weir::log::kafka {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// The texts are those of librdkafka 2.0.2 with OpenSSL 3 and a broker of Kafka 3.9.
TEST(SecurityAdvice, NamesTheSettingsToCheck) {
  EXPECT_THAT(security_advice(RD_KAFKA_RESP_ERR__SSL,
                              "SSL handshake failed: error:0A000086:SSL routines::certificate verify failed: "
                              "broker certificate could not be verified, verify that ssl.ca.location is ..."),
              HasSubstr("kafka.ca_file"));
  for (const char* alert : {"sslv3 alert bad certificate", "sslv3 alert certificate unknown",
                            "tlsv13 alert certificate required", "tlsv1 alert unknown ca"}) {
    EXPECT_THAT(security_advice(RD_KAFKA_RESP_ERR__TRANSPORT, std::string("Receive failed: ") + alert),
                AllOf(HasSubstr("kafka.certificate_file"), HasSubstr("kafka.key_file")))
        << alert;
  }
  for (const char* other_protocol :
       {"SSL handshake failed: error:0A000126:SSL routines::unexpected eof while reading",
        "SSL handshake failed: Disconnected: connecting to a PLAINTEXT broker listener?",
        "Receive failed: Invalid response size 352518912 (0..100000000): increase receive.message.max.bytes",
        "Disconnected while requesting ApiVersion: might be caused by incorrect security.protocol ...",
        "Disconnected: verify that security.protocol is correctly configured, broker might require SASL"}) {
    EXPECT_THAT(security_advice(RD_KAFKA_RESP_ERR__TRANSPORT, other_protocol),
                HasSubstr("kafka.security_protocol"))
        << other_protocol;
  }
  EXPECT_THAT(
      security_advice(RD_KAFKA_RESP_ERR__AUTHENTICATION,
                      "SASL authentication error: Authentication failed: Invalid username or password"),
      AllOf(HasSubstr("kafka.sasl_username"), HasSubstr("kafka.sasl_password")));
  EXPECT_THAT(
      security_advice(RD_KAFKA_RESP_ERR__AUTHENTICATION,
                      "SASL PLAIN mechanism handshake failed: Broker: Request not valid in current SASL "
                      "state: broker's supported mechanisms: "),
      AllOf(HasSubstr("kafka.sasl_mechanism"), HasSubstr("kafka.security_protocol")));
}

TEST(SecurityAdvice, KnowsAPlainPortThatHangsUp) {
  EXPECT_THAT(
      security_advice(RD_KAFKA_RESP_ERR__TRANSPORT,
                      "ssl://127.0.0.1:1/bootstrap: error:0A000126:SSL routines::unexpected eof while "
                      "reading (after 1ms in state SSL_HANDSHAKE)"),
      HasSubstr("kafka.security_protocol"));
}

TEST(SecurityAdvice, IsSilentAboutTheRest) {
  EXPECT_EQ(security_advice(RD_KAFKA_RESP_ERR__TRANSPORT, "Connect to ipv4#127.0.0.1:1 failed: refused"), "");
  EXPECT_EQ(security_advice(RD_KAFKA_RESP_ERR__TRANSPORT, "Disconnected (after 3ms in state UP)"), "");
  EXPECT_EQ(security_advice(RD_KAFKA_RESP_ERR__TIMED_OUT, ""), "");
  EXPECT_NE(security_advice(RD_KAFKA_RESP_ERR__AUTHENTICATION, ""), "");
  EXPECT_NE(security_advice(RD_KAFKA_RESP_ERR__SSL, ""), "");
}

}  // namespace
}  // namespace weir::log::kafka
