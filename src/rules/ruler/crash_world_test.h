#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "rules/ruler/crash_outcome_test.h"
#include "rules/ruler/crash_rules_test.h"
#include "rules/ruler/group_task.h"
#include "rules/ruler/rule_documents.h"

namespace weir::rules {

/// Groups of rules in the world of crashes: what Ruler does with threads happens here when a test says so. A
/// sender sends samples in the order of time, each until it is acknowledged, and the watermark does not pass
/// what is not: so what rules make is determined, however often the process dies.
class RuleWorld : public aggregation::CrashWorld::Guest {
 public:
  explicit RuleWorld(uint64_t seed) : seed_(seed), world_(seed, crash_definitions()) {
    options_.external_labels = {{"region", "eu"}};
    options_.external_url = "http://weir.example";
    options_.unknown_ms_max = 10'000;
    world_.watermark_ms = [this] { return watermark_ms(); };
    world_.set_guest(this);
  }
  ~RuleWorld() override {
    end();
    world_.set_guest(nullptr);
  }

  aggregation::CrashWorld& world() { return world_; }
  os::Random& random() { return world_.random(); }

  /// Sends what has not been acknowledged, up to now or a little earlier.
  Status send() {
    const TimestampMs to_ms = world_.now_ms() - static_cast<TimestampMs>(random().below(1'500));
    if (to_ms <= sent_ms_) return {};
    const auto samples = crash_samples(seed_, sent_ms_, to_ms);
    if (!samples.empty()) RETURN_IF_ERROR(world_.try_write(samples));
    sent_ms_ = to_ms;
    return {};
  }
  /// Sends again what has come already.
  Status send_again() {
    const auto ago_ms = static_cast<int64_t>(random().below(20'000));
    const auto samples =
        crash_samples(seed_, std::max(sent_ms_ - ago_ms, aggregation::CrashWorld::kStart), sent_ms_);
    return samples.empty() ? Status() : world_.try_write(samples);
  }
  /// One of the next calls that the groups make fails, 1 being the next one: once, or since the process dies
  /// there. A write that fails may have taken effect.
  void fail_at(uint64_t call, bool dies) {
    calls_left_ = call;
    dies_ = dies;
  }

  /// Without a fault, until all groups are evaluated for `until_ms`.
  void settle(TimestampMs until_ms) {
    calls_left_ = 0;
    for (int round = 0; evaluated_ms() < until_ms && round < 400; ++round) {
      if (!send().ok() || !world_.work().ok()) world_.crash();
      world_.pass(os::milliseconds(500));
    }
    EXPECT_GE(evaluated_ms(), until_ms);
  }
  /// What all groups are evaluated for.
  TimestampMs evaluated_ms() const {
    TimestampMs least_ms = std::numeric_limits<TimestampMs>::max();
    for (const auto& task : tasks_) least_ms = std::min(least_ms, task->status().evaluated_ms);
    return least_ms;
  }

  const std::vector<RuleGroup>& groups() const { return groups_; }
  const RulerOptions& options() const { return options_; }
  TimestampMs first_ms(size_t group) const { return first_ms_[group]; }
  GroupStatus status(size_t group) const { return tasks_[group]->status(); }
  /// What the catalogue has of it.
  RememberedGroup kept(size_t group) { return decode_state(document(group)->body).value(); }
  /// In all lives.
  const Told& told() const { return told_; }
  /// What was told before the catalogue had it.
  const std::set<std::string>& told_too_early() const { return told_too_early_; }

 private:
  static constexpr const char* kNameSpace = "file";

  TimestampMs watermark_ms() const { return std::min(sent_ms_, world_.now_ms() - 2'000); }

  void begin() override {
    calls_left_ = 0;
    is_dead_ = false;
    metrics_.emplace(world_.registry());
    engine_.emplace(world_.store(), crash_engine_options(), world_.clock());
    for (size_t i = 0; i < groups_.size(); ++i) {
      parts_.push_back(parts(i));
      hosts_.emplace_back(options_, parts_.back(), *metrics_, triggers_);
      tasks_.push_back(std::make_unique<GroupTask>(
          TenantGroup{aggregation::CrashWorld::kTenant, kNameSpace, groups_[i]}, i, hosts_.back()));
    }
  }
  void end() override {
    tasks_.clear();
    hosts_.clear();
    parts_.clear();
    engine_.reset();
    metrics_.reset();
  }
  Status step() override {
    const size_t first = random().below(tasks_.size());
    for (size_t i = 0; i < tasks_.size(); ++i) {
      GroupTask& task = *tasks_[(first + i) % tasks_.size()];
      for (uint64_t left = 1 + random().below(20); left > 0 && !is_dead_; --left) {
        if (*task.step() > world_.clock().steady()) break;
      }
      if (is_dead_) return unavailable("the process is dead");
      if (random().below(4) == 0) RETURN_IF_ERROR(send());
    }
    return {};
  }

  RulerParts parts(size_t group) {
    RulerParts parts{world_.clock(), world_.registry(), world_.meta(), {}, {}, {}, {}};
    parts.watermark_ms = [this, group](TenantId) -> std::optional<TimestampMs> {
      const TimestampMs watermark_ms = this->watermark_ms();
      return group == 0 ? watermark_ms : std::min(watermark_ms, world_.complete_ms());
    };
    parts.query = [this, group](TenantId tenant, const std::string& expr,
                                TimestampMs at_ms) -> Result<std::vector<RuleSample>> {
      // An annotation whose query fails says so, and the evaluation goes on.
      if (fails() && (is_dead_ || expr != kAskedByTemplate)) return unavailable("the store is away");
      TimestampMs& first_ms = first_ms_[group];
      if (first_ms == 0) first_ms = at_ms + groups_[group].query_offset_ms.value_or(0);
      return instant_vector(*engine_, {tenant, limits_, Deadline::never()}, expr, at_ms);
    };
    parts.write = [this](TenantId, const Batch& samples) -> Status {
      if (fails()) return unavailable("the log is away");
      RETURN_IF_ERROR(world_.append(std::make_shared<Batch>(samples)));
      return fails() ? Status(unavailable("the answer is lost")) : Status();
    };
    parts.announce = [this, group](TenantId, const std::vector<AnnouncedAlert>& alerts) {
      if (!fails() || !is_dead_) note_told(group, alerts);
    };
    return parts;
  }
  void note_told(size_t group, const std::vector<AnnouncedAlert>& alerts) {
    const bool can_be_read = document(group).ok();
    const std::set<std::string> durable = can_be_read ? incident_texts(kept(group)) : std::set<std::string>();
    for (const AnnouncedAlert& one : alerts) {
      told_.note(one.alert);
      const std::string incident = incident_text(one.alert);
      if (can_be_read && !durable.contains(incident)) told_too_early_.insert(incident);
    }
  }
  Result<meta::Document> document(size_t group) {
    return world_.meta().get(aggregation::CrashWorld::kTenant, "rule-state",
                             group_key(kNameSpace, groups_[group].name), Deadline::never());
  }
  /// Whether this call of a group fails. In a dead process nothing has an effect.
  bool fails() {
    if (calls_left_ == 0 || --calls_left_ > 0) return is_dead_;
    if (!dies_) return true;
    is_dead_ = true;
    world_.meta().takes_effect = false;
    world_.meta().fails = true;
    return true;
  }

  const uint64_t seed_;
  const std::vector<RuleGroup> groups_ = crash_groups();
  RulerOptions options_;
  const weir::Limits limits_;
  std::vector<TimestampMs> first_ms_ = std::vector<TimestampMs>(groups_.size());
  TimestampMs sent_ms_ = aggregation::CrashWorld::kStart;  // acknowledged up to there
  uint64_t calls_left_ = 0;
  bool dies_ = false;
  bool is_dead_ = false;
  Told told_;
  std::set<std::string> told_too_early_;

  // Of one life.
  TriggerIndex triggers_;
  std::optional<RulerMetrics> metrics_;
  std::optional<query::Engine> engine_;
  std::deque<RulerParts> parts_;
  std::deque<GroupTask::Host> hosts_;
  std::vector<std::unique_ptr<GroupTask>> tasks_;

  aggregation::CrashWorld world_;  // last: it ends what is above
};

}  // namespace weir::rules
