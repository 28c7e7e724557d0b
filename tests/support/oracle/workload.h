#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "log/log.h"
#include "model/batch_slice.h"
#include "os/random.h"
#include "store/store.h"
#include "support/oracle/model.h"
#include "wire/record_codec.h"

namespace weir::oracle {

inline TenantId tenant_of(uint64_t number) {
  return TenantId::from_stored(number + 1);
}

/// What one append carries: the records of a batch, one for each partition that it touches, and the samples
/// of each, in order.
struct Write {
  std::vector<log::NewRecord> records;
  std::vector<std::string> payloads;  ///< What the records' views point to.
  std::vector<std::vector<Model::SentSample>> samples;
};

/// Draws what is written and asked: some tenants, series that come and go, times in order and far out of
/// order, and values of every kind. Owned by one thread.
class Workload {
 public:
  Workload(os::Random& random, uint32_t partition_count, os::milliseconds window)
      : random_(random), partition_count_(partition_count), window_ms_(window.count()) {}

  static constexpr uint64_t kTenants = 3;

  /// `now_ms`: about when most samples are dated. With `encode` as payloads, else as batches.
  Write draw_write(TimestampMs now_ms, bool encode) {
    const TenantId tenant = tenant_of(random_.below(kTenants));
    auto batch = std::make_shared<Batch>();
    std::vector<SeriesSelection> selections(partition_count_);
    std::vector<std::vector<Model::SentSample>> samples(partition_count_);
    if (random_.below(8) == 0) ++generation_;
    const bool one_scrape = random_.below(6) == 0;
    std::vector<Sample> scraped;
    for (uint64_t left = 1 + random_.below(6); left > 0; --left) {
      const Labels labels = draw_series();
      const uint64_t hash = series_hash(tenant, labels);
      const auto partition = static_cast<uint32_t>(hash % partition_count_);
      selections[partition].indexes.push_back(static_cast<uint32_t>(batch->series_count()));
      selections[partition].hashes.push_back(hash);
      batch->begin_series(labels.view().bytes());
      if (scraped.empty() || !one_scrape) {
        scraped = draw_samples(tenant, labels, now_ms);
      } else {
        draw_values(scraped);
      }
      for (const Sample& sample : scraped) {
        batch->add_sample(sample.timestamp_ms, sample.value);
        samples[partition].push_back({tenant, labels, sample});
        remember({tenant, labels, sample});
      }
    }
    return pack(tenant, batch, std::move(selections), std::move(samples), encode);
  }

  /// One that excludes the empty string, and perhaps more.
  std::vector<Matcher> draw_matchers() {
    std::vector<Matcher> matchers;
    const std::string job = "job" + std::to_string(random_.below(4));
    switch (random_.below(4)) {
      case 0:
        matchers.push_back(Matcher::equal("job", job));
        break;
      case 1:
        matchers.push_back(make(MatchOp::kRegex, "job", "job[0-2]|nothing"));
        break;
      default:
        matchers.push_back(Matcher::any_metric());
    }
    const std::string n = std::to_string(random_.below(generation_ + 2));
    if (random_.below(3) == 0) matchers.push_back(make(MatchOp::kNotEqual, "n", n));
    if (random_.below(3) == 0) matchers.push_back(make(MatchOp::kRegex, "n", "(" + n + "|1.*)?"));
    if (random_.below(4) == 0) matchers.push_back(make(MatchOp::kNotRegex, "job", "job3|job1.*"));
    return matchers;
  }
  static std::vector<Matcher> all() { return {Matcher::any_metric()}; }

  TimeRange draw_range(TimestampMs now_ms) {
    if (random_.below(3) == 0) return TimeRange::all();
    const TimestampMs from = now_ms - static_cast<TimestampMs>(random_.below(30 * width()));
    return {from, from + static_cast<TimestampMs>(random_.below(12 * width()))};
  }
  /// Windows that hold whole minutes, mostly.
  store::WindowReduction draw_reduction(TimestampMs now_ms) {
    const auto minutes = [&](uint64_t below) {
      return static_cast<int64_t>(1 + random_.below(below)) * kMinuteMs;
    };
    store::WindowReduction out;
    out.kind = static_cast<store::WindowReduction::Kind>(random_.below(5));
    out.first_end_ms = floor_to(now_ms - static_cast<TimestampMs>(random_.below(30 * width())), kMinuteMs);
    if (random_.below(4) == 0) out.first_end_ms += static_cast<int64_t>(random_.below(kMinuteMs));
    out.range_ms = minutes(300);
    out.step_ms = minutes(60);
    out.count = 1 + random_.below(20);
    return out;
  }

 private:
  static Matcher make(MatchOp op, std::string name, std::string value) {
    return Matcher::create(op, std::move(name), std::move(value)).value();
  }
  uint64_t width() const { return static_cast<uint64_t>(window_ms_); }

