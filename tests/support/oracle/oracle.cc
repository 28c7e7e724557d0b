#include "support/oracle/oracle.h"

#include <algorithm>

#include <fmt/format.h>

#include "support/filtered_values.h"
#include "support/window_summary.h"

namespace weir::oracle {
namespace {

constexpr uint64_t kPlentyBytes = uint64_t{1} << 30;

}  // namespace

Oracle::Oracle(uint64_t seed, Plant plant)
    : seed_(seed),
      random_(seed),
      plant_(std::move(plant)),
      planted_files_(plant_.files ? plant_.files(disk_) : nullptr),
      engine_(draw_options(random_), planted_files_ ? *planted_files_ : disk_, clock_, plant_.seams),
      workload_(random_, engine_.options().store.partition_count, engine_.options().store.window) {}

Engine::Options Oracle::draw_options(os::Random& random) {
  constexpr os::milliseconds kMinute{60'000};
  Engine::Options options;
  options.poll_bytes_max = size_t{1} << (6 + random.below(12));
  options.log.directory = kLogDirectory;
  options.log.partition_count = static_cast<uint32_t>(1 + random.below(3));
  options.log.segment_bytes = uint64_t{16 << 10} << random.below(3);
  options.log.tail_cache_bytes = random.below(2) == 0 ? 0 : 1 << 20;
  options.log.decoded_bytes_max = random.below(2) == 0 ? 0 : 1 << 20;
  options.log.group_bytes_min = uint64_t{1} << (8 + random.below(8));
  options.log.free_bytes_min = 0;
  options.store.directory = kStoreDirectory;
  options.store.partition_count = options.log.partition_count;
  options.store.window = kMinute * (random.below(2) == 0 ? 10 : 120);
  options.store.out_of_order_window = kMinute * (random.below(2) == 0 ? 0 : 60);
  options.store.head_bytes_max = random.below(3) == 0 ? 10'000 + random.below(100'000) : 1 << 30;
  options.store.scrub_interval = kMinute * (60 << random.below(8));
  if (random.below(3) == 0) options.store.retention = options.store.window * (5 + random.below(20));
  return options;
}

std::optional<std::string> Oracle::run(int steps) {
  Wrong wrong = open();
  int step = 0;
  for (; !wrong && step < steps; ++step) {
    story_ += fmt::format("step {}\n", step);
    wrong = operate();
    if (!wrong && caught_up_ && below(3) == 0) wrong = look();
  }
  if (!wrong) wrong = finish();
  if (!wrong && below(2) == 0) wrong = decay();
  engine_.close();
  if (!wrong) return std::nullopt;
  return fmt::format("seed {}, step {}: {}", seed_, step, *wrong);
}

Oracle::Wrong Oracle::operate() {
  const uint64_t kind = below(100);
  if (kind < 44) return write();
  if (kind < 54) return pass_time();
  if (kind < 58) return compact();
  if (kind < 64) return trim();
  if (kind < 68) return look_at_labels();
  if (kind < 72) return look_at_all();
  if (kind < 75) return snapshot();
  if (kind < 77) return erase();
  if (kind < 84) return restart(below(2) == 0);
  if (kind < 87) return die_at_some_call();
  if (kind < 93) return disturb();
  return heal();
}

Oracle::Wrong Oracle::write() {
  const bool encode = below(4) == 0;
  const Write write = workload_.draw_write(clock_.wall_ms(), encode);
  const Engine::Appended appended = engine_.append(write.records);
  tell(fmt::format("write of {} records: {}", write.records.size(),
                   appended.answer == Engine::Answer::kDurable   ? "durable"
                   : appended.answer == Engine::Answer::kRefused ? "refused"
                                                                 : "unknown"));
  if (appended.answer == Engine::Answer::kRefused) {
    return disturbed_ ? Wrong() : Wrong("the log refuses though nothing ails it");
  }
  for (size_t i = 0; i < write.records.size(); ++i) {
    std::optional<RecordId> record;
    if (appended.answer == Engine::Answer::kDurable)
      record = {appended.positions[i].partition.value(), appended.positions[i].offset.value()};
    for (const Model::SentSample& sent : write.samples[i]) model_.add(sent, record);
  }
  if (appended.answer == Engine::Answer::kUnknown) {
    if (!disturbed_) return "an append fails though nothing ails the disk";
    settled_ = false;
  }
  return catch_up();
}

/// As stream::PartitionWorker, again and again; a head that is full is written to blocks.
Oracle::Wrong Oracle::catch_up() {
  caught_up_ = false;
  Status applied;
  for (int tries = 0; tries < 3; ++tries) {
    applied = engine_.catch_up();
    if (engine_.miscounted()) return "a commit's report does not add up to its samples";
    if (applied.ok()) break;
    tell("cannot apply: " + applied.error().message);
    if (applied.error().code == Code::kResourceExhausted)
      (void)engine_.store().compact(Deadline::never()).ok();
  }
  if (!applied.ok()) return tolerate("apply the log", applied.error());
  if (!decayed_ && !engine_.missed().empty()) {
    return fmt::format("record {} of partition {} is lost", engine_.missed().begin()->offset,
                       engine_.missed().begin()->partition);
  }
  caught_up_ = true;
  return settle();
}

Oracle::Wrong Oracle::settle() {
  if (settled_ || decayed_ || !engine_.log().writable().ok()) return std::nullopt;
  for (uint64_t i = 0; i < Workload::kTenants; ++i) {
    const auto shown = read_all(engine_.store(), tenant_of(i), Workload::all(), TimeRange::all());
    if (!shown.ok()) return tolerate("read", shown.error());
    if (auto wrong =
            model_.check(tenant_of(i), Workload::all(), TimeRange::all(), oldest_ms(), shown->contents))
      return wrong;
    model_.settle(tenant_of(i), shown->contents);
  }
  settled_ = true;
  return std::nullopt;
}

Oracle::Wrong Oracle::look() {
  const TenantId tenant = tenant_of(below(Workload::kTenants));
  const std::vector<Matcher> matchers = workload_.draw_matchers();
  if (Wrong wrong = check_read(tenant, matchers, workload_.draw_range(clock_.wall_ms()))) return wrong;
  if (Wrong wrong = check_reduction(tenant, matchers)) return wrong;
  return check_filter(tenant, matchers);
}

/// Windows come to the same whether the store knows of them or not.
Oracle::Wrong Oracle::check_reduction(TenantId tenant, std::span<const Matcher> matchers) {
  const store::WindowReduction reduction = workload_.draw_reduction(clock_.wall_ms());
  const auto all = store::selected_summaries(engine_.store(), tenant, matchers, reduction, false);
  if (!all.ok()) return tolerate("read", all.error());
  const auto reduced = store::selected_summaries(engine_.store(), tenant, matchers, reduction, true);
  if (!reduced.ok()) return tolerate("reduced read", reduced.error());
  for (const auto& [labels, text] : *all) {
    const auto found = reduced->find(labels);
    if (found == reduced->end()) return labels + " is missing from a reduced read";
    if (found->second != text) return fmt::format("{} is reduced to {}, not {}", labels, found->second, text);
  }
  return all->size() == reduced->size() ? Wrong() : "a reduced read has other series";
}

Oracle::Wrong Oracle::check_filter(TenantId tenant, std::span<const Matcher> matchers) {
  const store::ValueFilter filter{static_cast<store::ValueFilter::Op>(below(5)),
                                  static_cast<double>(below(3)) * 50 - 1};
  const TimeRange range = workload_.draw_range(clock_.wall_ms());
  const auto all = store::selected_values(engine_.store(), tenant, matchers, range, filter, false);
  if (!all.ok()) return tolerate("read", all.error());
  const auto filtered = store::selected_values(engine_.store(), tenant, matchers, range, filter, true);
  if (!filtered.ok()) return tolerate("filtered read", filtered.error());
  const std::string wrong = store::first_difference(*filtered, *all);
  if (wrong.empty()) return std::nullopt;
  return fmt::format("a read of values (op {}) {}: {}", static_cast<int>(filter.op), filter.bound, wrong);
}

Oracle::Wrong Oracle::look_at_all() {
  if (!caught_up_) return std::nullopt;
  for (uint64_t i = 0; i < Workload::kTenants; ++i) {
    if (Wrong wrong = check_read(tenant_of(i), Workload::all(), TimeRange::all())) return wrong;
  }
  return std::nullopt;
}

Oracle::Wrong Oracle::look_at_labels() {
  if (!caught_up_) return std::nullopt;
  const bool all = below(2) == 0;
  const std::vector<Matcher> matchers = all ? std::vector<Matcher>() : workload_.draw_matchers();
  return check_labels(engine_.store(), model_, tenant_of(below(Workload::kTenants)), matchers,
                      workload_.draw_range(clock_.wall_ms()), oldest_ms());
}

Oracle::Wrong Oracle::check_read(TenantId tenant, std::span<const Matcher> matchers, const TimeRange& range) {
  const auto fingerprint = engine_.store().fingerprint(tenant, TimeRange::all(), Deadline::never());
  const auto shown = read_all(engine_.store(), tenant, matchers, range);
  if (!shown.ok()) return tolerate("read", shown.error());
  if (!shown->unreadable.empty()) return "a read says that a block is damaged";
  if (auto wrong = model_.check(tenant, matchers, range, oldest_ms(), shown->contents)) return wrong;
  const bool whole = matchers.size() == 1 && matchers[0].name() == kMetricName && range == TimeRange::all();
  return whole && fingerprint.ok() ? check_fingerprint(tenant, *fingerprint, shown->contents) : Wrong();
}

/// Equal fingerprints promise that nothing changed between the two readings.
Oracle::Wrong Oracle::check_fingerprint(TenantId tenant, uint64_t before, const Contents& contents) {
  const auto seen = seen_.find(tenant);
  if (seen != seen_.end() && seen->second.fingerprint == before && seen->second.contents != contents)
    return "the fingerprint stayed and the contents did not";
  seen_.insert_or_assign(tenant, Seen{before, contents});
  return std::nullopt;
}

Oracle::Wrong Oracle::compact() {
  tell("compact");
  const Status compacted = engine_.store().compact(Deadline::never());
  if (!compacted.ok()) return tolerate("compact", compacted.error());
  return catch_up();
}

/// Seconds to hours, with the rounds of maintenance that are then due.
Oracle::Wrong Oracle::pass_time() {
  for (uint64_t rounds = 1 + below(4); rounds > 0; --rounds)
    clock_.step(os::milliseconds(uint64_t{1'000} << below(14)));
  tell(fmt::format("it is {}", clock_.wall_ms()));
  return catch_up();
}

Oracle::Wrong Oracle::trim() {
  tell("trim");
  const Status trimmed = engine_.trim();
  return trimmed.ok() ? Wrong() : tolerate("trim", trimmed.error());
}

/// What is visible goes, and stays gone however often its records are applied again.
Oracle::Wrong Oracle::erase() {
  if (!caught_up_ || !settled_) return std::nullopt;
  const TenantId tenant = tenant_of(below(Workload::kTenants));
  const std::vector<Matcher> matchers = workload_.draw_matchers();
  const TimeRange range = workload_.draw_range(clock_.wall_ms());
  const auto erased = engine_.store().erase(tenant, matchers, range, Deadline::never());
  tell(fmt::format("erase [{}, {}] of tenant {}: {}", range.mint_ms, range.maxt_ms, tenant.value(),
                   erased.ok() ? "done" : erased.error().message));
  model_.erase(tenant, matchers, range, erased.ok());
  if (erased.ok()) return std::nullopt;
  if (Wrong wrong = tolerate("erase", erased.error())) return wrong;
  return restart(below(2) == 0);
}

Oracle::Wrong Oracle::snapshot() {
  if (!caught_up_) return std::nullopt;
  const std::string directory = fmt::format("/data/snapshot-{}", ++snapshots_);
  const bool skip_head = below(4) == 0;
  tell("snapshot to " + directory);
  const Status taken = engine_.store().snapshot({directory, skip_head}, Deadline::never());
  Wrong wrong = taken.ok() ? check_snapshot(directory, skip_head) : tolerate("snapshot", taken.error());
  const Status removed = disk_.remove_all(directory);
  if (!wrong && !removed.ok()) wrong = tolerate("remove the snapshot", removed.error());
  return wrong;
}

/// A snapshot shows what the store did, and its log begins anew. Without the head it shows a part.
Oracle::Wrong Oracle::check_snapshot(const std::string& directory, bool skip_head) {
  const auto opened = engine_.open_snapshot(directory);
  if (!opened.ok()) return tolerate("open the snapshot", opened.error());
  for (uint64_t i = 0; i < Workload::kTenants; ++i) {
    const auto all = Workload::all();
    const auto shown = read_all(**opened, tenant_of(i), all, TimeRange::all());
    if (!shown.ok() || !shown->unreadable.empty()) return "the snapshot cannot be read";
    const TimestampMs from_ms = skip_head ? TimeRange::all().maxt_ms : oldest_ms();
    if (auto wrong = model_.check(tenant_of(i), all, TimeRange::all(), from_ms, shown->contents))
      return "in the snapshot " + *wrong;
  }
  for (uint32_t i = 0; i < engine_.options().store.partition_count; ++i) {
    const auto visible = (*opened)->visible_offset(PartitionId(i));
    if (!visible.ok() || *visible != Offset(0)) return "the snapshot does not begin with a new log";
  }
  return std::nullopt;
}

Oracle::Wrong Oracle::restart(bool power_loss) {
  const bool orderly = !power_loss && below(2) == 0;
  tell(power_loss ? "power loss" : orderly ? "close and open" : "kill");
  if (!orderly) disk_.kill();
  engine_.close();
  if (power_loss) {
    disk_.crash(random_);
  } else if (!orderly) {
    disk_.reopen();
  }
  return open();
}

/// From some call on nothing reaches the disk any more; then the power goes, perhaps during the recovery too.
Oracle::Wrong Oracle::die_at_some_call() {
  disturbed_ = true;
  disk_.inject({.nth = 1 + below(60), .lasting = true, .written_bytes = below(700)});
  for (int i = 0; i < 4; ++i) {
    Wrong wrong = i == 1 ? compact() : i == 2 ? trim() : write();
    if (wrong) return wrong;
  }
  for (uint64_t deaths = below(3); deaths > 0; --deaths) {
    tell("power loss while opening");
    disk_.kill();
    engine_.close();
    disk_.crash(random_);
    disk_.clear_faults();
    disk_.inject({.nth = 1 + below(40), .lasting = true, .written_bytes = below(700)});
    if (engine_.open().ok()) settled_ = false;
  }
  disk_.kill();
  engine_.close();
  disk_.crash(random_);
  disk_.clear_faults();
  return restart(true);
}

/// A failure to come: of one call or of all from it on, as an error, a full disk or a write cut short.
Oracle::Wrong Oracle::disturb() {
  disturbed_ = true;
  if (below(4) == 0) {
    tell("the disk is nearly full");
    disk_.set_free_bytes(below(20'000));
    return std::nullopt;
  }
  os::sim::Fault fault;
  fault.nth = 1 + below(30);
  fault.code = below(2) == 0 ? Code::kIo : Code::kResourceExhausted;
  fault.lasting = below(4) == 0;
  fault.takes_effect = below(4) == 0;
  fault.written_bytes = below(700);
  const std::string places[] = {"", kLogDirectory, kStoreDirectory};
  fault.path_part = places[below(3)];
  const os::sim::Call calls[] = {os::sim::Call::kAny, os::sim::Call::kWrite, os::sim::Call::kSync};
  fault.call = calls[below(3)];
  if (fault.call != os::sim::Call::kAny) fault.nth = 1 + fault.nth % 6;
  tell(fmt::format("call {} of kind {} on '{}' will fail", fault.nth, static_cast<int>(fault.call),
                   fault.path_part));
  disk_.inject(std::move(fault));
  return std::nullopt;
}

/// The disk works again. A log that has met an error takes a restart.
Oracle::Wrong Oracle::heal() {
  if (!disturbed_) return write();
  tell("the disk works again");
  disk_.clear_faults();
  disk_.set_free_bytes(kPlentyBytes);
  disturbed_ = false;
  if (const Status writable = engine_.log().writable(); !writable.ok()) {
    tell("the log is closed: " + writable.error().message);
    return restart(below(2) == 0);
  }
  return catch_up();
}

Oracle::Wrong Oracle::open() {
  settled_ = false;
  seen_.clear();
  for (int tries = 0; tries < 2; ++tries) {
    bool opened = false;
    if (Wrong wrong = open_once(opened)) return wrong;
    if (opened) return catch_up();
  }
  disk_.clear_faults();
  disk_.set_free_bytes(kPlentyBytes);
  disturbed_ = false;
  bool opened = false;
  if (Wrong wrong = open_once(opened)) return wrong;
  return catch_up();
}

Oracle::Wrong Oracle::open_once(bool& opened) {
  const Status status = engine_.open();
  opened = status.ok();
  if (!opened) return tolerate("open", status.error());
  engine_.forget_missed();
  if (decayed_) return std::nullopt;
  if (engine_.counter("weir_store_corrupt_blocks_total") != 0) return "a block is said to be damaged";
  if (engine_.report().corrupt_bytes != 0) return "a part of the journal is said to be damaged";
  return std::nullopt;
}

/// Errors are for times of trouble, and damage is none.
Oracle::Wrong Oracle::tolerate(std::string_view what, const Error& error) {
  tell(fmt::format("cannot {}: {}", what, error.message));
  if (disturbed_ && error.code != Code::kCorruption && error.code != Code::kInternal) return std::nullopt;
  return fmt::format("cannot {}: {}", what, error.message);
}

TimestampMs Oracle::oldest_ms() const {
  const auto retention_ms = engine_.options().store.retention.count();
  return retention_ms == 0 ? 0 : std::max<TimestampMs>(0, clock_.wall_ms() - retention_ms);
}

Oracle::Wrong Oracle::finish() {
  story_ += "the end\n";
  Wrong wrong = disturbed_ ? heal() : Wrong();
  if (!wrong) wrong = compact();
  if (!wrong) wrong = look_at_all();
  if (!wrong) wrong = restart(below(2) == 0);
  if (!wrong) wrong = look_at_all();
  return wrong;
}

}  // namespace weir::oracle
