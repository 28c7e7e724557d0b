#include "log/kafka/client_conf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::log::kafka {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr ClientKind kKinds[] = {ClientKind::kProducer, ClientKind::kConsumer, ClientKind::kMember};

KafkaLogOptions good_options() {
  KafkaLogOptions options;
  options.brokers = "127.0.0.1:9092";
  return options;
}

/// The error of options that differ from good ones by `change`.
template <typename Change>
Error refused(Change change) {
  KafkaLogOptions options = good_options();
  change(options);
  Status status = check_options(options);
  EXPECT_FALSE(status.ok());
  return status.ok() ? Error() : status.error();
}

TEST(KafkaOptions, TakesTheDefaults) {
  EXPECT_TRUE(check_options(good_options()).ok());
  for (ClientKind kind : kKinds) EXPECT_TRUE(client_conf(good_options(), kind).ok());
}

TEST(KafkaOptions, NamesWhatIsOutOfBounds) {
  const auto names = [](std::string_view name, auto change) {
    const Error error = refused(change);
    EXPECT_EQ(error.code, Code::kInvalidArgument);
    EXPECT_THAT(error.message, HasSubstr(std::string(name)));
  };
  names("brokers", [](auto& o) { o.brokers = ""; });
  names("topic", [](auto& o) { o.topic = ""; });
  names("topic", [](auto& o) { o.topic = "a/b"; });
  names("topic", [](auto& o) { o.topic = ".."; });
  names("topic", [](auto& o) { o.topic = std::string(250, 'a'); });
  names("group", [](auto& o) { o.group = ""; });
  names("partition_count", [](auto& o) { o.partition_count = 0; });
  names("partition_count", [](auto& o) { o.partition_count = 10'001; });
  names("replication", [](auto& o) { o.replication = 0; });
  names("in_sync_min", [](auto& o) { o.in_sync_min = 0; });
  names("in_sync_min", [](auto& o) { o.in_sync_min = 4; });
  names("record_bytes_max", [](auto& o) { o.record_bytes_max = 0; });
  names("record_bytes_max", [](auto& o) { o.record_bytes_max = 600'000'000; });
  names("queue_bytes_max", [](auto& o) { o.queue_bytes_max = o.record_bytes_max - 1; });
  names("linger_ms", [](auto& o) { o.linger = os::milliseconds(1'001); });
  names("linger_ms", [](auto& o) { o.linger = os::milliseconds(-1); });
  names("delivery_timeout_ms", [](auto& o) { o.delivery_timeout = os::milliseconds(1'999); });
  names("fetch_bytes_max", [](auto& o) { o.fetch_bytes_max = 1; });
  names("retention_ms", [](auto& o) { o.retention = os::milliseconds(-1); });
}

TEST(KafkaOptions, TakesTheBounds) {
  KafkaLogOptions options = good_options();
  options.topic = std::string(249, 'a');
  options.record_bytes_max = 500'000'000;
  options.queue_bytes_max = 500'000'000;
  options.fetch_bytes_max = 1'000'000'000;
  options.linger = os::milliseconds(1'000);
  options.delivery_timeout = os::milliseconds(2'000);
  EXPECT_TRUE(check_options(options).ok());
  for (ClientKind kind : kKinds) EXPECT_TRUE(client_conf(options, kind).ok());
  options.record_bytes_max = 1;
  options.fetch_bytes_max = 64 << 10;
  EXPECT_TRUE(check_options(options).ok());
  for (ClientKind kind : kKinds) EXPECT_TRUE(client_conf(options, kind).ok());
}

TEST(KafkaProperties, NamesTheUnknownOne) {
  KafkaLogOptions options = good_options();
  options.properties["sasl.pasword"] = "hunter2-canary";
  const Error error = client_conf(options, ClientKind::kProducer).error();
  EXPECT_EQ(error.code, Code::kInvalidArgument);
  EXPECT_THAT(error.message, HasSubstr("\"sasl.pasword\""));
  EXPECT_THAT(error.message, Not(HasSubstr("canary")));
}

TEST(KafkaProperties, NamesTheInvalidOneWithoutItsValue) {
  for (const char* name : {"security.protocol", "sasl.mechanism", "socket.timeout.ms", "log_cb"}) {
    KafkaLogOptions options = good_options();
    options.properties[name] = "canary-value";
    Result<Handle<rd_kafka_conf_s>> conf = client_conf(options, ClientKind::kConsumer);
    if (std::string_view(name) == "sasl.mechanism") continue;  // checked when the client is made
    ASSERT_FALSE(conf.ok()) << name;
    EXPECT_EQ(conf.error().code, Code::kInvalidArgument);
    EXPECT_THAT(conf.error().message, HasSubstr(name));
    EXPECT_THAT(conf.error().message, Not(HasSubstr("canary")));
  }
}

TEST(KafkaProperties, KeepsWhatThePromisesRestOn) {
  for (const char* name :
       {"acks", "enable.idempotence", "bootstrap.servers", "group.id", "enable.auto.commit",
        "isolation.level", "transactional.id", "message.timeout.ms"}) {
    KafkaLogOptions options = good_options();
    options.properties[name] = "1";
    const Error error = client_conf(options, ClientKind::kProducer).error();
    EXPECT_THAT(error.message, HasSubstr(std::string("\"") + name + "\" is Weir's own"));
  }
}

TEST(KafkaProperties, PassesSecurityOn) {
  KafkaLogOptions options = good_options();
  options.properties = {{"security.protocol", "sasl_ssl"},
                        {"sasl.mechanism", "SCRAM-SHA-512"},
                        {"sasl.username", "weir"},
                        {"sasl.password", "secret"},
                        {"compression.level", "1"}};
  for (ClientKind kind : kKinds) EXPECT_TRUE(client_conf(options, kind).ok());
}

TEST(KafkaSecrets, AreTakenOutOfText) {
  KafkaLogOptions options = good_options();
  options.properties = {{"sasl.password", "pa55"},
                        {"ssl.key.password", "kEy"},
                        {"sasl.username", "weir"},
                        {"sasl.oauthbearer.client.secret", ""}};
  const std::vector<std::string> secrets = secret_values(options);
  EXPECT_EQ(without_secrets("login of weir with pa55 and pa55kEy failed", secrets),
            "login of weir with *** and ****** failed");
  EXPECT_EQ(without_secrets("", secrets), "");
  EXPECT_EQ(without_secrets("***", {"*"}), "*********");  // ends
}

TEST(KafkaSecrets, ValuesGiveWayToTheirNames) {
  KafkaLogOptions options = good_options();
  options.properties = {{"sasl.mechanism", "NOSUCH"}, {"sasl.password", "pw"}, {"security.protocol", "ssl"}};
  EXPECT_EQ(with_names_for_values("no ssl with NOSUCH and pw", options),
            "no ssl with <sasl.mechanism> and <sasl.password>");
}

}  // namespace
}  // namespace weir::log::kafka