  /// New generations of series take the place of old ones, which come again now and then.
  Labels draw_series() {
    const uint64_t from = generation_ > 3 && random_.below(10) != 0 ? generation_ - 3 : 0;
    const std::string n = std::to_string(from + random_.below(generation_ + 1 - from));
    const std::string job = "job" + std::to_string(random_.below(4));
    if (random_.below(12) == 0) return Labels::of({{"__name__", "lonely"}, {"job", job}});
    return Labels::of({{"__name__", "m" + std::to_string(random_.below(2))}, {"job", job}, {"n", n}});
  }

  std::vector<Sample> draw_samples(TenantId tenant, const Labels& labels, TimestampMs now_ms) {
    std::vector<Sample> samples;
    const uint64_t kind = random_.below(20);
    if (kind < 3 && repeat_one(tenant, labels, samples)) return samples;
    TimestampMs at = now_ms;
    if (kind < 8) at -= static_cast<TimestampMs>(random_.below(2 * width()));
    if (kind == 8) at -= static_cast<TimestampMs>(random_.below(40 * width()));
    if (kind == 9) at += static_cast<TimestampMs>(random_.below(width()));
    const uint64_t step = uint64_t{1} << random_.below(16);
    // Runs are long now and then, so that chunks are copied whole where blocks are merged.
    const uint64_t count = random_.below(12) == 0 ? 300 + random_.below(300) : 1 + random_.below(5);
    for (uint64_t i = 0; i < count; ++i) {
      samples.push_back({std::max<TimestampMs>(0, at), 0});
      at += static_cast<TimestampMs>(1 + random_.below(step));
    }
    draw_values(samples);
    if (random_.below(6) == 0) std::reverse(samples.begin(), samples.end());
    return samples;
  }

  /// A sample of the series that was sent before: the same again, or at the same time another value.
  bool repeat_one(TenantId tenant, const Labels& labels, std::vector<Sample>& out) {
    for (int tries = 0; tries < 20 && !sent_.empty(); ++tries) {
      const Model::SentSample& sent = sent_[random_.below(sent_.size())];
      if (sent.tenant != tenant || sent.labels != labels) continue;
      out.push_back({sent.sample.timestamp_ms,
                     random_.below(2) == 0 ? sent.sample.value : draw_value(random_.below(6), 0)});
      return true;
    }
    return false;
  }
  void remember(const Model::SentSample& sent) {
    constexpr size_t kRemembered = 256;
    if (sent_.size() < kRemembered) {
      sent_.push_back(sent);
    } else {
      sent_[random_.below(kRemembered)] = sent;
    }
  }

  /// Of one kind, in place of those that are there.
  void draw_values(std::vector<Sample>& samples) {
    const uint64_t kind = random_.below(6);
    for (size_t i = 0; i < samples.size(); ++i) samples[i].value = draw_value(kind, i);
  }

  double draw_value(uint64_t kind, uint64_t i) {
    if (random_.below(30) == 0) {
      constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
      constexpr double kInfinity = std::numeric_limits<double>::infinity();
      const double special[] = {stale_marker(), kNan, kInfinity, -0.0, 0.0, 5e-324};
      return special[random_.below(std::size(special))];
    }
    switch (kind) {
      case 0:
        return static_cast<double>(i);
      case 1:
        return static_cast<double>(random_.below(1'000'000)) / 100;
      case 2:
        return 42;
      case 3:
        return static_cast<double>(random_.below(3));
      default:
        return std::ldexp(random_.unit() - 0.5, static_cast<int>(random_.below(80)) - 40);
    }
  }

  Write pack(TenantId tenant, const std::shared_ptr<const Batch>& batch,
             std::vector<SeriesSelection> selections, std::vector<std::vector<Model::SentSample>> samples,
             bool encode) {
    Write write;
    write.payloads.resize(partition_count_);
    for (uint32_t i = 0; i < partition_count_; ++i) {
      if (selections[i].indexes.empty()) continue;
      if (encode) codec_->encode(*batch, selections[i].indexes, write.payloads[i]);
      auto slice = std::make_shared<const BatchSlice>(BatchSlice{batch, std::move(selections[i])});
      write.records.push_back({.tenant = tenant,
                               .partition = PartitionId(i),
                               .payload = write.payloads[i],
                               .decoded = std::move(slice)});
      write.samples.push_back(std::move(samples[i]));
    }
    return write;
  }

  os::Random& random_;
  const uint32_t partition_count_;
  const int64_t window_ms_;
  const std::unique_ptr<wire::RecordCodec> codec_ = wire::batch_record_codec();
  uint64_t generation_ = 1;
  std::vector<Model::SentSample> sent_;
};

}  // namespace weir::oracle
