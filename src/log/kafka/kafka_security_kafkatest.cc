#include <gmock/gmock.h>

#include "log/kafka/test_kafka.h"
#include "telemetry/logger.h"

// A real broker that wants TLS, certificates of clients, and passwords.
namespace weir::log::kafka {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

using Properties = std::map<std::string, std::string>;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}
std::string certificate(std::string_view name) {
  return fmt::format("{}/{}", variable("WEIR_TEST_KAFKA_CERTIFICATES"), name);
}

Properties tls(std::string_view authority = "ca.pem") {
  return {{"security.protocol", "ssl"}, {"ssl.ca.location", certificate(authority)}};
}
Properties tls_as(const std::string& name) {
  Properties properties = tls();
  properties["ssl.certificate.location"] = certificate(name + ".pem");
  properties["ssl.key.location"] = certificate(name + ".key");
  return properties;
}
Properties login(const char* mechanism, std::string password = variable("WEIR_TEST_KAFKA_PASSWORD")) {
  Properties properties = tls();
  properties["security.protocol"] = "sasl_ssl";
  properties["sasl.mechanism"] = mechanism;
  properties["sasl.username"] = variable("WEIR_TEST_KAFKA_USER");
  properties["sasl.password"] = std::move(password);
  return properties;
}

/// How a client comes to the broker.
struct Way {
  const char* name;
  const char* address;  ///< The variable that tells where.
  std::function<Properties()> properties;

  friend void PrintTo(const Way& way, std::ostream* out) { *out << way.name; }
};

class KafkaSecurity : public testing::Test {
 protected:
  void SetUp() override {
    if (variable("WEIR_TEST_KAFKA_SSL").empty())
      GTEST_SKIP() << "WEIR_TEST_KAFKA_SSL is not set: run by tests/services/run.py with one broker";
  }
  static KafkaLogOptions options_for(const Way& way) {
    KafkaLogOptions options = test_options(variable(way.address));
    options.settings_wait = KafkaLogOptions().settings_wait;
    options.properties = way.properties();
    return options;
  }

  telemetry::Registry registry_;
};

class KafkaTakes : public KafkaSecurity, public testing::WithParamInterface<Way> {};

/// Waits for all partitions of a log.
class Assigned : public AssignmentListener {
 public:
  explicit Assigned(uint32_t count) : left_(count) {}
  void on_assigned(PartitionId) override {
    if (--left_ == 0) all_.set_value();
  }
  void on_revoked(PartitionId) override {}
  bool comes() { return all_.get_future().wait_for(std::chrono::seconds(30)) == std::future_status::ready; }

 private:
  uint32_t left_;
  std::promise<void> all_;
};

TEST_P(KafkaTakes, AppendsReadersAndMembers) {
  TopicReport report;
  auto log = open(options_for(GetParam()), os::system_clock(), registry_, in_seconds(30), report).value();
  EXPECT_TRUE(report.created);
  EXPECT_THAT(report.deviations, testing::IsEmpty()) << "the topic's settings were read";
  EXPECT_TRUE(append_later(*log, {record(0, "one"), record(0, "two")}).get().ok());
  EXPECT_EQ(read_payloads(*log, 0, 2), (std::vector<std::string>{"one", "two"}));
  Assigned assigned(3);
  auto member = log->join(assigned).value();
  EXPECT_TRUE(assigned.comes());
}

