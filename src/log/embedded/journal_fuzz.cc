#include <cstring>
#include <string>

#include "base/check.h"
#include "base/crc32c.h"
#include "log/embedded/embedded_log.h"
#include "log/embedded/frame.h"
#include "log/embedded/segment.h"
#include "os/sim/faulty_files.h"

// A hostile segment file: recovery and readers must get through any bytes behind a good header. The first
// byte of the input says whether checksums are put right, so that the fuzzer gets past them.
namespace weir::log::embedded {
namespace {

constexpr uint32_t kPartitions = 3;

void store_u32(char* to, uint32_t value) {
  std::memcpy(to, &value, sizeof(value));
}

/// Gives everything that begins like a frame the checksums of one.
void repair_checksums(std::string& segment, uint32_t segment_seed) {
  for (size_t at = frames_begin(kPartitions); at + kFrameHeaderBytes <= segment.size();
       at += kFrameAlignment) {
    const std::string_view rest = std::string_view(segment).substr(at);
    if (!rest.starts_with(kFrameMagic)) continue;
    uint32_t bytes = 0;
    std::memcpy(&bytes, &rest[4], sizeof(bytes));
    const uint32_t seed = frame_seed(segment_seed, at);
    if (bytes > kFrameHeaderBytes && bytes <= rest.size()) {
      store_u32(&segment[at + 28], crc32c(rest.substr(kFrameHeaderBytes, bytes - kFrameHeaderBytes), seed));
    }
    store_u32(&segment[at + 32], crc32c(rest.substr(36, 4), crc32c(rest.substr(0, 32), seed)));
  }
}

void write_segment(os::FileSystem& files, const std::string& bytes) {
  files.create_directories("log").value();
  auto file = files.open("log/" + segment_name(1), os::OpenMode::kCreate).value();
  file->write_at(0, bytes).value();
}

void read_all(Log& log) {
  for (uint32_t partition = 0; partition < kPartitions; ++partition) {
    auto reader = log.open_reader(PartitionId(partition)).value();
    int64_t last = -1;
    for (;;) {
      auto records = reader->poll(1'000, Deadline::at(os::system_clock().steady()));
      if (!records.ok()) continue;  // each damaged range is told once
      if (records->empty()) break;
      for (const Record& record : *records) {
        CHECK(record.offset.value() > last, "offsets grow");
        last = record.offset.value();
      }
    }
  }
}

}  // namespace
}  // namespace weir::log::embedded

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weir::log::embedded;  // NOLINT: a fuzz target is one function
  if (size == 0) return 0;
  SegmentHeader header{std::string(16, 'f'), 1, 0, std::vector<weir::Offset>(kPartitions)};
  std::string segment = encode_segment_header(header);
  segment.append(reinterpret_cast<const char*>(data + 1), size - 1);
  if (data[0] % 2 == 0) repair_checksums(segment, weir::crc32c(header.uuid));

  weir::os::sim::FaultyFiles files;
  write_segment(files, segment);
  EmbeddedLogOptions options;
  options.directory = "log";
  options.segment_bytes = 16 << 10;
  options.free_bytes_min = 0;
  weir::telemetry::Registry registry;
  RecoveryReport report;
  auto log = open(options, files, weir::os::system_clock(), registry, report).value();
  read_all(*log);
  return 0;
}
