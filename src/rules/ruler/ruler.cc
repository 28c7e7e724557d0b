#include "rules/ruler/ruler.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <tuple>

#include "os/threads.h"
#include "rules/rule_file_text.h"
#include "rules/ruler/group_task.h"

namespace weir::rules {

class Ruler::Impl {
 public:
  Impl(const RulerOptions& options, const RulerParts& parts)
      : options_(options), parts_(parts), metrics_(parts.registry) {
    for (size_t i = 0; i < options_.threads; ++i)
      threads_.emplace_back("ruler", [this](std::stop_token stop) { run(stop); });
  }

  ~Impl() {
    for (os::Thread& thread : threads_) thread.request_stop();
    threads_.clear();
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
      std::erase_if(by_number_, [&](const auto& one) { return one.second == entry.task; });
      make_due(entry.task);
    }
    changed_.notify_all();
  }

  void applied(std::span<const store::AppliedRecord> records) {
    std::vector<TriggerIndex::Change> changes;
    for (const store::AppliedRecord& record : records) triggers_.look_at(record, changes);
    if (changes.empty()) return;
    std::lock_guard lock(mutex_);
    for (const TriggerIndex::Change& change : changes) {
      const auto task = by_number_.find(change.rule.group);
      if (task == by_number_.end()) continue;
      task->second->wake(change.rule.rule, change.at_ms);
      make_due(task->second);
    }
    changed_.notify_all();
  }

  void release_groups() {
    std::unique_lock lock(mutex_);
    for (const auto& [number, task] : by_number_) task->forget_triggers();
    by_number_.clear();
    entries_.clear();
    queue_.clear();
    ++generation_;
    rested_.wait(lock, [this] { return running_.empty(); });
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
  struct Entry {
    RuleGroup group;
    std::shared_ptr<GroupTask> task;
  };

  // The private functions are called with mutex_ held.

  Entry add(TenantGroup group) {
    RuleGroup rules = group.group;
    const uint64_t number = next_number_++;
    auto task = std::make_shared<GroupTask>(std::move(group), number, options_, parts_, metrics_, triggers_);
    by_number_.emplace(number, task);
    make_due(task);
    return {std::move(rules), std::move(task)};
  }

  void keep(Entry& entry, RuleGroup group) {
    if (same_rules(entry.group, group)) return;
    entry.task->change(group);
    entry.group = std::move(group);
    make_due(entry.task);
  }

  // One that a thread is at comes back to the queue by itself.
  void make_due(const std::shared_ptr<GroupTask>& task) {
    if (running_.contains(task)) {
      again_.insert(task);
      return;
    }
    std::erase_if(queue_, [&](const auto& entry) { return entry.second == task; });
    queue_.emplace(parts_.clock.steady(), task);
  }

  void run(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
      if (queue_.empty()) {
        changed_.wait(lock, stop, [this] { return !queue_.empty(); });
        continue;
      }
      const os::SteadyTime due = queue_.begin()->first;
      if (due > parts_.clock.steady()) {
        changed_.wait_until(lock, stop, due, [&] { return queue_.empty() || queue_.begin()->first < due; });
        continue;
      }
      const std::shared_ptr<GroupTask> task = queue_.extract(queue_.begin()).mapped();
      running_.insert(task);
      const uint64_t generation = generation_;
      lock.unlock();
      const auto next = task->step();
      lock.lock();
      running_.erase(task);
      const bool again = again_.erase(task) > 0;
      if (next && generation == generation_) queue_.emplace(again ? parts_.clock.steady() : *next, task);
      changed_.notify_one();
      rested_.notify_all();
    }
  }

  const RulerOptions options_;
  const RulerParts parts_;
  RulerMetrics metrics_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::condition_variable rested_;
  std::map<Key, Entry> entries_;                                     // guarded by mutex_, as is what follows
  std::multimap<os::SteadyTime, std::shared_ptr<GroupTask>> queue_;  // those that no thread is at
  std::set<std::shared_ptr<GroupTask>> running_;
  std::set<std::shared_ptr<GroupTask>> again_;  // of those, what has to be due when its thread is done
  uint64_t generation_ = 0;                     // of releases
  TriggerIndex triggers_;
  std::map<uint64_t, std::shared_ptr<GroupTask>> by_number_;
  uint64_t next_number_ = 0;
  std::vector<os::Thread> threads_;  // last: they use all else
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
