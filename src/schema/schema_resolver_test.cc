#include "schema/schema_resolver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "support/prometheus_bodies.h"
#include "wire/metric_batch.h"

namespace weir::schema {
namespace {

using ::testing::HasSubstr;
using tests::from_hex;

// The reader of these tests, with every kind of type that weir.MetricBatch has.
constexpr std::string_view kReader = R"({"name":"weir.R","type":"record","fields":[
  {"name":"number","type":"int"},
  {"name":"big","type":"long"},
  {"name":"real","type":"double"},
  {"name":"text","type":"string"},
  {"name":"choice","type":{"name":"weir.E","type":"enum","symbols":["UNKNOWN","A","B"]}},
  {"name":"items","type":{"type":"array","items":{"name":"weir.I","type":"record","fields":[{"name":"x","type":"int"}]}},
   "default":[]}]})";

// number 1, big -1, real 1.5, text "hi", choice B, items [2].
constexpr std::string_view kRecord = "0201000000000000f83f04686904020400";

std::string with(std::string_view field, std::string_view replacement) {
  std::string schema(kReader);
  const size_t at = schema.find(field);
  CHECK(at != std::string::npos, "the field is there");
  return schema.replace(at, field.size(), replacement);
}

std::unique_ptr<const SchemaResolver> resolver(std::string_view writer) {
  auto made = SchemaResolver::create(writer, kReader);
  CHECK(made.ok(), made.error().message);
  return std::move(made).value();
}

Error refusal(std::string_view writer) {
  const auto made = SchemaResolver::create(writer, kReader);
  EXPECT_FALSE(made.ok()) << writer;
  return made.ok() ? Error{} : made.error();
}

TEST(SchemaResolver, KnowsItsOwnSchema) {
  const auto same = resolver(kReader);
  EXPECT_TRUE(same->same());
  EXPECT_EQ(same->resolve(from_hex(kRecord)).value(), from_hex(kRecord));
  EXPECT_TRUE(
      SchemaResolver::create(wire::metric_batch_schema(), wire::metric_batch_schema()).value()->same());
}

TEST(SchemaResolver, FillsWhatTheWriterLacks) {
  const auto older = resolver(R"({"name":"weir.R","type":"record","fields":[
    {"name":"number","type":"int"},{"name":"big","type":"long"},{"name":"real","type":"double"},
    {"name":"text","type":"string"},
    {"name":"choice","type":{"name":"weir.E","type":"enum","symbols":["UNKNOWN","A","B"]}}]})");
  EXPECT_FALSE(older->same());
  EXPECT_EQ(older->resolve(from_hex("0201000000000000f83f04686904")).value(),
            from_hex("0201000000000000f83f0468690400"));
}

TEST(SchemaResolver, PassesOverWhatItDoesNotKnow) {
  const auto newer = resolver(R"({"name":"weir.R","type":"record","fields":[
    {"name":"a","type":["null","string"]},
    {"name":"number","type":"int"},
    {"name":"b","type":{"type":"map","values":{"type":"array","items":"boolean"}}},
    {"name":"big","type":"long"},{"name":"real","type":"double"},
    {"name":"c","type":{"name":"F","type":"fixed","size":3}},
    {"name":"text","type":"string"},
    {"name":"d","type":{"name":"List","type":"record","fields":[{"name":"tail","type":["null","List"]}]}},
    {"name":"choice","type":{"name":"weir.E","type":"enum","symbols":["UNKNOWN","A","B"]}},
    {"name":"e","type":"float"},
    {"name":"items","type":{"type":"array","items":{"name":"weir.I","type":"record","fields":[
      {"name":"f","type":"bytes"},{"name":"x","type":"int"}]}}}]})");
  const std::string written = from_hex(
      "020278"              // a: "x"
      "02"                  // number
      "0202610401000000"    // b: {"a": [true, false]}
      "01000000000000f83f"  // big, real
      "616263"              // c
      "046869"              // text
      "020200"              // d: two deep
      "04"                  // choice
      "0000803f"            // e
      "0204ffff0400");      // items
  const auto resolved = newer->resolve(written);
  ASSERT_TRUE(resolved.ok()) << resolved.error().message;
  EXPECT_EQ(*resolved, from_hex(kRecord));
}

TEST(SchemaResolver, TakesAnyOrder) {
  const auto other = resolver(R"({"name":"weir.R","type":"record","fields":[
    {"name":"items","type":{"type":"array","items":{"name":"weir.I","type":"record","fields":[{"name":"x","type":"int"}]}}},
    {"name":"text","type":"string"},{"name":"real","type":"double"},
    {"name":"choice","type":{"name":"weir.E","type":"enum","symbols":["B","NEW","A"]}},
    {"name":"big","type":"long"},{"name":"number","type":"int"}]})");
  EXPECT_EQ(other->resolve(from_hex("020400046869000000000000f83f000102")).value(), from_hex(kRecord));
  EXPECT_EQ(other->resolve(from_hex("020400046869000000000000f83f020102")).value(),
            from_hex("0201000000000000f83f04686900020400"))
      << "a symbol of later is the first one";
}

