#include "pg/waker.h"

#include <utility>

#include <sys/eventfd.h>
#include <unistd.h>

namespace weir::pg {

Result<Waker> Waker::create() {
  const int descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (descriptor < 0) return io_error("postgres: no descriptor is left for a session");
  return Waker(descriptor);
}

Waker::Waker(Waker&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

Waker::~Waker() {
  if (descriptor_ >= 0) close(descriptor_);
}

void Waker::wake() {
  // It fails only when the counter is full, and then the descriptor is readable already.
  [[maybe_unused]] const int ignored = eventfd_write(descriptor_, 1);
}

bool Waker::drain() {
  eventfd_t count = 0;
  return eventfd_read(descriptor_, &count) == 0;
}

}  // namespace weir::pg
