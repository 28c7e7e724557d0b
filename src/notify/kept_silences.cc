#include "notify/kept_silences.h"

#include "notify/silence_json.h"
#include "telemetry/logger.h"

namespace weir::notify {
namespace {

/// Of changing a silence that others change meanwhile.
constexpr int kAttemptsMax = 5;

Result<Silence> decode(const meta::Document& document) {
  ASSIGN_OR_RETURN(Silence silence, parse_silence(document.body));
  if (silence.id != document.key) return corruption("its id is \"" + silence.id + "\"");
  silence.version = document.version;
  return silence;
}

}  // namespace

Result<std::string> KeptSilences::set(TenantId tenant, Silence silence, Deadline deadline) {
  return change(
      tenant, [&] { return silences_.plan_set(tenant, silence, clock_.wall_ms()); }, deadline);
}

Status KeptSilences::expire(TenantId tenant, std::string_view id, Deadline deadline) {
  const auto ended = change(
      tenant, [&] { return silences_.plan_expire(tenant, id, clock_.wall_ms()); }, deadline);
  return ended.ok() ? ok_status() : Status(ended.error());
}

/// Plans with what is known; where that is not the newest, learns that first and plans again.
Result<std::string> KeptSilences::change(TenantId tenant,
                                         const std::function<Result<Silences::Change>()>& plan,
                                         Deadline deadline) {
  for (int attempt = 1;; ++attempt) {
    ASSIGN_OR_RETURN(Silences::Change planned, plan());
    const Status kept = keep(tenant, std::move(planned.silences), deadline);
    if (kept.ok()) return std::move(planned.id);
    if (kept.error().code != Code::kAlreadyExists || attempt == kAttemptsMax) return kept.error();
    RETURN_IF_ERROR(load(tenant, deadline));
  }
}

/// One after the other. An old silence ends before the new one in its place is written: a caller who hears of
/// a failure in between and tries again gets the new one, and no two of them.
Status KeptSilences::keep(TenantId tenant, std::vector<Silence> silences, Deadline deadline) {
  for (Silence& silence : silences) {
    const TimestampMs now_ms = clock_.wall_ms();
    ASSIGN_OR_RETURN(silence.version, meta_.put(tenant, kSilenceKind, silence.id,
                                                silence_json(silence, now_ms), silence.version, deadline));
    silences_.restore(tenant, {silence}, now_ms);
  }
  return ok_status();
}

Status KeptSilences::load(TenantId tenant, Deadline deadline) {
  const TimestampMs now_ms = clock_.wall_ms();
  ASSIGN_OR_RETURN(const std::vector<meta::Document> documents, meta_.list(tenant, kSilenceKind, deadline));
  std::vector<Silence> silences;
  for (const meta::Document& document : documents) {
    auto silence = decode(document);
    if (!silence.ok()) {
      telemetry::log_error(
          "notify", "a stored silence cannot be read",
          {{"tenant", tenant.value()}, {"key", document.key}, {"error", silence.error().message}});
    } else if (silence->ends_at_ms + Silences::kKeptMs > now_ms) {
      silences.push_back(*std::move(silence));
    } else {
      // Nobody changes it any more. If this fails, it is tried again with the next change of any silence.
      (void)meta_.erase(tenant, kSilenceKind, document.key, std::nullopt, deadline);
    }
  }
  silences_.restore(tenant, std::move(silences), now_ms);
  return ok_status();
}

Status KeptSilences::refresh(Deadline deadline) {
  ASSIGN_OR_RETURN(const uint64_t revision, meta_.revision(kSilenceKind, deadline));
  if (revision_ == revision) return ok_status();
  ASSIGN_OR_RETURN(const std::vector<meta::Tenant> tenants, meta_.tenants(deadline));
  for (const meta::Tenant& tenant : tenants) RETURN_IF_ERROR(load(tenant.id, deadline));
  revision_ = revision;
  return ok_status();
}

}  // namespace weir::notify
