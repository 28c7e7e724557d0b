#include "ingest/ingester.h"

#include <numeric>

namespace weir::ingest {
namespace {

constexpr std::string_view kRejectedName = "weir_ingest_rejected_samples_total";
constexpr std::string_view kRejectedHelp = "Samples refused, by reason.";

std::array<telemetry::Counter*, kReasonCount> rejected_counters(telemetry::Registry& registry) {
  std::array<telemetry::Counter*, kReasonCount> counters;
  for (size_t i = 0; i < kReasonCount; ++i) {
    const std::string code(reason_code(static_cast<Reason>(i)));
    counters[i] = &registry.counter(kRejectedName, kRejectedHelp, {{"reason", code}});
  }
  return counters;
}

std::array<telemetry::Counter*, kExemplarFaultCount> dropped_counters(telemetry::Registry& registry) {
  std::array<telemetry::Counter*, kExemplarFaultCount> counters;
  for (size_t i = 0; i < kExemplarFaultCount; ++i) {
    const std::string code(fault_code(static_cast<ExemplarFault>(i)));
    counters[i] =
        &registry.counter("weir_ingest_dropped_exemplars_total",
                          "Exemplars left out of what was accepted, by reason.", {{"reason", code}});
  }
  return counters;
}

std::vector<log::NewRecord> as_new_records(const WriteContext& context,
                                           const std::vector<EncodedRecord>& records) {
  std::vector<log::NewRecord> out;
  out.reserve(records.size());
  for (const EncodedRecord& record : records)
    out.push_back({context.tenant, record.partition, record.payload, context.trace_parent, record.decoded});
  return out;
}

}  // namespace

Ingester::Ingester(log::Log& log, const wire::RecordCodec& codec, const os::Clock& clock,
                   telemetry::Registry& registry)
    : log_(log),
      codec_(codec),
      clock_(clock),
      counters_{registry.counter("weir_ingest_batches_total", "Batches judged."),
                registry.counter("weir_ingest_samples_total", "Samples accepted: durable in the log."),
                registry.counter("weir_ingest_failed_samples_total",
                                 "Good samples that the log did not take, or may not have taken."),
                rejected_counters(registry),
                registry.counter("weir_ingest_exemplars_total", "Exemplars accepted: durable in the log."),
                dropped_counters(registry)} {}

void Ingester::count_dropped(const ExemplarFaults& dropped) {
  for (size_t i = 0; i < kExemplarFaultCount; ++i) {
    if (dropped[i] > 0) counters_.dropped_exemplars[i]->add(dropped[i]);
  }
}

void Ingester::write(const WriteContext& context, std::shared_ptr<const Batch> batch,
                     Completion<Verdict> done) {
  if (read_only_) return done(unavailable("this server is being moved and takes no writes; try again"));
  const TimestampMs now_ms = clock_.wall_ms();
  Judgement judgement = judge(*batch, context.limits, now_ms);
  lateness_.came(context.tenant, *batch, now_ms);
  counters_.batches.add();
  for (size_t i = 0; i < kReasonCount; ++i) counters_.rejected[i]->add(judgement.rejected_samples[i]);
  count_dropped(judgement.dropped_exemplars);

  Verdict verdict;
  verdict.accepted_samples = judgement.good_samples;
  verdict.accepted_histograms = judgement.good_histograms;
  verdict.accepted_exemplars = judgement.good_exemplars;
  verdict.dropped_exemplars = judgement.dropped_exemplars;
  verdict.rejected_samples =
      std::accumulate(judgement.rejected_samples.begin(), judgement.rejected_samples.end(), uint64_t{0});
  verdict.rejected_by_reason = judgement.rejected_samples;
  verdict.rejections = std::move(judgement.rejections);
  if (judgement.good_samples + judgement.good_exemplars == 0) return done(std::move(verdict));

  const SplitOptions options{codec_, log_.partition_count(), log_.record_bytes_max(), !log_.encodes()};
  const std::vector<EncodedRecord> records = split(context.tenant, batch, judgement, options);
  // The completion may outlive this object, so it holds the counters, which live in the registry.
  log_.append(as_new_records(context, records), context.deadline,
              [counters = counters_, verdict = std::move(verdict),
               done = std::move(done)](Result<std::vector<log::Position>> positions) mutable {
                if (!positions.ok()) {
                  counters.failed.add(verdict.accepted_samples);
                  return done(std::move(positions).error());
                }
                counters.accepted.add(verdict.accepted_samples);
                counters.exemplars.add(verdict.accepted_exemplars);
                verdict.positions = *std::move(positions);
                done(std::move(verdict));
              });
}

Ingester::Totals Ingester::totals() const {
  Totals totals;
  totals.accepted = counters_.accepted.value();
  for (const telemetry::Counter* counter : counters_.rejected) totals.rejected += counter->value();
  return totals;
}

}  // namespace weir::ingest
