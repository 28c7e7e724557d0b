#pragma once

#include <memory>
#include <string>

#include "net/asio.h"

namespace weir::net {

/// The upstream's half of an upgraded connection, or an answer of it that goes on, on its way from the client
/// that opened it to the tunnel that uses it. Both belong to one loop, so the socket never changes threads;
/// dropped, it closes.
struct UpstreamStream {
  explicit UpstreamStream(Socket upgraded) : socket(std::move(upgraded)) {}
  Socket socket;
  std::string received;         ///< What came behind the head.
  std::shared_ptr<void> lease;  ///< Of the attempt.
  bool answer_only = false;     ///< The upstream expects nothing more: what the client sends is dropped.
};

}  // namespace weir::net
