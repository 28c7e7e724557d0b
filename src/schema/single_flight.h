#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "base/result.h"
#include "os/clock.h"

namespace weir::schema {

/// Asks equal questions that come at once only once: the first caller asks, the others wait for its answer.
/// Safe from any thread.
template <typename T>
class SingleFlight {
 public:
  explicit SingleFlight(os::Clock& clock) : clock_(clock) {}

  /// The answer to `question`: that of a call under way, or of `ask`. Waits for another's call until
  /// `deadline` (kDeadlineExceeded). An answer that came too late for whoever asked is asked for again.
  Result<T> ask(const std::string& question, Deadline deadline, const std::function<Result<T>()>& ask) {
    for (;;) {
      const auto [call, mine] = join(question);
      if (mine) return finish(question, *call, ask());
      Result<T> answer = wait(*call, deadline);
      if (answer.ok() || answer.error().code != Code::kDeadlineExceeded || deadline.passed(clock_))
        return answer;
    }
  }

 private:
  struct Call {
    std::optional<Result<T>> answer;
    std::condition_variable answered;
  };

  std::pair<std::shared_ptr<Call>, bool> join(const std::string& question) {
    const std::lock_guard lock(mutex_);
    std::shared_ptr<Call>& call = calls_[question];
    const bool mine = call == nullptr;
    if (mine) call = std::make_shared<Call>();
    return {call, mine};
  }

  Result<T> finish(const std::string& question, Call& call, Result<T> answer) {
    const std::lock_guard lock(mutex_);
    call.answer = answer;
    calls_.erase(question);
    call.answered.notify_all();
    return answer;
  }

  Result<T> wait(Call& call, Deadline deadline) {
    std::unique_lock lock(mutex_);
    const auto is_answered = [&] { return call.answer.has_value(); };
    if (deadline.when() == os::SteadyTime::max()) {
      call.answered.wait(lock, is_answered);
    } else if (!call.answered.wait_until(lock, deadline.when(), is_answered)) {
      return deadline_exceeded("waiting for the answer to an equal question");
    }
    return *call.answer;
  }

  os::Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Call>> calls_;
};

}  // namespace weir::schema
