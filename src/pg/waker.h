#pragma once

#include "base/result.h"

namespace weir::pg {

/// A descriptor that becomes readable when another thread calls `wake`. Moves.
class Waker {
 public:
  /// kIo when the process has no descriptor left.
  static Result<Waker> create();
  Waker(Waker&& other) noexcept;
  Waker& operator=(Waker&&) = delete;
  ~Waker();

  int descriptor() const { return descriptor_; }
  /// Any thread. Calls before the next `drain` count as one.
  void wake();
  /// Takes what `wake` left; false when there was nothing.
  bool drain();

 private:
  explicit Waker(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace weir::pg
