#include "gateway/upstreams.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include <fmt/format.h>

#include "gateway/upstream_check.h"

namespace weir::gateway {
namespace {

bool is_host_port(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const std::string_view host = text.substr(0, colon), port = text.substr(colon + 1);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (!bracketed && host.find_first_of(":[]/@?# \t") != std::string_view::npos) return false;
  uint16_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  return error == std::errc() && end == port.data() + port.size() && number > 0;
}

Status check_names(std::string_view surface, const std::vector<std::string>& names) {
  if (names.size() > UpstreamSet::kUpstreamsMax) {
    return invalid_argument(
        fmt::format("{} upstreams: {}, limit {}", surface, names.size(), UpstreamSet::kUpstreamsMax));
  }
  std::set<std::string_view> seen;
  for (const std::string& name : names) {
    if (!is_host_port(name)) {
      return invalid_argument(fmt::format("{} upstream '{}': not HOST:PORT", surface, name));
    }
    if (!seen.insert(name).second) {
      return invalid_argument(fmt::format("{} upstream '{}': named twice", surface, name));
    }
  }
  return {};
}

uint64_t load_of(const Upstream& upstream, bool stream) {
  return stream ? upstream.streams() : upstream.in_flight();
}

}  // namespace

UpstreamSet::UpstreamSet(Surface surface, std::vector<std::unique_ptr<Upstream>> upstreams,
                         const UpstreamsOptions& options)
    : surface_(surface),
      upstreams_(std::move(upstreams)),
      budget_(options.retry_ratio, options.retries_min) {}

std::optional<UpstreamSet::Pick> UpstreamSet::pick(uint64_t tried, bool stream) {
  const size_t turn = turn_.fetch_add(1, std::memory_order_relaxed);
  for (;;) {
    size_t best = upstreams_.size();
    for (size_t i = 0; i < upstreams_.size(); ++i) {
      const size_t at = (turn + i) % upstreams_.size();
      const bool takes = (tried >> at & 1) == 0 && upstreams_[at]->state() == UpstreamState::kServing;
      if (!takes) continue;
      if (best == upstreams_.size() ||
          load_of(*upstreams_[at], stream) < load_of(*upstreams_[best], stream)) {
        best = at;
      }
    }
    if (best == upstreams_.size()) return std::nullopt;
    Result<resilience::CircuitBreaker::Permit> permit = upstreams_[best]->breaker().try_acquire();
    if (permit.ok()) return Pick{upstreams_[best].get(), best, std::move(permit).value()};
    tried |= uint64_t{1} << best;
  }
}

std::string UpstreamSet::why_none() const {
  std::map<std::string_view, size_t> counts;
  for (const auto& upstream : upstreams_) {
    const UpstreamState state = upstream->state();
    ++counts[state == UpstreamState::kServing ? "behind an open breaker" : upstream_state_name(state)];
  }
  std::string text = fmt::format("no {} upstream takes requests now", surface_name(surface_));
  for (const auto& [state, count] : counts) fmt::format_to(std::back_inserter(text), ", {} {}", count, state);
  return text;
}

Result<std::unique_ptr<Upstreams>> Upstreams::create(UpstreamsOptions options, os::Clock& clock,
                                                     telemetry::Registry& registry) {
  RETURN_IF_ERROR(check_names("write", options.write));
  RETURN_IF_ERROR(check_names("read", options.read));
  return std::make_unique<Upstreams>(Key{}, std::move(options), clock, registry);
}

Upstreams::Upstreams(Key, UpstreamsOptions options, os::Clock& clock, telemetry::Registry& registry)
    : options_(std::move(options)),
      clock_(clock),
      write_(Surface::kWrite, make(Surface::kWrite, options_.write, registry), options_),
      read_(Surface::kRead, make(Surface::kRead, options_.read, registry), options_),
      unchecked_(write_.all().size() + read_.all().size()) {}

Upstreams::~Upstreams() {
  stop();
}

std::vector<std::unique_ptr<Upstream>> Upstreams::make(Surface surface, const std::vector<std::string>& names,
                                                       telemetry::Registry& registry) const {
  resilience::BreakerOptions breaker = options_.breaker;
  if (surface == Surface::kRead) breaker.slow_ratio = 2;  // never reached
  std::vector<std::unique_ptr<Upstream>> upstreams;
  for (const std::string& name : names) {
    upstreams.push_back(std::make_unique<Upstream>(
        Upstream::Options{surface, name, options_.failures_out, breaker}, clock_, registry));
  }
  return upstreams;
}

void Upstreams::start() {
  for (UpstreamSet* set : {&write_, &read_}) {
    for (const auto& upstream : set->all()) {
      threads_.emplace_back("upstream-check", [this, &watched = *upstream](std::stop_token stop) {
        UpstreamCheck check(watched, options_.check_timeout);
        check.run();
        --unchecked_;
        while (clock_.sleep_until(clock_.steady() + options_.check_interval, stop)) check.run();
      });
    }
  }
}

void Upstreams::stop() {
  for (os::Thread& thread : threads_) thread.request_stop();
  for (os::Thread& thread : threads_) thread.join();
  threads_.clear();
}

UpstreamSet* Upstreams::set(Surface surface) {
  UpstreamSet* set = nullptr;
  if (surface == Surface::kWrite) set = &write_;
  if (surface == Surface::kRead) set = &read_;
  return set == nullptr || set->empty() ? nullptr : set;
}

bool Upstreams::checked() const {
  return unchecked_ == 0;
}

std::vector<UpstreamStatus> Upstreams::status() const {
  std::vector<UpstreamStatus> all;
  for (const UpstreamSet* set : {&write_, &read_}) {
    for (const auto& upstream : set->all()) all.push_back(upstream->status());
  }
  return all;
}

}  // namespace weir::gateway
