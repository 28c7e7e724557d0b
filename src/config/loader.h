#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "config/config.h"

namespace weir::config {

/// The text of a configuration file; `name` is what messages call it.
struct FileText {
  std::string name;
  std::string text;
};

/// Reads one variable of the environment; nothing when it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// Where values come from, weakest first. Pure data: reading the file and the process's environment is the
/// caller's.
struct Sources {
  std::optional<FileText> file;
  Environment environment;  ///< May be empty: no environment.
  /// Flags in the order given: {"server.listen", "0.0.0.0:80"}; a later one of a key wins.
  std::vector<std::pair<std::string, std::string>> flags;
};

/// Which source a key's value was taken from.
struct Origin {
  enum class Kind { kDefault, kFile, kEnvironment, kFlag } kind = Kind::kDefault;
  std::string detail;  ///< "weir.yaml:12:3", "WEIR_SERVER_LISTEN", "--server.listen"; empty for a default.
};

/// A complete configuration and the origin of each value; `origins[i]` belongs to `settings()[i]`.
struct Loaded {
  Config config;
  std::vector<Origin> origins;
};

/// Files larger than this are refused, and deeper ones; ours have two levels.
inline constexpr size_t kFileBytesMax = 1u << 20;
inline constexpr size_t kFileDepthMax = 8;

/// Defaults, overridden by the file, then the environment (`WEIR_SERVER_LISTEN`), then flags. Never throws;
/// nothing in the sources can do worse than an error.
/// - A file is YAML: groups of keys (`server:` then `listen:`), or whole keys (`server.listen:`). `${NAME}`
/// in a value is
///   replaced by the environment's variable, `${NAME:-text}` by `text` where it is not set; `$$` is a dollar
///   sign.
/// Errors: kInvalidArgument with `file:line:column: ` (or the variable or flag) first, then key, what was
/// found and what is allowed: unknown keys (with a suggestion), repeated keys, anchors and aliases, values
/// out of bounds, bad UTF-8; kResourceExhausted for size and depth.
Result<Loaded> load(const Sources& sources);

}  // namespace weir::config
