#include "os/host.h"

#include <cerrno>
#include <system_error>

#include <fmt/format.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

namespace weir::os {

UnameInfo uname_info() {
  struct utsname info {};
  CHECK(::uname(&info) == 0, "uname has a valid buffer");
  return {info.sysname, info.nodename, info.release, info.version, info.machine, info.domainname};
}

Result<FileSystemUsage> file_system_usage(const std::string& path) {
  struct statvfs info {};
  if (::statvfs(path.c_str(), &info) != 0) {
    return io_error(fmt::format("{}: statvfs: {}", path, std::generic_category().message(errno)));
  }
  const uint64_t unit = info.f_frsize;
  return FileSystemUsage{info.f_blocks * unit, info.f_bfree * unit, info.f_bavail * unit, info.f_files,
                         info.f_ffree};
}

size_t page_bytes() {
  return static_cast<size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace weir::os
