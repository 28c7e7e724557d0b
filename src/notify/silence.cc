#include "notify/silence.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "os/random.h"

namespace weir::notify {
namespace {

// A random UUID, RFC 9562, section 5.4.
std::string new_id() {
  std::string bytes = os::secure_random_bytes(16);
  bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
  std::string id;
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) id += '-';
    id += fmt::format("{:02x}", static_cast<uint8_t>(bytes[i]));
  }
  return id;
}

Status check(const Silence& silence, TimestampMs now_ms) {
  if (silence.matchers.empty()) return invalid_argument("silence: it needs a matcher");
  if (all_match_absent(silence.matchers))
    return invalid_argument("silence: one of its matchers must not match an alert without the label");
  if (silence.ends_at_ms <= silence.starts_at_ms)
    return invalid_argument("silence: it ends before it starts");
  if (silence.ends_at_ms <= now_ms) return invalid_argument("silence: its end is in the past");
  return ok_status();
}

Error no_such(std::string_view id) {
  return not_found(fmt::format("silence {}: there is none with this id", id));
}

void end(Silence& silence, TimestampMs now_ms) {
  silence.starts_at_ms = std::min(silence.starts_at_ms, now_ms);
  silence.ends_at_ms = std::min(silence.ends_at_ms, now_ms);
  silence.updated_at_ms = now_ms;
}

}  // namespace

std::string_view Silence::state(TimestampMs now_ms) const {
  if (now_ms < starts_at_ms) return "pending";
  return now_ms < ends_at_ms ? "active" : "expired";
}

bool Silence::silences(LabelsView labels, TimestampMs now_ms) const {
  return now_ms >= starts_at_ms && now_ms < ends_at_ms && all_match(matchers, labels);
}

Result<std::string> Silences::set(TenantId tenant, Silence silence, TimestampMs now_ms) {
  RETURN_IF_ERROR(check(silence, now_ms));
  silence.updated_at_ms = now_ms;
  return tenants_.with([&](auto& tenants) -> Result<std::string> {
    ById& all = tenants[tenant];
    std::erase_if(all, [&](const auto& entry) { return entry.second.ends_at_ms + kKeptMs <= now_ms; });
    if (!silence.id.empty()) {
      const auto found = all.find(silence.id);
      if (found == all.end()) return no_such(silence.id);
      const bool is_over = found->second.ends_at_ms <= now_ms;
      if (!is_over && found->second.matchers == silence.matchers) {
        found->second = std::move(silence);
        return found->first;
      }
      if (!is_over) end(found->second, now_ms);
    }
    if (all.size() >= kPerTenantMax)
      return resource_exhausted(fmt::format("silences: {}, limit {}", all.size(), kPerTenantMax));
    silence.id = new_id();
    silence.starts_at_ms = std::max(silence.starts_at_ms, now_ms);
    std::string id = silence.id;
    all.emplace(id, std::move(silence));
    return id;
  });
}

Status Silences::expire(TenantId tenant, std::string_view id, TimestampMs now_ms) {
  return tenants_.with([&](auto& tenants) -> Status {
    ById& all = tenants[tenant];
    const auto found = all.find(id);
    if (found == all.end()) return no_such(id);
    if (found->second.ends_at_ms <= now_ms)
      return failed_precondition(fmt::format("silence {}: it is over already", id));
    end(found->second, now_ms);
    return ok_status();
  });
}

bool Silences::is_silenced(TenantId tenant, LabelsView labels, TimestampMs now_ms) const {
  return tenants_.with([&](const auto& tenants) {
    const auto found = tenants.find(tenant);
    return found != tenants.end() &&
           std::any_of(found->second.begin(), found->second.end(),
                       [&](const auto& entry) { return entry.second.silences(labels, now_ms); });
  });
}

std::vector<Silence> Silences::list(TenantId tenant, TimestampMs now_ms) const {
  std::vector<Silence> out;
  tenants_.with([&](const auto& tenants) {
    const auto found = tenants.find(tenant);
    if (found == tenants.end()) return;
    for (const auto& [id, silence] : found->second) out.push_back(silence);
  });
  // "active", "pending", "expired"
  const auto rank = [&](const Silence& silence) {
    return silence.ends_at_ms <= now_ms ? 2 : silence.starts_at_ms > now_ms ? 1 : 0;
  };
  std::sort(out.begin(), out.end(), [&](const Silence& a, const Silence& b) {
    return std::tuple(rank(a), a.ends_at_ms, std::string_view(a.id)) <
           std::tuple(rank(b), b.ends_at_ms, std::string_view(b.id));
  });
  return out;
}

Result<Silence> Silences::get(TenantId tenant, std::string_view id) const {
  return tenants_.with([&](const auto& tenants) -> Result<Silence> {
    const auto of_tenant = tenants.find(tenant);
    if (of_tenant == tenants.end()) return no_such(id);
    const auto found = of_tenant->second.find(id);
    if (found == of_tenant->second.end()) return no_such(id);
    return found->second;
  });
}

void Silences::restore(TenantId tenant, std::vector<Silence> silences) {
  tenants_.with([&](auto& tenants) {
    for (Silence& silence : silences) {
      std::string id = silence.id;
      tenants[tenant].insert_or_assign(std::move(id), std::move(silence));
    }
  });
}

}  // namespace weir::notify
