#include "rules/ruler/ruler.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <tuple>

#include "base/guarded.h"
#include "os/due_tasks.h"
#include "rules/rule_file_text.h"
#include "rules/ruler/group_task.h"

namespace weir::rules {

class Ruler::Impl {
 public:
  Impl(const RulerOptions& options, const RulerParts& parts)
      : options_(options),
        parts_(parts),
        metrics_(parts.registry),
        host_{options_, parts_, metrics_, triggers_, changed_function()},
        tasks_("ruler", options.threads, parts.clock) {}
  ~Impl() {
    alive_->with([](Impl*& impl) { impl = nullptr; });
  }

  void set_groups(std::vector<TenantGroup> wanted) {
    std::lock_guard lock(mutex_);
    std::map<Key, Entry> former = std::exchange(entries_, {});
    for (TenantGroup& group : wanted) {
      Key key{group.tenant, group.name_space, group.group.name};
      if (entries_.contains(key)) continue;
      if (auto node = former.extract(key); !node.empty()) {
        keep(node.mapped(), std::move(group.group));
        entries_.insert(std::move(node));
      } else {
        entries_.emplace(std::move(key), add(std::move(group)));
      }
    }
    for (const auto& [key, entry] : former) {
      entry.task->retire();
      by_number_.with([&](ByNumber& tasks) {
        std::erase_if(tasks, [&](const auto& one) { return one.second == entry.task; });
      });
      tasks_.make_due(entry.task);
    }
  }

  void applied(std::span<const store::AppliedRecord> records) {
    std::vector<TriggerIndex::Change> changes;
    for (const store::AppliedRecord& record : records) triggers_.look_at(record, changes);
    for (const TriggerIndex::Change& change : changes) {
      if (const auto task = find(change.rule.group)) {
        task->wake(change.rule.rule, change.at_ms);
        tasks_.make_due(task);
      }
    }
  }

  void release_groups() {
    {
      std::lock_guard lock(mutex_);
      for (const auto& [number, task] :
           by_number_.with([](ByNumber& tasks) { return std::exchange(tasks, {}); }))
        task->forget_triggers();
      entries_.clear();
    }
    tasks_.release();
  }

  std::vector<GroupStatus> groups(TenantId tenant) const {
    std::vector<GroupStatus> out;
    std::lock_guard lock(mutex_);
    for (auto at = entries_.lower_bound(Key{tenant, "", ""});
         at != entries_.end() && std::get<TenantId>(at->first) == tenant; ++at)
      out.push_back(at->second.task->status());
    return out;
  }

 private:
  using Key = std::tuple<TenantId, std::string, std::string>;
  using ByNumber = std::map<uint64_t, std::shared_ptr<GroupTask>>;
  struct Entry {
    RuleGroup group;
    std::shared_ptr<GroupTask> task;
  };

  std::shared_ptr<GroupTask> find(uint64_t number) const {
    return by_number_.with([&](const ByNumber& tasks) -> std::shared_ptr<GroupTask> {
      const auto task = tasks.find(number);
      return task == tasks.end() ? nullptr : task->second;
    });
  }

  /// Who commits may still call it when this ruler is gone.
  std::function<void(uint64_t group, size_t rule, TimestampMs newest_ms)> changed_function() {
    return [alive = alive_](uint64_t group, size_t rule, TimestampMs newest_ms) {
      alive->with([&](Impl*& impl) {
        const auto task = impl == nullptr ? nullptr : impl->find(group);
        if (task == nullptr) return;
        task->note_changed(rule, newest_ms);
        impl->tasks_.make_due(task);
      });
    };
  }

  // What follows is called with mutex_ held.

  Entry add(TenantGroup group) {
    RuleGroup rules = group.group;
    const uint64_t number = next_number_++;
    auto task = std::make_shared<GroupTask>(std::move(group), number, host_);
    by_number_.with([&](ByNumber& tasks) { tasks.emplace(number, task); });
    tasks_.make_due(task);
    return {std::move(rules), std::move(task)};
  }

  void keep(Entry& entry, RuleGroup group) {
    if (same_rules(entry.group, group)) return;
    entry.task->change(group);
    entry.group = std::move(group);
    tasks_.make_due(entry.task);
  }

  const RulerOptions options_;
  const RulerParts parts_;
  RulerMetrics metrics_;
  TriggerIndex triggers_;
  const std::shared_ptr<Guarded<Impl*>> alive_ = std::make_shared<Guarded<Impl*>>(std::in_place, this);
  GroupTask::Host host_;
  Guarded<ByNumber> by_number_;
  mutable std::mutex mutex_;
  std::map<Key, Entry> entries_;  // guarded by mutex_, as is what follows
  uint64_t next_number_ = 0;
  os::DueTasks tasks_;  // last: its threads use all else
};

Ruler::Ruler(const RulerOptions& options, const RulerParts& parts)
    : impl_(std::make_unique<Impl>(options, parts)) {}
Ruler::~Ruler() = default;

void Ruler::applied(std::span<const store::AppliedRecord> records) {
  impl_->applied(records);
}

void Ruler::release_groups() {
  impl_->release_groups();
}

void Ruler::set_groups(std::vector<TenantGroup> groups) {
  impl_->set_groups(std::move(groups));
}

std::vector<GroupStatus> Ruler::groups(TenantId tenant) const {
  return impl_->groups(tenant);
}

}  // namespace weir::rules
