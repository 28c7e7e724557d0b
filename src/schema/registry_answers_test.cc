#include "schema/registry_answers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::schema {
namespace {

using ::testing::HasSubstr;

TEST(RegistryAnswers, AsksInTheWordsOfTheApi) {
  EXPECT_EQ(schema_request(R"({"type":"int"})"), R"({"schemaType":"AVRO","schema":"{\"type\":\"int\"}"})");
  EXPECT_EQ(level_request("BACKWARD"), R"({"compatibility":"BACKWARD"})");
}

TEST(RegistryAnswers, MapsErrorCodes) {
  const auto code = [](int status, std::string_view body) { return error_of_answer(status, body).code; };
  EXPECT_EQ(code(404, R"({"error_code":40401,"message":"m"})"), Code::kNotFound);
  EXPECT_EQ(code(404, R"({"error_code":40402,"message":"m"})"), Code::kNotFound);
  EXPECT_EQ(code(404, R"({"error_code":40403,"message":"m"})"), Code::kNotFound);
  EXPECT_EQ(code(404, R"({"error_code":404,"message":"m"})"), Code::kNotFound);
  EXPECT_EQ(code(409, R"({"error_code":409,"message":"m"})"), Code::kFailedPrecondition);
  EXPECT_EQ(code(409, R"({"error_code":40901,"message":"m"})"), Code::kFailedPrecondition);
  EXPECT_EQ(code(422, R"({"error_code":42201,"message":"m"})"), Code::kInvalidArgument);
  EXPECT_EQ(code(422, R"({"error_code":42203,"message":"m"})"), Code::kInvalidArgument);
  EXPECT_EQ(code(401, R"({"error_code":40101,"message":"m"})"), Code::kPermissionDenied);
  EXPECT_EQ(code(403, R"({"error_code":40301,"message":"m"})"), Code::kPermissionDenied);
  EXPECT_EQ(code(500, R"({"error_code":50001,"message":"m"})"), Code::kInternal);
  EXPECT_EQ(code(500, R"({"error_code":50003,"message":"m"})"), Code::kInternal);
  EXPECT_EQ(code(401, "<html>"), Code::kPermissionDenied);
  EXPECT_EQ(code(429, ""), Code::kUnavailable);
  EXPECT_EQ(code(500, ""), Code::kInternal);
  EXPECT_EQ(code(502, "Bad Gateway"), Code::kUnavailable);
  EXPECT_EQ(code(503, "{}"), Code::kUnavailable);
  EXPECT_EQ(code(302, ""), Code::kCorruption);
  EXPECT_EQ(code(418, R"({"error_code":"40403"})"), Code::kCorruption);
}

TEST(RegistryAnswers, DoesNotTakeAnothersNotFoundForTheRegistrys) {
  // A proxy without a route for the registry: no record may be condemned for it.
  EXPECT_EQ(error_of_answer(404, "<h1>Not Found</h1>").code, Code::kCorruption);
  EXPECT_EQ(error_of_answer(404, R"({"message":"no route"})").code, Code::kCorruption);
}

TEST(RegistryAnswers, PassesTheMessageOn) {
  const Error error = error_of_answer(409, R"({"error_code":409,"message":"field x has no default"})");
  EXPECT_THAT(error.message, HasSubstr("field x has no default"));
  EXPECT_THAT(error.message, HasSubstr("409"));
  const std::string longer(10'000, 'x');
  EXPECT_LT(
      error_of_answer(409, fmt::format(R"({{"error_code":409,"message":"{}"}})", longer)).message.size(),
      600u);
}

TEST(RegistryAnswers, ReadsIds) {
  EXPECT_EQ(id_of_answer(R"({"id":7})").value(), SchemaId(7));
  EXPECT_EQ(id_of_answer(R"({"id":4294967295})").value(), SchemaId(4'294'967'295));
  for (const char* bad :
       {"", "7", "{}", R"({"id":"7"})", R"({"id":-1})", R"({"id":4294967296})", R"({"id":7)"}) {
    EXPECT_EQ(id_of_answer(bad).error().code, Code::kCorruption) << bad;
  }
}

TEST(RegistryAnswers, ReadsSchemas) {
  EXPECT_EQ(schema_of_answer(R"({"schema":"\"int\""})").value(), "\"int\"");
  EXPECT_EQ(schema_of_answer(R"({"schema":"x","schemaType":"AVRO","references":[]})").value(), "x");
  EXPECT_EQ(schema_of_answer(R"({"schema":"x","schemaType":"PROTOBUF"})").error().code, Code::kUnsupported);
  EXPECT_EQ(schema_of_answer(R"({"schema":"x","references":[{"name":"a"}]})").error().code,
            Code::kUnsupported);
  for (const char* bad : {"", "[]", "{}", R"({"schema":1})", R"({"schema":""})"}) {
    EXPECT_EQ(schema_of_answer(bad).error().code, Code::kCorruption) << bad;
  }
}

TEST(RegistryAnswers, ReadsVerdictsVersionsAndLevels) {
  EXPECT_TRUE(compatibility_of_answer(R"({"is_compatible":true})").value().compatible);
  const Compatibility bad =
      compatibility_of_answer(R"({"is_compatible":false,"messages":["a",1,"b"]})").value();
  EXPECT_FALSE(bad.compatible);
  EXPECT_EQ(bad.reasons, "a; b");
  EXPECT_EQ(compatibility_of_answer(R"({"is_compatible":1})").error().code, Code::kCorruption);
  EXPECT_EQ(version_of_answer(R"({"version":3})").value(), 3);
  EXPECT_EQ(version_of_answer(R"({})").error().code, Code::kCorruption);
  EXPECT_EQ(level_of_answer(R"({"compatibilityLevel":"FULL"})").value(), "FULL");
  EXPECT_EQ(level_of_answer(R"({"compatibility":"FULL"})").error().code, Code::kCorruption);
}

}  // namespace
}  // namespace weir::schema
