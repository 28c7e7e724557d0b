#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

namespace weir::net {

/// Counts the requests and the request-body bytes that the server has taken in and not yet answered, and
/// bounds the bytes. Safe from any thread. Shared, because a Responder may outlive its server.
class Admission {
 public:
  explicit Admission(uint64_t body_bytes_max) : body_bytes_max_(body_bytes_max) {}

  bool full() const { return body_bytes_.load(std::memory_order_relaxed) >= body_bytes_max_; }
  uint64_t body_bytes() const { return body_bytes_.load(std::memory_order_relaxed); }
  uint64_t requests() const { return requests_.load(std::memory_order_relaxed); }

 private:
  friend class Claim;
  bool add(uint64_t bytes) {
    const uint64_t before = body_bytes_.fetch_add(bytes, std::memory_order_relaxed);
    if (before + bytes <= body_bytes_max_) return true;
    body_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
    return false;
  }

  const uint64_t body_bytes_max_;
  std::atomic<uint64_t> body_bytes_{0};
  std::atomic<uint64_t> requests_{0};
};

/// One request's share of an Admission, given back on destruction. It grows with the bytes that have arrived,
/// not with what Content-Length promises: promises cost the sender nothing. Owned by one thread at a time;
/// movable.
class Claim {
 public:
  Claim() = default;
  explicit Claim(std::shared_ptr<Admission> admission) : admission_(std::move(admission)) {
    admission_->requests_.fetch_add(1, std::memory_order_relaxed);
  }
  Claim(Claim&& other) noexcept
      : admission_(std::move(other.admission_)), body_bytes_(std::exchange(other.body_bytes_, 0)) {}
  Claim& operator=(Claim&& other) noexcept {
    Claim taken(std::move(other));
    std::swap(admission_, taken.admission_);
    std::swap(body_bytes_, taken.body_bytes_);
    return *this;
  }
  ~Claim() {
    if (admission_ == nullptr) return;
    admission_->body_bytes_.fetch_sub(body_bytes_, std::memory_order_relaxed);
    admission_->requests_.fetch_sub(1, std::memory_order_relaxed);
  }

  /// Claims up to `body_bytes` in all; false, and nothing claimed more, when that passes the server's limit.
  bool grow_to(uint64_t body_bytes) {
    if (body_bytes <= body_bytes_) return true;
    if (!admission_->add(body_bytes - body_bytes_)) return false;
    body_bytes_ = body_bytes;
    return true;
  }

 private:
  std::shared_ptr<Admission> admission_;
  uint64_t body_bytes_ = 0;
};

}  // namespace weir::net
