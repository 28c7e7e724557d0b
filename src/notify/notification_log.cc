#include "notify/notification_log.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/crc32c.h"

namespace weir::notify {
namespace {

constexpr std::string_view kMagic = "WNLG";
constexpr uint8_t kVersion = 1;

void write_prints(ByteWriter& out, const std::vector<uint64_t>& prints) {
  out.varint(prints.size());
  for (const uint64_t print : prints) out.u64(print);
}

std::vector<uint64_t> read_prints(ByteReader& in) {
  const uint64_t count = in.varint();
  if (count > in.remaining() / sizeof(uint64_t)) in.fail();
  std::vector<uint64_t> prints;
  for (uint64_t i = 0; in.ok() && i < count; ++i) prints.push_back(in.u64());
  if (!std::is_sorted(prints.begin(), prints.end())) in.fail();
  return prints;
}

bool has(const std::vector<uint64_t>& sorted, uint64_t print) {
  return std::binary_search(sorted.begin(), sorted.end(), print);
}

bool has_all(const std::vector<uint64_t>& all, const std::vector<uint64_t>& part) {
  return std::includes(all.begin(), all.end(), part.begin(), part.end());
}

}  // namespace

const NotificationLog::Entry* NotificationLog::find(const Target& target) const {
  const auto found = entries_.find(target);
  return found == entries_.end() ? nullptr : &found->second;
}

bool NotificationLog::Entry::is_known(uint64_t fingerprint) const {
  return has(firing, fingerprint) || has(open, fingerprint);
}

void NotificationLog::record(const Notification& told, TimestampMs now_ms) {
  Entry& entry = entries_[told.target];
  std::vector<uint64_t> known;
  std::set_union(entry.firing.begin(), entry.firing.end(), entry.open.begin(), entry.open.end(),
                 std::back_inserter(known));
  entry.open.clear();
  for (const uint64_t print : known) {
    if (!has(told.firing, print) && !has(told.resolved, print)) entry.open.push_back(print);
  }
  entry.firing = told.firing;
  entry.told_at_ms = now_ms;
  entry.forget_at_ms = now_ms + 2 * told.repeat_interval_ms;
}

void NotificationLog::forget(TimestampMs now_ms) {
  std::erase_if(entries_, [&](const auto& entry) { return entry.second.forget_at_ms <= now_ms; });
}

std::string NotificationLog::encode(TenantId tenant) const {
  std::string bytes(kMagic);
  ByteWriter out(bytes);
  out.u8(kVersion);
  const auto begin = entries_.lower_bound({.tenant = tenant});
  auto end = begin;
  while (end != entries_.end() && end->first.tenant == tenant) ++end;
  out.varint(static_cast<uint64_t>(std::distance(begin, end)));
  for (auto at = begin; at != end; ++at) {
    const auto& [target, entry] = *at;
    out.text(target.group_key);
    out.text(target.receiver);
    out.text(target.integration);
    out.svarint(entry.told_at_ms);
    out.svarint(entry.forget_at_ms);
    write_prints(out, entry.firing);
    write_prints(out, entry.open);
  }
  out.u32(crc32c(bytes));
  return bytes;
}

Result<NotificationLog::Entries> NotificationLog::read(TenantId tenant, std::string_view bytes) {
  constexpr size_t kCrcBytes = 4;
  if (!bytes.starts_with(kMagic) || bytes.size() < kMagic.size() + 1 + kCrcBytes)
    return corruption("notification log: not one");
  ByteReader crc(bytes.substr(bytes.size() - kCrcBytes));
  bytes.remove_suffix(kCrcBytes);
  if (crc.u32() != crc32c(bytes)) return corruption("notification log: the checksum is wrong");
  ByteReader in(bytes.substr(kMagic.size()));
  const uint8_t version = in.u8();
  if (version != kVersion)
    return unsupported(fmt::format("notification log: version {}, known is {}", version, kVersion));
  Entries entries;
  const uint64_t count = in.varint();
  for (uint64_t i = 0; in.ok() && i < count; ++i) {
    Target target = {.tenant = tenant};
    Entry entry;
    target.group_key = in.text();
    target.receiver = in.text();
    target.integration = in.text();
    entry.told_at_ms = in.svarint();
    entry.forget_at_ms = in.svarint();
    entry.firing = read_prints(in);
    entry.open = read_prints(in);
    entries.insert_or_assign(std::move(target), std::move(entry));
  }
  if (!in.ok() || !in.at_end())
    return corruption(fmt::format("notification log: broken at byte {}", in.position() + kMagic.size()));
  return entries;
}

Status NotificationLog::decode(TenantId tenant, std::string_view bytes) {
  ASSIGN_OR_RETURN(Entries entries, read(tenant, bytes));
  std::erase_if(entries_, [&](const auto& entry) { return entry.first.tenant == tenant; });
  entries_.merge(entries);
  return ok_status();
}

bool needs_telling(const NotificationLog::Entry* last, const std::vector<uint64_t>& firing,
                   const std::vector<uint64_t>& resolved, bool send_resolved, int64_t repeat_interval_ms,
                   TimestampMs now_ms) {
  if (last == nullptr) return !firing.empty();
  if (!has_all(last->firing, firing)) return true;
  if (firing.empty()) return !last->firing.empty();
  if (send_resolved && !resolved.empty()) return true;
  return now_ms - last->told_at_ms > repeat_interval_ms;
}

}  // namespace weir::notify
