#pragma once

#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/tcp_proxy.h"

namespace weir::test {

/// One way for a network to fail a client, as the parameter of a test.
struct NetworkFault {
  const char* name;
  std::function<void(TcpProxy&)> spoil;

  friend void PrintTo(const NetworkFault& fault, std::ostream* out) { *out << fault.name; }
};

/// All ways. `delay`: of each answer; `drip`: of each byte of one; both so that an answer comes after the
/// client's deadline.
inline std::vector<NetworkFault> network_faults(os::milliseconds delay, os::milliseconds drip) {
  return {{"Frozen", [](TcpProxy& proxy) { proxy.freeze(); }},
          {"Refused", [](TcpProxy& proxy) { proxy.refuse(); }},
          {"Delayed", [delay](TcpProxy& proxy) { proxy.delay(delay); }},
          {"Dripping", [drip](TcpProxy& proxy) { proxy.drip(drip); }},
          {"CutInTheMiddle", [](TcpProxy& proxy) { proxy.cut_after(20); }}};
}

inline std::string fault_name(const testing::TestParamInfo<NetworkFault>& info) {
  return info.param.name;
}

}  // namespace weir::test
