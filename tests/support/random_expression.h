#pragma once

#include <string>

#include <fmt/format.h>

#include "os/random.h"

namespace weir::query {

/// Writes PromQL over the metrics `m` and `n` that passes the type check, with durations of up to 20 minutes.
class RandomExpression {
 public:
  explicit RandomExpression(os::Random& random) : random_(random) {}

  std::string vector(int depth) {
    switch (depth <= 0 ? 0 : random_.below(14)) {
      case 0:
        return selector() + edges() + shift();
      case 1:
        return fmt::format("sum by (n) ({})", vector(depth - 1));
      case 2:
        return fmt::format("topk({}, {})", scalar(depth - 1), vector(depth - 1));
      case 3:
        return fmt::format("({} or {})", vector(depth - 1), vector(depth - 1));
      case 4:
        return fmt::format("-timestamp({})", vector(depth - 1));
      case 5:
        return fmt::format("quantile_over_time({}, {})", scalar(depth - 1), matrix(depth - 1));
      case 6:
        return fmt::format("absent(last_over_time({}))", matrix(depth - 1));
      case 7:
        return fmt::format("info({})", vector(depth - 1));
      case 8:
        return fmt::format("rate({}[{}]{}{})", selector(), length(), edges(), shift());
      case 9:
        return fmt::format("count_values('n', {})", vector(depth - 1));
      case 10:
        return fmt::format("label_replace({}, 'to', '$1', 'job', '(.*)')", vector(depth - 1));
      case 11:
        return fmt::format("({} * on (job) group_left () {})", vector(depth - 1), vector(depth - 1));
      case 12:
        return fmt::format("(avg without (n) ({}) > {})", vector(depth - 1), random_.below(300));
      default:
        return fmt::format("max_over_time({})", matrix(depth - 1));
    }
  }

 private:
  static constexpr int64_t kMinute = 60'000;

  std::string scalar(int depth) {
    if (depth > 0 && random_.below(2) == 0) return fmt::format("scalar({})", vector(depth - 1));
    return random_.below(8) == 0 ? "(end() - start())" : "1";
  }
  std::string matrix(int depth) {
    if (depth <= 0 || random_.below(3) == 0) return fmt::format("{}[{}]{}", selector(), length(), shift());
    const std::string step = random_.below(3) == 0 ? "" : length();
    return fmt::format("({})[{}:{}]{}", vector(depth - 1), length(), step, shift());
  }
  std::string selector() {
    const uint64_t which = random_.below(5);
    return which == 0 ? "{__name__=~'m|n'}" : which < 3 ? "m" : "n";
  }
  std::string edges() {
    const uint64_t edges = random_.below(6);
    return edges == 0 ? " anchored" : edges == 1 ? " smoothed" : "";
  }
  std::string length() {
    const std::string fixed = fmt::format("{}ms", 1 + random_.below(20 * kMinute));
    return random_.below(8) == 0 ? fmt::format("({} + step())", fixed) : fixed;
  }
  std::string shift() {
    std::string text;
    const uint64_t at = random_.below(6);
    if (at == 0) text += " @ start()";
    if (at == 1) text += " @ end()";
    if (at == 2) text += fmt::format(" @ {}.{:03}", random_.below(20'000), random_.below(1'000));
    if (random_.below(3) == 0)
      text += fmt::format(" offset {}{}", random_.below(2) == 0 ? "-" : "", length());
    return text;
  }

  os::Random& random_;
};

}  // namespace weir::query
