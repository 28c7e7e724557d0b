#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "notify/notification_log.h"

// Any bytes behind a good checksum are a log or an error; a log is written as it was read.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weir;
  const TenantId tenant = TenantId::nobody();
  std::string bytes = "WNLG\x01";
  bytes.append(reinterpret_cast<const char*>(data), size);
  ByteWriter(bytes).u32(crc32c(bytes));
  notify::NotificationLog log;
  if (!log.decode(tenant, bytes).ok()) return 0;
  // Only what has been recorded is given out, so everything is asked for again.
  for (size_t shard = 0; shard < notify::NotificationLog::kShards; ++shard) log.give_again(tenant, shard);
  notify::NotificationLog again;
  for (const auto& document : log.take_changed(tenant)) {
    if (!document.bytes.empty())
      CHECK(again.decode(tenant, document.bytes).ok(), "a log is read from its own bytes");
  }
  CHECK(again.size() == log.size(), "with all its entries");
  return 0;
}
