#include "os/random.h"

#include <cerrno>
#include <cstring>

#include <sys/random.h>

#include "base/check.h"

namespace weir::os {

std::string secure_random_bytes(size_t size) {
  std::string bytes(size, '\0');
  size_t done = 0;
  while (done < size) {
    const ssize_t n = ::getrandom(bytes.data() + done, size - done, 0);
    if (n < 0 && errno == EINTR) continue;
    CHECK(n > 0, "the kernel gives random bytes");
    done += static_cast<size_t>(n);
  }
  return bytes;
}

uint64_t random_seed() {
  const std::string bytes = secure_random_bytes(sizeof(uint64_t));
  uint64_t seed;
  std::memcpy(&seed, bytes.data(), sizeof(seed));
  return seed;
}

}  // namespace weir::os
