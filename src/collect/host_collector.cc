#include "collect/host_collector.h"

#include <utility>

#include "collect/host_metadata.h"
#include "collect/host_sampler.h"
#include "collect/write_slot.h"
#include "os/files.h"
#include "os/threads.h"
#include "telemetry/logger.h"

namespace weir::collect {

namespace {

constexpr os::milliseconds kIntervalMin{100};
constexpr os::milliseconds kIntervalMax{60 * 60 * 1'000};
constexpr os::milliseconds kWriteTimeout{10'000};
constexpr os::milliseconds kLogPause{60'000};
constexpr os::milliseconds kMetadataPause{60'000};

/// The tick that is due at `wall_ms`. A sleep may end a little early by the wall clock, hence the tenth.
TimestampMs tick_at(TimestampMs wall_ms, TimestampMs interval_ms) {
  return (wall_ms + interval_ms / 10) / interval_ms * interval_ms;
}

double seconds_between(os::SteadyTime begin, os::SteadyTime end) {
  return std::chrono::duration<double>(end - begin).count();
}

}  // namespace

class HostCollector::Impl {
 public:
  Impl(HostCollectorOptions options, TenantId tenant, ingest::Ingester& ingester, os::Clock& clock,
       telemetry::Registry& registry)
      : interval_ms_(options.interval.count()),
        on_metadata_(options.on_metadata),
        tenant_(tenant),
        ingester_(ingester),
        clock_(clock),
        sampler_(options, os::posix_files(), clock, registry),
        duration_(registry.histogram("weir_host_collector_duration_seconds",
                                     "Time of one reading of the host.", telemetry::duration_bounds())),
        skipped_(
            registry.counter("weir_host_collector_ticks_skipped_total",
                             "Readings left out: the one before was late, or its write still in flight.")),
        failed_(
            registry.counter("weir_host_collector_writes_failed_total", "Readings that were not written.")),
        rejected_(
            registry.counter("weir_host_collector_samples_rejected_total", "Samples that ingest refused.")) {
    CHECK(options.interval >= kIntervalMin && options.interval <= kIntervalMax,
          "an interval of 100 ms to 1 h");
  }
  ~Impl() { stop(); }

  void start() {
    thread_ = os::Thread("host-collector", [this](std::stop_token stop) { run(stop); });
  }
  void stop() {
    thread_.request_stop();
    thread_.join();
  }

 private:
  void run(std::stop_token stop) {
    TimestampMs last = tick_at(clock_.wall_ms(), interval_ms_);
    while (sleep_to_next_tick(stop)) {
      const TimestampMs tick = tick_at(clock_.wall_ms(), interval_ms_);
      if (tick == last) continue;
      if (tick > last + interval_ms_) skipped_.add(static_cast<uint64_t>((tick - last) / interval_ms_ - 1));
      last = tick;
      settle();
      sample_and_write(tick);
    }
  }

  bool sleep_to_next_tick(std::stop_token stop) {
    const TimestampMs past_tick_ms = clock_.wall_ms() % interval_ms_;
    return clock_.sleep_until(clock_.steady() + os::milliseconds(interval_ms_ - past_tick_ms),
                              std::move(stop));
  }

  void sample_and_write(TimestampMs tick) {
    std::optional<Completion<ingest::Verdict>> done = slot_.take();
    if (!done) return skipped_.add();
    const os::SteadyTime begin = clock_.steady();
    std::shared_ptr<Batch> batch = ingester_.new_batch();
    sampler_.sample(tick, *batch);
    duration_.observe(seconds_between(begin, clock_.steady()));
    tell_metadata(*batch);
    ingester_.write({tenant_, limits_, Deadline::after(clock_, kWriteTimeout)}, std::move(batch),
                    std::move(*done));
  }

  void tell_metadata(const Batch& batch) {
    const os::SteadyTime now = clock_.steady();
    if (!on_metadata_ || now < next_metadata_) return;
    next_metadata_ = now + kMetadataPause;
    tell_host_metadata(batch, on_metadata_);
  }

  /// Accounts for the write before this one.
  void settle() {
    const std::optional<Result<ingest::Verdict>> outcome = slot_.collect_outcome();
    if (!outcome) return;
    if (!outcome->ok()) {
      failed_.add();
      return complain("a reading of the host was not written", outcome->error().message);
    }
    const ingest::Verdict& verdict = **outcome;
    rejected_.add(verdict.rejected_samples);
    if (!verdict.rejections.empty())
      complain("a sample of the host was refused", verdict.rejections.front().message);
  }

  /// Logs at most once a minute.
  void complain(std::string_view what, std::string_view why) {
    const os::SteadyTime now = clock_.steady();
    if (now < next_complaint_) return;
    next_complaint_ = now + kLogPause;
    telemetry::log_warn("collect", what, {{"error", why}});
  }

  const TimestampMs interval_ms_;
  const std::function<void(std::span<const MetricMetadata>)> on_metadata_;
  const TenantId tenant_;
  const Limits limits_;  // the defaults: what is collected is known, and far below them
  ingest::Ingester& ingester_;
  os::Clock& clock_;
  HostSampler sampler_;
  telemetry::Histogram& duration_;
  telemetry::Counter& skipped_;
  telemetry::Counter& failed_;
  telemetry::Counter& rejected_;

  // Of the thread alone.
  WriteSlot slot_;
  os::SteadyTime next_complaint_ = os::SteadyTime::min();
  os::SteadyTime next_metadata_ = os::SteadyTime::min();

  os::Thread thread_;  // last, so that it ends first
};

HostCollector::HostCollector(HostCollectorOptions options, TenantId tenant, ingest::Ingester& ingester,
                             os::Clock& clock, telemetry::Registry& registry)
    : impl_(std::make_unique<Impl>(std::move(options), tenant, ingester, clock, registry)) {}

HostCollector::~HostCollector() = default;

void HostCollector::start() {
  impl_->start();
}

void HostCollector::stop() {
  impl_->stop();
}

}  // namespace weir::collect
