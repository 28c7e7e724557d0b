#pragma once

#include <optional>
#include <string>

#include <fmt/format.h>

#include "base/guarded.h"
#include "base/result.h"

namespace weir::log::kafka {

/// Whether any broker answers, as the clients of one log find out together: an acknowledgement or an answer
/// says yes, librdkafka's word that every connection is down says no. Safe from any thread.
class ConnectionState {
 public:
  void set_up() {
    down_.with([](auto& down) { down.reset(); });
  }
  void set_down(std::string why) {
    down_.with([&](auto& down) { down = std::move(why); });
  }
  /// kUnavailable while no broker answers.
  Status status() const {
    return down_.with([](const auto& down) -> Status {
      if (!down) return {};
      return unavailable(fmt::format("kafka: no broker answers: {}", *down));
    });
  }

 private:
  Guarded<std::optional<std::string>> down_;
};

}  // namespace weir::log::kafka
