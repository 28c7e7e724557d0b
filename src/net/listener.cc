#include "net/listener.h"

#include <charconv>

#include <fmt/format.h>

#include "net/connection.h"
#include "telemetry/logger.h"

namespace weir::net {

namespace {

using asio::ip::tcp;

// Without descriptors every accept fails at once, and the connection that waits keeps the listener readable:
// trying again without a pause would be a busy loop.
constexpr os::milliseconds kPauseAfterError{100};

Error bad_listen(std::string_view text) {
  return invalid_argument(fmt::format(
      "listen address '{}': not HOST:PORT (examples: 127.0.0.1:8080, 0.0.0.0:8080, [::1]:8080)", text));
}

Error cannot_listen(std::string_view listen, const error_code& error) {
  if (error == asio::error::address_in_use) {
    return unavailable(fmt::format(
        "listen on {}: the port is in use; stop the other process or choose another port", listen));
  }
  return unavailable(fmt::format("listen on {}: {}", listen, error.message()));
}

Result<tcp::endpoint> resolve(const std::string& host, uint16_t port, std::string_view text) {
  error_code error;
  const auto address = asio::ip::make_address(host, error);
  if (!error) return tcp::endpoint(address, port);
  asio::io_context io;
  asio::ip::tcp::resolver resolver(io);
  const auto found = resolver.resolve(tcp::v4(), host, "", error);
  if (error || found.empty()) return bad_listen(text).context(fmt::format("unknown host '{}'", host));
  return tcp::endpoint(found.begin()->endpoint().address(), port);
}

}  // namespace

Result<tcp::endpoint> parse_listen(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return bad_listen(text);
  std::string_view host = text.substr(0, colon);
  const std::string_view port_text = text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return bad_listen(text);  // IPv6 without brackets: where the port begins is a guess
  }
  uint16_t port = 0;
  const auto [end, error] = std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
  if (port_text.empty() || error != std::errc() || end != port_text.data() + port_text.size())
    return bad_listen(text);
  return resolve(std::string(host), port, text);
}

Listener::Listener(Loop& home, std::vector<std::unique_ptr<Loop>>& loops)
    : home_(home), loops_(loops), acceptor_(home.io()), pause_(home.io()) {}

Status Listener::open(std::string_view listen) {
  ASSIGN_OR_RETURN(const tcp::endpoint endpoint, parse_listen(listen));
  error_code error;
  acceptor_.open(endpoint.protocol(), error);
  if (!error)
    acceptor_.set_option(Acceptor::reuse_address(true), error);  // past TIME_WAIT, not past a listener
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(Acceptor::max_listen_connections, error);
  if (!error) port_ = acceptor_.local_endpoint(error).port();
  if (error) return cannot_listen(listen, error);
  return {};
}

void Listener::accept() {
  if (!acceptor_.is_open()) return;
  Loop& loop = *loops_[next_++ % loops_.size()];
  acceptor_.async_accept(loop.io(), [this, &loop](const error_code& error, Socket socket) {
    on_accepted(error, std::move(socket), loop);
  });
}

void Listener::on_accepted(const error_code& error, Socket socket, Loop& loop) {
  if (!acceptor_.is_open()) return;
  if (error) {
    home_.context().metrics.accept_errors.add();
    if (!std::exchange(failing_, true))
      telemetry::log_warn("net", "accept failed", {{"error", error.message()}});
    return pause();
  }
  failing_ = false;
  ServerContext& context = home_.context();
  if (context.open.get() >= context.options.connections_max) {
    context.metrics.count(Reject::kConnections);
    return accept();  // the socket closes
  }
  context.metrics.accepted.add();
  loop.mailbox()->run([&loop, socket = std::move(socket), slot = OpenSlot(context)]() mutable {
    auto connection = std::make_shared<Connection>(loop, std::move(socket), std::move(slot));
    loop.add(connection);
    connection->start();
  });
  accept();
}

void Listener::pause() {
  pause_.expires_after(kPauseAfterError);
  pause_.async_wait([this](const error_code&) { accept(); });
}

void Listener::close() {
  error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
}

}  // namespace weir::net
