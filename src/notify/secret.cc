#include "notify/secret.h"

#include <algorithm>
#include <string_view>

namespace weir::notify {

Result<std::string> read_secret(const Secret& secret, os::FileSystem& files) {
  constexpr size_t kBytesMax = 64 * 1024;
  constexpr std::string_view kSpace = " \t\r\n";
  if (secret.file.empty()) return secret.text;
  ASSIGN_OR_RETURN(std::string text, os::read_file(files, secret.file, kBytesMax));
  text.erase(0, std::min(text.find_first_not_of(kSpace), text.size()));
  text.erase(text.find_last_not_of(kSpace) + 1);
  if (text.empty()) return invalid_argument(secret.file + ": the file is empty");
  return text;
}

}  // namespace weir::notify
