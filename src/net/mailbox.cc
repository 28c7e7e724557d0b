#include "net/mailbox.h"

#include <boost/asio/post.hpp>

namespace weir::net {

void Mailbox::run(Task task) {
  {
    std::lock_guard lock(mutex_);
    if (io_ == nullptr) return;
    if (!io_->get_executor().running_in_this_thread()) {
      asio::post(*io_, std::move(task));
      return;
    }
  }
  task();
}

void Mailbox::post(Task task) {
  std::lock_guard lock(mutex_);
  if (io_ != nullptr) asio::post(*io_, std::move(task));
}

void Mailbox::close() {
  std::lock_guard lock(mutex_);
  io_ = nullptr;
}

}  // namespace weir::net
