#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "schema/schema_resolver.h"
#include "wire/metric_batch.h"
#include "wire/record_codec_test.h"

// The half of tests/avro/oracle_test.py that is ours: records of other versions, and what Apache's reader
// made of them.
namespace weir::schema {
namespace {

std::string read(std::filesystem::path path, const char* extension) {
  std::ifstream in(path.replace_extension(extension), std::ios::binary);
  EXPECT_TRUE(in.good()) << path;
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(SchemaResolverOracle, ReadsOtherVersionsAsTheOracleDoes) {
  const char* directory = std::getenv("WEIR_TEST_AVRO_DIR");
  if (directory == nullptr) GTEST_SKIP() << "WEIR_TEST_AVRO_DIR is not set: run by tests/avro/oracle_test.py";
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() != ".avsc" || entry.path().stem() == "schema") continue;
    ++count;
    const std::string schema = read(entry.path(), ".avsc");
    const auto resolver = SchemaResolver::create(schema, wire::metric_batch_schema());
    ASSERT_TRUE(resolver.ok()) << entry.path() << ": " << resolver.error().message << "\n" << schema;
    const auto record = (*resolver)->resolve(read(entry.path(), ".bin"));
    ASSERT_TRUE(record.ok()) << entry.path() << ": " << record.error().message << "\n" << schema;
    Batch batch;
    const Status status = wire::decode_metric_batch(*record, wire::kMetricBatchBytesMax, batch);
    ASSERT_TRUE(status.ok()) << entry.path() << ": " << status.error().message;
    EXPECT_EQ(wire::record_tests::text(batch), read(entry.path(), ".txt")) << entry.path() << "\n" << schema;
  }
  EXPECT_GT(count, 10u);
}

}  // namespace
}  // namespace weir::schema
