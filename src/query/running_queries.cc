#include "query/running_queries.h"

#include <optional>

#include <fmt/format.h>

#include "telemetry/logger.h"

namespace weir::query {

Status RunningQuery::proceed() const {
  if (killed_.cancelled()) return cancelled("query: it was killed");
  if (client_gone_ != nullptr && client_gone_->cancelled()) return cancelled("query: the client is gone");
  return {};
}

RunningQueries::Entry::Entry(RunningQueries& queries, QueryDescription asked,
                             std::shared_ptr<const Cancellation> client_gone)
    : queries_(queries), query_(std::make_shared<RunningQuery>(std::move(client_gone))) {
  Known known{std::move(asked), queries.clock_.wall_ms(), queries.clock_.steady(), query_};
  id_ = queries.state_.with([&](State& state) {
    state.running.emplace(state.next_id, std::move(known));
    return state.next_id++;
  });
}

void RunningQueries::Entry::finish(std::string_view outcome) {
  if (std::exchange(finished_, true)) return;
  queries_.remove(id_, outcome);
}

std::vector<QueryReport> RunningQueries::running(TenantId tenant) const {
  return state_.with([&](const State& state) {
    std::vector<QueryReport> out;
    for (const auto& [id, known] : state.running) {
      if (may_see(tenant, known.asked)) out.push_back(report(id, known));
    }
    return out;
  });
}

std::vector<QueryReport> RunningQueries::slow(TenantId tenant) const {
  return state_.with([&](const State& state) {
    std::vector<QueryReport> out;
    for (const QueryReport& report : state.slow) {
      if (may_see(tenant, report.asked)) out.push_back(report);
    }
    return out;
  });
}

bool RunningQueries::kill(TenantId tenant, uint64_t id) {
  return state_.with([&](State& state) {
    const auto found = state.running.find(id);
    if (found == state.running.end() || !may_see(tenant, found->second.asked)) return false;
    found->second.query->kill();
    return true;
  });
}

QueryReport RunningQueries::report(uint64_t id, const Known& known) const {
  return {.id = id,
          .asked = known.asked,
          .began_ms = known.began_ms,
          .took = std::chrono::duration_cast<os::milliseconds>(clock_.steady() - known.began),
          .series_read = known.query->series_read(),
          .samples_read = known.query->samples_read(),
          .outcome = {}};
}

void RunningQueries::remove(uint64_t id, std::string_view outcome) {
  const std::optional<QueryReport> slow = state_.with([&](State& state) -> std::optional<QueryReport> {
    const auto found = state.running.find(id);
    QueryReport done = report(id, found->second);
    state.running.erase(found);
    if (done.took < slow_) return std::nullopt;
    done.outcome = outcome;
    if (state.slow.size() == kSlowMax) state.slow.pop_back();
    state.slow.push_front(done);
    return done;
  });
  if (!slow) return;
  telemetry::log_warn("query", "a query was slow",
                      {{"tenant", slow->asked.tenant.value()},
                       {"query", slow->asked.text},
                       {"took_ms", slow->took.count()},
                       {"series", slow->series_read},
                       {"samples", slow->samples_read},
                       {"outcome", slow->outcome}});
}

}  // namespace weir::query