TEST(SchemaResolver, Promotes) {
  EXPECT_EQ(resolver(with(R"("type":"long")", R"("type":"int")"))->resolve(from_hex(kRecord)).value(),
            from_hex(kRecord));
  EXPECT_EQ(resolver(with(R"("type":"string")", R"("type":"bytes")"))->resolve(from_hex(kRecord)).value(),
            from_hex(kRecord));
  EXPECT_EQ(resolver(with(R"("type":"double")", R"("type":"float")"))
                ->resolve(from_hex("02010000c03f04686904020400"))
                .value(),
            from_hex(kRecord));
  EXPECT_EQ(resolver(with(R"("type":"double")", R"("type":"long")"))
                ->resolve(from_hex("02010604686904020400"))
                .value(),
            from_hex("0201000000000000084004686904020400"));
  const auto either = resolver(with(R"("type":"long")", R"("type":["null","long","string"])"));
  EXPECT_EQ(either->resolve(from_hex("020201000000000000f83f04686904020400")).value(), from_hex(kRecord));
  EXPECT_EQ(either->resolve(from_hex("0200000000000000f83f04686904020400")).error().code, Code::kCorruption)
      << "null";
  EXPECT_FALSE(either->resolve(from_hex("020601000000000000f83f04686904020400")).ok()) << "no such branch";
}

TEST(SchemaResolver, RefusesWhatNoRecordCouldMean) {
  const auto refused = [](std::string_view writer, std::string_view what) {
    const Error error = refusal(writer);
    EXPECT_EQ(error.code, Code::kUnsupported);
    EXPECT_THAT(error.message, HasSubstr(std::string(what)));
  };
  refused(with(R"("type":"int")", R"("type":"long")"), "record.number as long, not int");
  refused(with(R"("type":"long")", R"("type":"double")"), "record.big as double, not long");
  refused(with(R"("type":"double")", R"("type":"string")"), "real as string, not double");
  refused(with(R"("type":"string")", R"("type":"int")"), "text as int, not string");
  refused(with(R"("type":"long")", R"("type":["null","string"])"), "record.big as union, not long");
  refused(with(R"("name":"text")", R"("name":"texts")"), "lacks the record.text");
  refused(with("weir.R", "weir.Other"), "the record Other, not R");
  refused(with("weir.I", "weir.Other"), "items as the record Other");
  refused(with(R"({"name":"x","type":"int"})", ""), "lacks the record.items.x");
  refused(with(R"({"name":"big","type":"long"},)", ""), "lacks the record.big");
  std::string lacking(wire::metric_batch_schema());
  lacking.replace(lacking.find("symbols"), 7, "texts");
  EXPECT_THAT(SchemaResolver::create(lacking, wire::metric_batch_schema()).error().message,
              HasSubstr("lacks the record.symbols"))
      << "an array, but without a default";
  refused("\"string\"", "the record as string, not R");
  refused("{", "the Avro library does not take");
  refused("", "the Avro library does not take");
  refused(R"({"type":"record"})", "the Avro library does not take");
}

TEST(SchemaResolver, RefusesDamage) {
  const auto same = resolver(kReader);
  const std::string good = from_hex(kRecord);
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_EQ(same->resolve(std::string_view(good).substr(0, size)).error().code, Code::kCorruption) << size;
  }
  EXPECT_THAT(same->resolve(good + "x").error().message, HasSubstr("left over at byte 17"));
  EXPECT_FALSE(same->resolve(from_hex("808080801001000000000000f83f04686904020400")).ok())
      << "an int of 33 bits";
  EXPECT_FALSE(same->resolve(from_hex("0201000000000000f83f04686906020400")).ok()) << "no such symbol";
  EXPECT_FALSE(same->resolve(from_hex("0201000000000000f83f03686904020400")).ok()) << "a negative length";
  EXPECT_FALSE(same->resolve(from_hex("0201000000000000f83f04686904feffffffffffffffff0100")).ok())
      << "2^63 items";
}

TEST(SchemaResolver, IsNotHeldUpByHostileBytes) {
  const std::string nulls = with(
      R"({"name":"number")", R"({"name":"nulls","type":{"type":"array","items":"null"}},{"name":"number")");
  // 2^62 nulls, which take no bytes, are passed over; a block that says it is longer than the record is not.
  EXPECT_EQ(resolver(nulls)->resolve(from_hex("8080808080808080800100" + std::string(kRecord))).value(),
            from_hex(kRecord));
  EXPECT_FALSE(resolver(nulls)->resolve(from_hex("01feff7f00" + std::string(kRecord))).ok());
  // A list without end, by a schema that refers to itself without a way out.
  const std::string endless = with(
      R"({"name":"number")",
      R"({"name":"l","type":{"name":"L","type":"record","fields":[{"name":"l","type":"L"}]}},{"name":"number")");
  EXPECT_EQ(resolver(endless)->resolve(from_hex(kRecord)).error().code, Code::kCorruption);
}

// schema_resolver.h says so: a default of another kind would need code.
TEST(SchemaResolver, KnowsEveryDefaultOfOurSchema) {
  const std::string_view schema = wire::metric_batch_schema();
  size_t count = 0;
  for (size_t at = 0; (at = schema.find(R"("default":)", at)) != std::string_view::npos; ++at, ++count) {
    const std::string_view value = schema.substr(at + 10);
    EXPECT_TRUE(value.starts_with("[]}") || value.starts_with(R"("UNKNOWN"}})")) << value;
  }
  EXPECT_EQ(count, 3u);
}

}  // namespace
}  // namespace weir::schema