std::string name_of(const testing::TestParamInfo<Way>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(
    Every, KafkaTakes,
    testing::Values(Way{"Tls", "WEIR_TEST_KAFKA_SSL", [] { return tls(); }},
                    Way{"MutualTls", "WEIR_TEST_KAFKA_MUTUAL", [] { return tls_as("client"); }},
                    Way{"Plain", "WEIR_TEST_KAFKA_SASL", [] { return login("PLAIN"); }},
                    Way{"Scram256", "WEIR_TEST_KAFKA_SASL", [] { return login("SCRAM-SHA-256"); }},
                    Way{"Scram512", "WEIR_TEST_KAFKA_SASL", [] { return login("SCRAM-SHA-512"); }}),
    name_of);

struct Refusal : Way {
  Code code;
  std::vector<const char*> said;  ///< Among it what to check.
};

class KafkaRefuses : public KafkaSecurity, public testing::WithParamInterface<Refusal> {};

TEST_P(KafkaRefuses, InTimeNamingWhatToCheckWithoutThePassword) {
  constexpr os::milliseconds kDeadline{1'500};
  KafkaLogOptions options = options_for(GetParam());
  options.properties["debug"] = "all";
  telemetry::init_logger({telemetry::Level::kDebug, telemetry::LoggerOptions::Format::kHuman});
  testing::internal::CaptureStderr();
  const os::SteadyTime started = os::system_clock().steady();
  auto log = open_log(options, registry_, Deadline::after(os::system_clock(), kDeadline));
  const auto took = os::system_clock().steady() - started;
  const std::string lines = testing::internal::GetCapturedStderr();
  telemetry::init_logger({telemetry::Level::kInfo, telemetry::LoggerOptions::Format::kHuman});

  ASSERT_FALSE(log.ok());
  const Error& error = log.error();
  RecordProperty("error", error.message);
  EXPECT_LE(took, kDeadline + os::milliseconds(700));
  EXPECT_EQ(error.code, GetParam().code) << error.message;
  for (const char* words : GetParam().said) EXPECT_THAT(error.message, HasSubstr(words));
  EXPECT_THAT(lines, HasSubstr("facility")) << "librdkafka's own lines were there to look at";
  EXPECT_THAT(error.message + lines, Not(HasSubstr("canary")));
}

std::string wrong_password() {
  return "canary-of-a-stranger";
}

INSTANTIATE_TEST_SUITE_P(
    Every, KafkaRefuses,
    testing::Values(Refusal{{"WrongPasswordByPlain", "WEIR_TEST_KAFKA_SASL",
                             [] { return login("PLAIN", wrong_password()); }},
                            Code::kPermissionDenied,
                            {"kafka.sasl_password"}},
                    Refusal{{"WrongPasswordByScram256", "WEIR_TEST_KAFKA_SASL",
                             [] { return login("SCRAM-SHA-256", wrong_password()); }},
                            Code::kPermissionDenied,
                            {"kafka.sasl_password"}},
                    Refusal{{"WrongPasswordByScram512", "WEIR_TEST_KAFKA_SASL",
                             [] { return login("SCRAM-SHA-512", wrong_password()); }},
                            Code::kPermissionDenied,
                            {"kafka.sasl_password"}},
                    Refusal{{"WrongAuthority", "WEIR_TEST_KAFKA_SSL", [] { return tls("stranger-ca.pem"); }},
                            Code::kUnavailable,
                            {"certificate", "kafka.ca_file"}},
                    Refusal{{"WrongAuthorityBeforeAPassword", "WEIR_TEST_KAFKA_SASL",
                             [] {
                               Properties properties = login("PLAIN");
                               properties["ssl.ca.location"] = certificate("stranger-ca.pem");
                               return properties;
                             }},
                            Code::kUnavailable,
                            {"certificate", "kafka.ca_file"}},
                    Refusal{{"PlainToTls", "WEIR_TEST_KAFKA_SSL", [] { return Properties(); }},
                            Code::kUnavailable,
                            {"kafka.security_protocol"}},
                    Refusal{{"TlsToPlain", "WEIR_TEST_KAFKA", [] { return tls(); }},
                            Code::kUnavailable,
                            {"kafka.security_protocol"}},
                    Refusal{{"TlsToSasl", "WEIR_TEST_KAFKA_SASL", [] { return tls(); }},
                            Code::kUnavailable,
                            {"kafka.security_protocol"}},
                    Refusal{{"SaslToTls", "WEIR_TEST_KAFKA_SSL", [] { return login("PLAIN"); }},
                            Code::kPermissionDenied,
                            {"kafka.sasl_mechanism", "kafka.security_protocol"}},
                    Refusal{{"AMechanismThatTheBrokerHasNot", "WEIR_TEST_KAFKA_SASL",
                             [] {
                               Properties properties = login("OAUTHBEARER");
                               properties["enable.sasl.oauthbearer.unsecure.jwt"] = "true";
                               properties["sasl.oauthbearer.config"] = "principal=weir";
                               return properties;
                             }},
                            Code::kPermissionDenied,
                            {"kafka.sasl_mechanism", "PLAIN"}},
                    Refusal{{"NoClientCertificate", "WEIR_TEST_KAFKA_MUTUAL", [] { return tls(); }},
                            Code::kUnavailable,
                            {"kafka.certificate_file", "kafka.key_file"}},
                    Refusal{{"AStrangersCertificate", "WEIR_TEST_KAFKA_MUTUAL",
                             [] { return tls_as("stranger"); }},
                            Code::kUnavailable,
                            {"kafka.certificate_file", "kafka.key_file"}}),
    [](const auto& param) { return std::string(param.param.name); });

/// Certificates are for a host: by another name of the same broker its certificate does not count.
TEST_F(KafkaSecurity, TheCertificateMustNameTheHost) {
  KafkaLogOptions options = options_for({"", "WEIR_TEST_KAFKA_SSL", [] { return tls(); }});
  options.brokers = "localhost" + options.brokers.substr(options.brokers.find(':'));
  const auto log = open_log(options, registry_, in_seconds(2));
  ASSERT_FALSE(log.ok());
  EXPECT_THAT(log.error().message, AllOf(HasSubstr("certificate"), HasSubstr("kafka.ca_file")));
}

TEST_F(KafkaSecurity, FilesThatAreNotThereAreNamed) {
  for (const char* property : {"ssl.ca.location", "ssl.certificate.location", "ssl.key.location"}) {
    KafkaLogOptions options = options_for({"", "WEIR_TEST_KAFKA_MUTUAL", [] { return tls_as("client"); }});
    options.properties[property] = "/no/such/file.pem";
    const auto log = open_log(options, registry_, in_seconds(2));
    ASSERT_FALSE(log.ok()) << property;
    EXPECT_EQ(log.error().code, Code::kInvalidArgument);
    EXPECT_THAT(log.error().message, HasSubstr(property));
  }
}

}  // namespace
}  // namespace weir::log::kafka
