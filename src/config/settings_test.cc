#include "config/settings.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::config {
namespace {

using testing::HasSubstr;

const Setting& setting(std::string_view key) {
  const Setting* found = find_setting(key);
  CHECK(found != nullptr, key);
  return *found;
}

std::string assign_error(std::string_view key, std::string_view text) {
  Config config;
  const Status status = assign(setting(key), text, config);
  return status.ok() ? "" : status.error().message;
}

TEST(Settings, DescribesEachKeyOnceAndWell) {
  std::set<std::string> keys;
  std::set<std::string> variables;
  for (const Setting& s : settings()) {
    EXPECT_TRUE(keys.insert(std::string(s.key)).second) << s.key;
    EXPECT_TRUE(variables.insert(variable_name(s)).second) << s.key;
    EXPECT_EQ(std::count(s.key.begin(), s.key.end(), '.'), 1) << s.key;
    EXPECT_EQ(s.help.back(), '.') << s.key;
    EXPECT_LE(s.min, s.max) << s.key;
  }
}

TEST(Settings, GroupsStandTogether) {
  std::set<std::string_view> groups;
  std::string_view last;
  for (const Setting& s : settings()) {
    if (s.group() != last) {
      EXPECT_TRUE(groups.insert(s.group()).second) << s.key;
    }
    last = s.group();
  }
}

TEST(Settings, DefaultsAndExamplesAreValidAndDiffer) {
  for (const Setting& s : settings()) {
    Config config;
    const std::string value = show(s, config);
    EXPECT_TRUE(assign(s, value, config).ok()) << s.key << " default " << value;
    EXPECT_EQ(show(s, config), value) << s.key;
    EXPECT_TRUE(assign(s, s.example, config).ok()) << s.key << " example " << s.example;
    EXPECT_NE(show(s, config), value) << s.key;
    EXPECT_EQ(show(s, config), s.example) << s.key << ": the example is how the value is printed";
  }
}

TEST(Settings, EachWritesItsOwnField) {
  for (const Setting& written : settings()) {
    Config config;
    ASSERT_TRUE(assign(written, written.example, config).ok());
    for (const Setting& other : settings()) {
      EXPECT_EQ(show(other, config) == show(other, Config()), &other != &written)
          << written.key << " " << other.key;
    }
  }
}

TEST(Settings, HoldsNumbersToTheirBounds) {
  for (const Setting& s : settings()) {
    if (s.kind != Kind::kCount && s.kind != Kind::kSize) continue;
    Config config;
    EXPECT_TRUE(assign(s, std::to_string(s.min), config).ok()) << s.key;
    EXPECT_TRUE(assign(s, std::to_string(s.max), config).ok()) << s.key;
    EXPECT_FALSE(assign(s, std::to_string(s.max + 1), config).ok()) << s.key;
    if (s.min > 0) {
      EXPECT_FALSE(assign(s, std::to_string(s.min - 1), config).ok()) << s.key;
    }
  }
}

TEST(Settings, HoldsDurationsToTheirBounds) {
  for (const Setting& s : settings()) {
    if (s.kind != Kind::kDuration) continue;
    Config config;
    EXPECT_TRUE(assign(s, std::to_string(s.min) + "ms", config).ok()) << s.key;
    EXPECT_TRUE(assign(s, std::to_string(s.max) + "ms", config).ok()) << s.key;
    EXPECT_FALSE(assign(s, std::to_string(s.max + 1) + "ms", config).ok()) << s.key;
    if (s.min > 0) {
      EXPECT_FALSE(assign(s, std::to_string(s.min - 1) + "ms", config).ok()) << s.key;
    }
  }
}

TEST(Settings, AFailedAssignmentChangesNothing) {
  Config config;
  EXPECT_FALSE(assign(setting("server.roles"), "gateway,nonsense", config).ok());
  EXPECT_FALSE(assign(setting("query.timeout"), "99y", config).ok());
  EXPECT_EQ(show(setting("server.roles"), config), "all");
  EXPECT_EQ(show(setting("query.timeout"), config), "30s");
}

TEST(Settings, ErrorsNameKeyValueAndBounds) {
  EXPECT_EQ(assign_error("query.timeout", "99y"), "query.timeout: \"99y\": expected a duration, 10ms to 1h");
  EXPECT_THAT(assign_error("query.timeout", "5"), HasSubstr("expected a duration such as 500ms"));
  EXPECT_EQ(assign_error("logger.level", "warning"),
            "logger.level: \"warning\": expected one of debug, info, warn, error");
  EXPECT_THAT(assign_error("logger.level", "inf"), HasSubstr("did you mean \"info\"?"));
  EXPECT_THAT(assign_error("storage.path", ""), HasSubstr("1 to 4000 bytes"));
  EXPECT_THAT(assign_error("storage.path", std::string(5'000, 'x')), testing::SizeIs(testing::Lt(300)));
}

TEST(Settings, ReadsListsOfAddresses) {
  Config config;
  ASSERT_TRUE(assign(setting("routing.write"), "a:1, [::1]:2", config).ok());
  EXPECT_THAT(config.routing.write, testing::ElementsAre("a:1", "[::1]:2"));
  ASSERT_TRUE(assign(setting("routing.write"), "", config).ok());
  EXPECT_THAT(config.routing.write, testing::IsEmpty());
  EXPECT_THAT(assign_error("routing.write", "a:1,"), HasSubstr("expected HOST:PORT"));
  EXPECT_THAT(assign_error("routing.write", "a"), HasSubstr("expected HOST:PORT"));
}

TEST(Settings, ReadsDurationsByName) {
  Config config;
  const Setting& kept = setting("storage.tenant_retention");
  ASSERT_TRUE(assign(kept, "trial=7d, audit=0", config).ok());
  EXPECT_THAT(config.storage.tenant_retention,
              testing::ElementsAre(testing::Pair("audit", milliseconds(0)),
                                   testing::Pair("trial", milliseconds(7 * 86'400'000))));
  EXPECT_EQ(show(kept, config), "audit=0s,trial=1w");
  EXPECT_THAT(assign_error("storage.tenant_retention", "trial"), HasSubstr("expected NAME=DURATION"));
  EXPECT_THAT(assign_error("storage.tenant_retention", "=1d"), HasSubstr("expected NAME=DURATION"));
  EXPECT_THAT(assign_error("storage.tenant_retention", "a=1d,"), HasSubstr("expected NAME=DURATION"));
  EXPECT_THAT(assign_error("storage.tenant_retention", "a=1d,a=2d"), HasSubstr("\"a\" is named twice"));
  EXPECT_THAT(assign_error("storage.tenant_retention", "a=1 d"), HasSubstr("expected a duration"));
  ASSERT_TRUE(assign(kept, "", config).ok());
  EXPECT_THAT(config.storage.tenant_retention, testing::IsEmpty());
}

/// A process of these roles on engines that are servers.
Config shared_engines(std::vector<Role> roles) {
  Config config;
  config.server.roles = std::move(roles);
  config.catalogue.engine = CatalogueEngine::kPostgres;
  config.log.engine = LogEngine::kKafka;
  config.storage.engine = StorageEngine::kTimescale;
  return config;
}

TEST(Validate, NoDatabaseTakesTheNameOfASeries) {
  Config config;
  config.influx.db_label = "db";
  EXPECT_TRUE(validate(config).ok());
  config.influx.db_label = "__name__";
  EXPECT_THAT(validate(config).error().message, HasSubstr("influx.db_label"));
}

TEST(Validate, RolesOfTheirOwnNeedSharedEngines) {
  EXPECT_TRUE(validate(Config()).ok());
  EXPECT_TRUE(validate(shared_engines({Role::kIngest})).ok());
  Config config = shared_engines({Role::kProcessor, Role::kQuery});
  config.log.engine = LogEngine::kEmbedded;
  EXPECT_THAT(validate(config).error().message, HasSubstr("log.engine: kafka"));
  config = shared_engines({Role::kQuery});
  config.storage.engine = StorageEngine::kEmbedded;
  EXPECT_THAT(validate(config).error().message, HasSubstr("storage.engine: timescale"));
  config = shared_engines({Role::kQuery});
  config.catalogue.engine = CatalogueEngine::kSqlite;
  EXPECT_THAT(validate(config).error().message, HasSubstr("catalogue.engine: postgres"));
}

TEST(Validate, AGatewayKnowsWhereToSendWhatItDoesNotDo) {
  Config config = shared_engines({Role::kGateway});
  EXPECT_THAT(validate(config).error().message, HasSubstr("routing.write"));
  config.routing.write = {"a:1"};
  EXPECT_THAT(validate(config).error().message, HasSubstr("routing.read"));
  config.routing.read = {"b:1"};
  config.catalogue.engine = CatalogueEngine::kSqlite;  // a gateway alone opens no engine
  EXPECT_TRUE(validate(config).ok());
  EXPECT_TRUE(validate(shared_engines({Role::kGateway, Role::kIngest, Role::kQuery})).ok());
}

TEST(Validate, SecurityOfKafkaIsWholeOrAbsent) {
  const auto refusal = [](std::initializer_list<std::pair<const char*, const char*>> values) {
    Config config;
    for (const auto& [key, value] : values) EXPECT_TRUE(assign(setting(key), value, config).ok()) << key;
    const Status status = validate(config);
    return status.ok() ? std::string() : status.error().message;
  };
  const std::pair<const char*, const char*> ssl{"kafka.security_protocol", "ssl"};
  const std::pair<const char*, const char*> sasl{"kafka.security_protocol", "sasl_ssl"};
  EXPECT_EQ(refusal({ssl}), "");
  EXPECT_EQ(refusal({ssl, {"kafka.ca_file", "ca"}}), "");
  EXPECT_EQ(refusal({ssl, {"kafka.certificate_file", "c"}, {"kafka.key_file", "k"}}), "");
  EXPECT_EQ(refusal({sasl, {"kafka.sasl_mechanism", "GSSAPI"}}), "");
  EXPECT_EQ(refusal({sasl,
                     {"kafka.sasl_mechanism", "SCRAM-SHA-512"},
                     {"kafka.sasl_username", "weir"},
                     {"kafka.sasl_password", "canary"}}),
            "");
  EXPECT_EQ(refusal({{"kafka.ca_file", "ca"}}),
            "kafka.ca_file is set, but kafka.security_protocol: plaintext makes no use of it");
  EXPECT_EQ(refusal({{"kafka.sasl_password", "canary"}}),
            "kafka.sasl_password is set, but kafka.security_protocol: plaintext makes no use of it");
  EXPECT_EQ(refusal({ssl, {"kafka.sasl_username", "weir"}}),
            "kafka.sasl_username is set, but kafka.security_protocol: ssl makes no use of it");
  EXPECT_EQ(refusal({sasl}), "kafka.sasl_mechanism is empty, but kafka.security_protocol: sasl_ssl needs it");
  EXPECT_EQ(refusal({sasl, {"kafka.sasl_mechanism", "PLAIN"}, {"kafka.sasl_username", "weir"}}),
            "kafka.sasl_password is empty, but kafka.sasl_mechanism: PLAIN needs it");
  EXPECT_EQ(refusal({ssl, {"kafka.certificate_file", "c"}}),
            "kafka.key_file is empty, but kafka.certificate_file needs it");
  EXPECT_EQ(refusal({ssl, {"kafka.key_file", "k"}}),
            "kafka.certificate_file is empty, but kafka.key_file needs it");
}

TEST(Settings, ReadsRoles) {
  Config config;
  ASSERT_TRUE(assign(setting("server.roles"), "gateway, query", config).ok());
  EXPECT_THAT(config.server.roles, testing::ElementsAre(Role::kGateway, Role::kQuery));
  EXPECT_THAT(assign_error("server.roles", ""), HasSubstr("expected a list of all"));
  EXPECT_THAT(assign_error("server.roles", "query,"), HasSubstr("expected a list of all"));
  EXPECT_THAT(assign_error("server.roles", "all,query"), HasSubstr("stands alone"));
  EXPECT_THAT(assign_error("server.roles", "query,all"), HasSubstr("stands alone"));
  EXPECT_THAT(assign_error("server.roles", "query,query"), HasSubstr("named twice"));
}

TEST(Settings, ReadsAddresses) {
  for (const char* text :
       {"127.0.0.1:8080", "[::1]:8080", "localhost:0", "0.0.0.0:65535", "weir.example:80"}) {
    EXPECT_EQ(assign_error("server.listen", text), "") << text;
  }
  for (const char* text : {"", "8080", ":8080", "localhost", "localhost:", "::1:8080", "a:65536", "a:-1",
                           "a:http", "a b:80", "http://a:80", "a:80/", "[]:80"}) {
    EXPECT_THAT(assign_error("server.listen", text), HasSubstr("expected HOST:PORT")) << text;
  }
}

TEST(Settings, NeverPrintsASecret) {
  Setting secret = setting("collect.instance");
  secret.secret = true;
  secret.max = 8;
  Config config;
  EXPECT_EQ(show_redacted(secret, config), "") << "an empty secret is shown as empty";
  ASSERT_TRUE(assign(secret, "hunter2", config).ok());
  EXPECT_EQ(show_redacted(secret, config), "********");
  const Status status = assign(secret, "too long a secret", config);
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, testing::Not(HasSubstr("too long a secret")));
  EXPECT_THAT(status.error().message, HasSubstr("collect.instance: this value"));
}

TEST(Settings, ValidatesFieldsAgainstEachOther) {
  EXPECT_TRUE(validate(Config()).ok());
  Config config;
  config.log.record_bytes_max = config.log.segment_bytes + 1;
  EXPECT_THAT(validate(config).error().message,
              HasSubstr("log.record_bytes_max is 67108865B, more than log.segment_bytes"));
  config = Config();
  config.log.queue_bytes_max = config.log.record_bytes_max - 1;
  EXPECT_THAT(validate(config).error().message, HasSubstr("log.queue_bytes_max"));
  config = Config();
  config.server.inflight_body_bytes_max = config.ingest.body_bytes_max - 1;
  EXPECT_THAT(validate(config).error().message, HasSubstr("server.inflight_body_bytes_max"));
  config = Config();
  config.ingest.decoded_bytes_max = config.ingest.body_bytes_max - 1;
  EXPECT_THAT(validate(config).error().message, HasSubstr("ingest.decoded_bytes_max"));
}

}  // namespace
}  // namespace weir::config
