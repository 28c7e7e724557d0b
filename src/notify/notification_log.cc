#include "notify/notification_log.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/hash.h"

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

size_t shard_of(const Target& target) {
  return stable_hash(target.group_key) % NotificationLog::kShards;
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
  changed_.emplace(told.target.tenant, shard_of(told.target));
  std::vector<uint64_t> known;
  std::set_union(entry.firing.begin(), entry.firing.end(), entry.open.begin(), entry.open.end(),
                 std::back_inserter(known));
  entry.open.clear();
  for (const uint64_t print : known) {
    if (!has(told.firing, print) && !has(told.resolved, print)) entry.open.push_back(print);
  }
  entry.firing = told.firing;
  entry.incidents = told.incidents;
  entry.told_at_ms = now_ms;
  entry.forget_at_ms = now_ms + 2 * told.repeat_interval_ms;
}

void NotificationLog::forget(TimestampMs now_ms) {
  std::erase_if(entries_, [&](const auto& entry) {
    if (entry.second.forget_at_ms > now_ms) return false;
    changed_.emplace(entry.first.tenant, shard_of(entry.first));
    return true;
  });
}

std::vector<NotificationLog::Document> NotificationLog::take_changed(TenantId tenant) {
  std::vector<Document> out;
  const auto begin = changed_.lower_bound({tenant, 0});
  const auto end = changed_.lower_bound({tenant, kShards});
  for (auto at = begin; at != end; ++at) out.push_back({at->second, encode(tenant, at->second)});
  changed_.erase(begin, end);
  return out;
}

std::string NotificationLog::encode(TenantId tenant, size_t shard) const {
  uint64_t count = 0;
  std::string entries;
  ByteWriter out(entries);
  for (auto at = entries_.lower_bound({.tenant = tenant}); at != entries_.end() && at->first.tenant == tenant;
       ++at) {
    const auto& [target, entry] = *at;
    if (shard_of(target) != shard) continue;
    ++count;
    out.text(target.group_key);
    out.text(target.receiver);
    out.text(target.integration);
    out.svarint(entry.told_at_ms);
    out.svarint(entry.forget_at_ms);
    write_prints(out, entry.firing);
    write_prints(out, entry.incidents);
    write_prints(out, entry.open);
  }
  if (count == 0) return {};
  std::string bytes(kMagic);
  ByteWriter document(bytes);
  document.u8(kVersion);
  document.varint(count);
  document.raw(entries);
  document.u32(crc32c(bytes));
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
    entry.incidents = read_prints(in);
    entry.open = read_prints(in);
    entries.insert_or_assign(std::move(target), std::move(entry));
  }
  if (!in.ok() || !in.at_end())
    return corruption(fmt::format("notification log: broken at byte {}", in.position() + kMagic.size()));
  return entries;
}

Status NotificationLog::decode(TenantId tenant, std::string_view bytes) {
  ASSIGN_OR_RETURN(Entries entries, read(tenant, bytes));
  for (auto& [target, entry] : entries) entries_.insert_or_assign(target, std::move(entry));
  return ok_status();
}

bool needs_telling(const NotificationLog::Entry* last, const Notification& now, bool send_resolved,
                   TimestampMs now_ms) {
  if (last == nullptr) return !now.firing.empty();
  if (!has_all(last->incidents, now.incidents)) return true;
  if (now.firing.empty()) return !last->firing.empty();
  if (send_resolved && !now.resolved.empty()) return true;
  return now_ms - last->told_at_ms > now.repeat_interval_ms;
}

}  // namespace weir::notify
