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

Status check_text(std::string_view field, std::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max) return ok_status();
  return invalid_argument(fmt::format("silence: \"{}\": {} bytes, limit {}", field, text.size(), bytes_max));
}

Status check_matchers(const std::vector<Matcher>& matchers) {
  if (matchers.empty()) return invalid_argument("silence: \"matchers\": it needs one");
  if (matchers.size() > Silences::kMatchersMax)
    return invalid_argument(
        fmt::format("silence: \"matchers\": {}, limit {}", matchers.size(), Silences::kMatchersMax));
  for (size_t i = 0; i < matchers.size(); ++i) {
    const std::string field = fmt::format("matchers[{}]", i);
    RETURN_IF_ERROR(check_text(field + ".name", matchers[i].name(), Silences::kNameBytesMax));
    RETURN_IF_ERROR(check_text(field + ".value", matchers[i].value(), Silences::kTextBytesMax));
  }
  if (all_match_absent(matchers))
    return invalid_argument("silence: \"matchers\": one must not match an alert without the label");
  return ok_status();
}

Status check(const Silence& silence, TimestampMs now_ms) {
  RETURN_IF_ERROR(check_matchers(silence.matchers));
  RETURN_IF_ERROR(check_text("createdBy", silence.created_by, Silences::kTextBytesMax));
  RETURN_IF_ERROR(check_text("comment", silence.comment, Silences::kTextBytesMax));
  if (silence.ends_at_ms <= silence.starts_at_ms)
    return invalid_argument("silence: \"endsAt\": it is not after \"startsAt\"");
  if (silence.ends_at_ms <= now_ms) return invalid_argument("silence: \"endsAt\": it is in the past");
  return ok_status();
}

Error no_such(std::string_view id) {
  return not_found(fmt::format("silence {}: there is none with this id", id));
}

Silence ended(Silence silence, TimestampMs now_ms) {
  silence.starts_at_ms = std::min(silence.starts_at_ms, now_ms);
  silence.ends_at_ms = std::min(silence.ends_at_ms, now_ms);
  silence.updated_at_ms = now_ms;
  return silence;
}

bool is_over(const Silence& silence, TimestampMs now_ms) {
  return silence.ends_at_ms <= now_ms;
}
bool is_forgotten(const Silence& silence, TimestampMs now_ms) {
  return silence.ends_at_ms + Silences::kKeptMs <= now_ms;
}

// Alertmanager's canUpdate, silence/silence.go.
bool can_become(const Silence& held, const Silence& silence, TimestampMs now_ms) {
  if (is_over(held, now_ms) || held.matchers != silence.matchers) return false;
  if (held.starts_at_ms > now_ms) return silence.starts_at_ms >= now_ms;
  return floor_to(held.starts_at_ms, 1'000) == floor_to(silence.starts_at_ms, 1'000);
}

using ById = std::map<std::string, Silence, std::less<>>;
const ById kNone;

Result<Silences::Change> set_in(const ById& all, Silence silence, TimestampMs now_ms) {
  RETURN_IF_ERROR(check(silence, now_ms));
  silence.updated_at_ms = now_ms;
  silence.version = 0;
  Silences::Change change;
  if (!silence.id.empty()) {
    const auto found = all.find(silence.id);
    if (found == all.end()) return no_such(silence.id);
    const Silence& held = found->second;
    if (can_become(held, silence, now_ms)) {
      if (held.starts_at_ms <= now_ms) silence.starts_at_ms = held.starts_at_ms;
      silence.version = held.version;
      change.id = silence.id;
      change.silences.push_back(std::move(silence));
      return change;
    }
    if (!is_over(held, now_ms)) change.silences.push_back(ended(held, now_ms));
  }
  const auto count = static_cast<size_t>(std::count_if(
      all.begin(), all.end(), [&](const auto& entry) { return !is_forgotten(entry.second, now_ms); }));
  if (count >= Silences::kPerTenantMax)
    return resource_exhausted(fmt::format("silences: {}, limit {}", count, Silences::kPerTenantMax));
  silence.id = new_id();
  silence.starts_at_ms = std::max(silence.starts_at_ms, now_ms);
  change.id = silence.id;
  change.silences.push_back(std::move(silence));
  return change;
}

Result<Silences::Change> expire_in(const ById& all, std::string_view id, TimestampMs now_ms) {
  const auto found = all.find(id);
  if (found == all.end()) return no_such(id);
  if (is_over(found->second, now_ms))
    return failed_precondition(fmt::format("silence {}: it is over already", id));
  return Silences::Change{found->first, {ended(found->second, now_ms)}};
}

void take_in(ById& all, std::vector<Silence> silences, TimestampMs now_ms) {
  for (Silence& silence : silences) {
    std::string id = silence.id;
    const auto [at, is_new] = all.try_emplace(std::move(id), silence);
    if (!is_new && at->second.version <= silence.version) at->second = std::move(silence);
  }
  std::erase_if(all, [&](const auto& entry) { return is_forgotten(entry.second, now_ms); });
}

}  // namespace

std::string_view Silence::state(TimestampMs now_ms) const {
  if (now_ms < starts_at_ms) return "pending";
  return now_ms < ends_at_ms ? "active" : "expired";
}

bool Silence::silences(LabelsView labels, TimestampMs now_ms) const {
  return now_ms >= starts_at_ms && now_ms < ends_at_ms && all_match(matchers, labels);
}

bool Silence::meets(std::span<const Matcher> filter) const {
  return std::all_of(filter.begin(), filter.end(), [&](const Matcher& wanted) {
    const auto named = std::find_if(matchers.rbegin(), matchers.rend(),
                                    [&](const Matcher& own) { return own.name() == wanted.name(); });
    return named == matchers.rend() ? wanted.matches_absent() : wanted.matches(named->value());
  });
}

Result<std::string> Silences::set(TenantId tenant, Silence silence, TimestampMs now_ms) {
  return tenants_.with([&](auto& tenants) -> Result<std::string> {
    ById& all = tenants[tenant];
    ASSIGN_OR_RETURN(Change change, set_in(all, std::move(silence), now_ms));
    take_in(all, std::move(change.silences), now_ms);
    return std::move(change.id);
  });
}

Status Silences::expire(TenantId tenant, std::string_view id, TimestampMs now_ms) {
  return tenants_.with([&](auto& tenants) -> Status {
    ById& all = tenants[tenant];
    ASSIGN_OR_RETURN(Change change, expire_in(all, id, now_ms));
    take_in(all, std::move(change.silences), now_ms);
    return ok_status();
  });
}

Result<Silences::Change> Silences::plan_set(TenantId tenant, Silence silence, TimestampMs now_ms) const {
  return tenants_.with([&](const auto& tenants) {
    const auto found = tenants.find(tenant);
    return set_in(found == tenants.end() ? kNone : found->second, std::move(silence), now_ms);
  });
}

Result<Silences::Change> Silences::plan_expire(TenantId tenant, std::string_view id,
                                               TimestampMs now_ms) const {
  return tenants_.with([&](const auto& tenants) {
    const auto found = tenants.find(tenant);
    return expire_in(found == tenants.end() ? kNone : found->second, id, now_ms);
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

void Silences::restore(TenantId tenant, std::vector<Silence> silences, TimestampMs now_ms) {
  if (silences.empty()) return;
  tenants_.with([&](auto& tenants) { take_in(tenants[tenant], std::move(silences), now_ms); });
}

}  // namespace weir::notify
