#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "os/random.h"
#include "support/remote_write_like.h"
#include "wire/metric_batch.h"
#include "wire/record_codec_test.h"

// The halves of tests/avro/oracle_test.py that are ours: records and what they mean, as files.
namespace weir::wire {
namespace {

using namespace record_tests;

class MetricBatchOracle : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* directory = std::getenv("WEIR_TEST_AVRO_DIR");
    if (directory == nullptr)
      GTEST_SKIP() << "WEIR_TEST_AVRO_DIR is not set: run by tests/avro/oracle_test.py";
    directory_ = directory;
  }

  void write(const std::string& name, std::string_view bytes) {
    std::ofstream out(directory_ / name, std::ios::binary);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    ASSERT_TRUE(out.good()) << name;
  }
  static std::string read(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    EXPECT_TRUE(in.good()) << path;
    return {std::istreambuf_iterator<char>(in), {}};
  }

  std::filesystem::path directory_;
};

Batch random_batch(os::Random& random) {
  static const std::vector<std::string> kNames = {"__name__", "job", "le", "\u00fc"};
  static const std::vector<std::string> kValues = {"up", "a\"b\\c\nd", "", "\u4e16", std::string(300, 'v')};
  Batch batch;
  for (uint64_t series = random.below(8); series > 0; --series) {
    std::vector<Label> labels;
    for (const std::string& name : kNames) {
      if (random.below(3) != 0) labels.push_back({name, kValues[random.below(kValues.size())]});
    }
    batch.begin_series(Labels::from(labels).value().view().bytes());
    for (uint64_t samples = random.below(5); samples > 0; --samples) {
      batch.add_sample(static_cast<TimestampMs>(random.next()), std::bit_cast<double>(random.next()));
    }
  }
  return batch;
}

TEST_F(MetricBatchOracle, WritesForTheOracle) {
  write("schema.avsc", metric_batch_schema());
  const char* seed = std::getenv("WEIR_TEST_AVRO_SEED");
  os::Random random(seed == nullptr ? 1 : std::strtoull(seed, nullptr, 10));
  for (int i = 0; i < 60; ++i) {
    Batch batch = i == 0 ? worked_example() : i == 1 ? tests::remote_write_like(2'000) : random_batch(random);
    batch.begin_series(Labels::of({{"__name__", "stale"}}).view().bytes());
    batch.add_sample(-1, stale_marker());
    std::string record;
    encode_metric_batch(batch, all(batch), record);
    write(fmt::format("ours_{:03}.bin", i), record);
    write(fmt::format("ours_{:03}.txt", i), text(batch));
  }
}

TEST_F(MetricBatchOracle, ReadsWhatTheOracleWrote) {
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
    if (!entry.path().filename().string().starts_with("theirs_") || entry.path().extension() != ".bin")
      continue;
    ++count;
    Batch batch;
    const Status status = decode_metric_batch(read(entry.path()), kMetricBatchBytesMax, batch);
    ASSERT_TRUE(status.ok()) << entry.path() << ": " << status.error().message;
    std::filesystem::path expected = entry.path();
    EXPECT_EQ(text(batch), read(expected.replace_extension(".txt"))) << entry.path();
  }
  EXPECT_GT(count, 10u);
}

}  // namespace
}  // namespace weir::wire
