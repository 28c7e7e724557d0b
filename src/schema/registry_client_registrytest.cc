#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/random.h"
#include "schema/registry_client.h"

namespace weir::schema {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kFirst = R"({"type":"record","name":"R","fields":[{"name":"a","type":"int"}]})";
constexpr std::string_view kSecond =
    R"({"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"b","type":"int","default":1}]})";
constexpr std::string_view kBroken = R"({"type":"record","name":"R","fields":[{"name":"b","type":"int"}]})";

class RegistryClientRegistry : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* url = std::getenv("WEIR_TEST_REGISTRY");
    if (url == nullptr) GTEST_SKIP() << "WEIR_TEST_REGISTRY is not set: run by tests/services/run.py";
    registry_ = std::make_unique<RegistryClient>(RegistryOptions{url, "", ""}, os::system_clock(), metrics_);
    another_ = std::make_unique<RegistryClient>(RegistryOptions{url, "", ""}, os::system_clock(), metrics_);
  }
  static Deadline soon() { return Deadline::after(os::system_clock(), os::milliseconds(20'000)); }

  telemetry::Registry metrics_;
  std::unique_ptr<RegistryClient> registry_;
  std::unique_ptr<RegistryClient> another_;  // which remembers nothing of the first
  const std::string subject_ = fmt::format("client test/{:016x}-value", os::random_seed());
};

TEST_F(RegistryClientRegistry, GivesTheSameSchemaTheSameId) {
  const auto id = registry_->register_schema(subject_, kFirst, soon());
  ASSERT_TRUE(id.ok()) << id.error().message;
  EXPECT_EQ(another_->register_schema(subject_, kFirst, soon()).value(), *id);
  EXPECT_EQ(another_->register_schema(subject_ + "2", kFirst, soon()).value(), *id)
      << "in another subject too";
  const auto second = registry_->register_schema(subject_, kSecond, soon());
  ASSERT_TRUE(second.ok()) << second.error().message;
  EXPECT_NE(*second, *id);
}

TEST_F(RegistryClientRegistry, FetchesWhatAnotherRegistered) {
  const SchemaId id = registry_->register_schema(subject_, kSecond, soon()).value();
  EXPECT_EQ(another_->schema(id, soon()).value(), kSecond) << "defaults included";
}

TEST_F(RegistryClientRegistry, RefusesWhatBreaksBackwardCompatibility) {
  ASSERT_TRUE(registry_->require_backward(subject_, soon()).ok()) << "before there is such a subject";
  EXPECT_TRUE(registry_->check_compatible(subject_, kFirst, soon()).ok()) << "nothing to break";
  ASSERT_TRUE(registry_->register_schema(subject_, kFirst, soon()).ok());
  ASSERT_TRUE(registry_->require_backward(subject_, soon()).ok());

  const Status incompatible = registry_->check_compatible(subject_, kBroken, soon());
  ASSERT_FALSE(incompatible.ok());
  EXPECT_EQ(incompatible.error().code, Code::kFailedPrecondition) << incompatible.error().message;
  EXPECT_THAT(incompatible.error().message, HasSubstr("version 1"));
  const auto refused = registry_->register_schema(subject_, kBroken, soon());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Code::kFailedPrecondition) << refused.error().message;

  EXPECT_TRUE(registry_->check_compatible(subject_, kSecond, soon()).ok());
  EXPECT_TRUE(registry_->register_schema(subject_, kSecond, soon()).ok());
}

TEST_F(RegistryClientRegistry, WithoutBackwardAnythingGoes) {
  // What require_backward is for: the registry's own default refuses nothing.
  ASSERT_TRUE(registry_->register_schema(subject_, kFirst, soon()).ok());
  EXPECT_TRUE(registry_->register_schema(subject_, kBroken, soon()).ok());
}

TEST_F(RegistryClientRegistry, NamesWhatIsNotThere) {
  const Error error = registry_->schema(SchemaId(2'000'000'000), soon()).error();
  EXPECT_EQ(error.code, Code::kNotFound);
  EXPECT_THAT(error.message, HasSubstr("40403"));
  EXPECT_TRUE(registry_->check_compatible(subject_, kFirst, soon()).ok())
      << "40401: nothing to be compatible with";
}

TEST_F(RegistryClientRegistry, RefusesWhatIsNoSchema) {
  for (const std::string_view bad : {R"({"type":"intt"})", "{", R"({"type":"record","name":"R"})"}) {
    const auto refused = registry_->register_schema(subject_, bad, soon());
    ASSERT_FALSE(refused.ok()) << bad;
    EXPECT_EQ(refused.error().code, Code::kInvalidArgument) << refused.error().message;
    EXPECT_THAT(refused.error().message, HasSubstr("42201"));
  }
}

TEST_F(RegistryClientRegistry, AWrongPathIsNotAMissingSchema) {
  const std::string url = std::getenv("WEIR_TEST_REGISTRY");
  RegistryClient lost({url + "/nowhere", "", ""}, os::system_clock(), metrics_);
  const auto found = lost.schema(SchemaId(1), soon());
  ASSERT_FALSE(found.ok());
  EXPECT_NE(found.error().code, Code::kNotFound) << found.error().message;
}

}  // namespace
}  // namespace weir::schema
