#include <algorithm>
#include <array>

#include "collect/parsers.h"
#include "collect/text_fields.h"

namespace weir::collect {

namespace {

/// node_exporter's --collector.filesystem.fs-types-exclude, then those that a network or another process
/// serves.
constexpr std::array<std::string_view, 39> kTypesExcluded = {
    "autofs",   "binfmt_misc", "bpf",        "cgroup",     "cgroup2",   "configfs", "debugfs", "devpts",
    "devtmpfs", "fusectl",     "hugetlbfs",  "iso9660",    "mqueue",    "nsfs",     "overlay", "proc",
    "procfs",   "pstore",      "rpc_pipefs", "securityfs", "selinuxfs", "squashfs", "sysfs",   "tracefs",
    "9p",       "afs",         "beegfs",     "ceph",       "cifs",      "davfs",    "gfs2",    "glusterfs",
    "lustre",   "ncpfs",       "nfs",        "nfs4",       "ocfs2",     "smb3",     "smbfs"};

bool type_excluded(std::string_view type) {
  return type.starts_with("fuse.") ||
         std::find(kTypesExcluded.begin(), kTypesExcluded.end(), type) != kTypesExcluded.end();
}

/// node_exporter's --collector.filesystem.mount-points-exclude:
/// ^/(dev|proc|run|sys|mnt|media|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)
bool mount_point_excluded(std::string_view path) {
  constexpr std::array<std::string_view, 6> kTrees = {"/dev", "/proc", "/run", "/sys", "/mnt", "/media"};
  const bool in_tree = std::any_of(kTrees.begin(), kTrees.end(), [path](std::string_view tree) {
    return path.starts_with(tree) && (path.size() == tree.size() || path[tree.size()] == '/');
  });
  const auto below = [path](std::string_view tree) {
    return path.size() > tree.size() && path.starts_with(tree);
  };
  return in_tree || below("/var/lib/docker/") || below("/var/lib/containers/storage/");
}

bool is_octal(char c) {
  return c >= '0' && c <= '7';
}

/// Undoes the kernel's \040 for a blank, tab, newline or backslash.
std::string unescape(std::string_view field) {
  std::string out;
  for (size_t i = 0; i < field.size(); ++i) {
    const bool escape = field[i] == '\\' && i + 3 < field.size() && is_octal(field[i + 1]) &&
                        is_octal(field[i + 2]) && is_octal(field[i + 3]);
    if (!escape) {
      out += field[i];
      continue;
    }
    out += static_cast<char>((field[i + 1] - '0') * 64 + (field[i + 2] - '0') * 8 + (field[i + 3] - '0'));
    i += 3;
  }
  return out;
}

bool has_option(std::string_view options, std::string_view name) {
  while (!options.empty()) {
    const size_t comma = options.find(',');
    if (options.substr(0, comma) == name) return true;
    options.remove_prefix(comma == std::string_view::npos ? options.size() : comma + 1);
  }
  return false;
}

}  // namespace

Status parse_mounts(std::string_view text, std::vector<Mount>& out) {
  for (std::string_view line; next_line(text, line);) {
    std::string_view fields = line;
    const std::string_view device = next_field(fields);
    const std::string_view mount_point = next_field(fields);
    const std::string_view type = next_field(fields);
    const std::string_view options = next_field(fields);
    if (options.empty()) return malformed("mounts", "device, mount point, type and options", line);
    if (type_excluded(type) || mount_point_excluded(mount_point)) continue;
    out.push_back({unescape(device), unescape(mount_point), std::string(type), has_option(options, "ro")});
  }
  return ok_status();
}

}  // namespace weir::collect
