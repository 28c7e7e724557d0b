#include <condition_variable>
#include <cstring>
#include <mutex>
#include <string>

#include <benchmark/benchmark.h>

#include "base/crc32c.h"
#include "log/embedded/embedded_log.h"
#include "os/sim/temp_directory.h"

// Appends to a log on the real disk under the temporary directory (TMPDIR), beside what bounds them: copying
// and summing the same bytes, and an fdatasync of as many.
namespace weir::log::embedded {
namespace {

EmbeddedLogOptions bench_options(const std::string& directory) {
  EmbeddedLogOptions options;
  options.directory = directory;
  options.free_bytes_min = 0;
  return options;
}

/// Keeps a number of appends in flight, as so many waiting requests do.
class Flight {
 public:
  Flight(Log& log, size_t width) : log_(log), width_(width) {}

  void append(std::string_view payload) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return in_flight_ < width_; });
      ++in_flight_;
    }
    const NewRecord record{TenantId::from_stored(1), PartitionId(next_++ % log_.partition_count()), payload};
    log_.append({&record, 1}, Deadline::never(), [this](Result<std::vector<Position>> outcome) {
      outcome.value();
      std::lock_guard lock(mutex_);
      --in_flight_;
      changed_.notify_one();
    });
  }
  void land() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return in_flight_ == 0; });
  }

 private:
  Log& log_;
  const size_t width_;
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t in_flight_ = 0;
  uint32_t next_ = 0;
};

/// Arguments: waiting appenders, bytes of a record.
void BM_Append(benchmark::State& state) {
  const os::sim::TempDirectory directory;
  telemetry::Registry registry;
  RecoveryReport report;
  auto log =
      open(bench_options(directory.path()), os::posix_files(), os::system_clock(), registry, report).value();
  const std::string payload(static_cast<size_t>(state.range(1)), 'x');
  Flight flight(*log, static_cast<size_t>(state.range(0)));
  for (auto _ : state) flight.append(payload);
  flight.land();
  const auto appends = static_cast<double>(state.iterations());
  const double syncs = static_cast<double>(registry
                                               .histogram("weir_log_sync_duration_seconds",
                                                          "Duration of the fdatasync of a commit.",
                                                          telemetry::duration_bounds())
                                               .cumulative()
                                               .back());
  state.counters["appends_per_sync"] = appends / syncs;
  state.SetBytesProcessed(state.iterations() * state.range(1));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Append)->ArgsProduct({{1, 64}, {1 << 10, 64 << 10}})->UseRealTime();

/// Reading back from the disk (which the page cache holds), CRC included. Argument: bytes of a record.
void BM_ReadSegments(benchmark::State& state) {
  const os::sim::TempDirectory directory;
  telemetry::Registry registry;
  RecoveryReport report;
  EmbeddedLogOptions options = bench_options(directory.path());
  options.partition_count = 1;
  options.tail_cache_bytes = 0;
  auto log = open(options, os::posix_files(), os::system_clock(), registry, report).value();
  const std::string payload(static_cast<size_t>(state.range(0)), 'x');
  Flight flight(*log, 1'000);
  const int64_t records = (64 << 20) / state.range(0);
  for (int64_t i = 0; i < records; ++i) flight.append(payload);
  flight.land();
  for (auto _ : state) {
    auto reader = log->open_reader(PartitionId(0)).value();
    for (int64_t read = 0; read < records;) {
      read += static_cast<int64_t>(reader->poll(1 << 20, Deadline::never()).value().size());
    }
  }
  state.SetBytesProcessed(state.iterations() * records * state.range(0));
  state.SetItemsProcessed(state.iterations() * records);
}
BENCHMARK(BM_ReadSegments)->Arg(1 << 10)->Arg(64 << 10)->Unit(benchmark::kMillisecond);

/// Verifying a journal of 64 MiB at the start.
void BM_Recover(benchmark::State& state) {
  const os::sim::TempDirectory directory;
  telemetry::Registry registry;
  RecoveryReport report;
  const EmbeddedLogOptions options = bench_options(directory.path());
  const std::string payload(static_cast<size_t>(state.range(0)), 'x');
  {
    auto log = open(options, os::posix_files(), os::system_clock(), registry, report).value();
    Flight flight(*log, 1'000);
    for (int64_t i = 0; i < (64 << 20) / state.range(0); ++i) flight.append(payload);
    flight.land();
  }
  for (auto _ : state) {
    telemetry::Registry fresh;
    open(options, os::posix_files(), os::system_clock(), fresh, report).value();
  }
  state.SetBytesProcessed(static_cast<int64_t>(report.bytes) * state.iterations());
}
BENCHMARK(BM_Recover)->Arg(1 << 10)->Arg(64 << 10)->Unit(benchmark::kMillisecond);

void BM_FloorCopy(benchmark::State& state) {
  const std::string from(static_cast<size_t>(state.range(0)), 'x');
  std::string to(from.size(), '\0');
  for (auto _ : state) {
    std::memcpy(to.data(), from.data(), from.size());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_FloorCopy)->Arg(1 << 10)->Arg(64 << 10);

void BM_FloorCrc32c(benchmark::State& state) {
  const std::string bytes(static_cast<size_t>(state.range(0)), 'x');
  for (auto _ : state) benchmark::DoNotOptimize(crc32c(bytes));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_FloorCrc32c)->Arg(1 << 10)->Arg(64 << 10);

/// One write into a preallocated file, and its fdatasync: the latency that a lone append cannot beat.
void BM_FloorSync(benchmark::State& state) {
  const os::sim::TempDirectory directory;
  auto file = os::posix_files().open(directory.path() + "/f", os::OpenMode::kCreate).value();
  constexpr uint64_t kFileBytes = 64 << 20;
  file->allocate(kFileBytes).value();
  const std::string bytes(static_cast<size_t>(state.range(0)), 'x');
  uint64_t at = 0;
  for (auto _ : state) {
    file->write_at(at, bytes).value();
    file->sync().value();
    at = (at + bytes.size()) % (kFileBytes - bytes.size());
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_FloorSync)->Arg(1 << 10)->Arg(64 << 10)->UseRealTime();

}  // namespace
}  // namespace weir::log::embedded
