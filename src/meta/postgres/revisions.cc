#include "meta/postgres/revisions.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "meta/limits.h"
#include "pg/binary.h"

namespace weir::meta::postgres {

void Revisions::learn(std::string_view kind, uint64_t revision) {
  state_.with([&](State& state) {
    const auto found = state.by_kind.find(kind);
    if (found == state.by_kind.end()) {
      state.by_kind.emplace(kind, revision);
    } else {
      found->second = std::max(found->second, revision);
    }
  });
}

void Revisions::refreshed(os::SteadyTime asked) {
  state_.with([&](State& state) { state.refreshed = std::max(state.refreshed, asked); });
}

uint64_t Revisions::known(std::string_view kind) const {
  return state_.with([&](const State& state) {
    const auto found = state.by_kind.find(kind);
    return found == state.by_kind.end() ? 0 : found->second;
  });
}

bool Revisions::is_fresh(os::SteadyTime now) const {
  return state_.with([&](const State& state) { return now < state.refreshed + kAgeMax; });
}

Status refresh(pg::Connection& connection, Revisions& revisions, const os::Clock& clock, Deadline deadline) {
  const os::SteadyTime asked = clock.steady();
  ASSIGN_OR_RETURN(const auto rows, connection.execute("SELECT kind, revision FROM revision", {}, deadline));
  for (size_t row = 0; row < rows->row_count(); ++row) {
    const std::string_view kind = *rows->bytes(row, 0);
    ASSIGN_OR_RETURN(const int64_t revision, pg::as_int8(rows->bytes(row, 1)));
    revisions.learn(kind, static_cast<uint64_t>(revision));
  }
  revisions.refreshed(asked);
  return {};
}

Result<uint64_t> select_revision(pg::Connection& connection, std::string_view kind, Deadline deadline) {
  ASSIGN_OR_RETURN(const auto rows, connection.execute("SELECT revision FROM revision WHERE kind = $1",
                                                       pg::Params().text(kind).span(), deadline));
  if (rows->row_count() == 0) return uint64_t{0};
  ASSIGN_OR_RETURN(const int64_t revision, pg::as_int8(rows->bytes(0, 0)));
  return static_cast<uint64_t>(revision);
}

Status announce(pg::Connection& connection, std::string_view channel, std::string_view kind,
                uint64_t revision, Deadline deadline) {
  const std::string payload = fmt::format("{} {}", kind, revision);
  RETURN_IF_ERROR(connection.execute("SELECT pg_notify($1, $2)",
                                     pg::Params().text(channel).text(payload).span(), deadline));
  return {};
}

void learn_from(std::string_view payload, Revisions& revisions) {
  const size_t space = payload.find(' ');
  if (space == std::string_view::npos) return;
  const std::string_view kind = payload.substr(0, space);
  const std::string_view digits = payload.substr(space + 1);
  uint64_t revision = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), revision);
  if (error != std::errc() || end != digits.data() + digits.size()) return;
  if (validate_key("document kind", kind).ok()) revisions.learn(kind, revision);
}

}  // namespace weir::meta::postgres
