#include "net/websocket_client.h"

#include <algorithm>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <fmt/format.h>

#include "net/ascii.h"
#include "net/asio.h"  // before Beast
#include "os/clock.h"

namespace weir::net {

namespace {

namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;
using asio::ip::tcp;

constexpr uint16_t kAbnormalClosure = 1006;

struct Url {
  std::string host;
  std::string port = "80";
  std::string target = "/";
  std::string authority;  ///< As written, for the Host field.
};

Result<Url> parse_url(std::string_view text) {
  constexpr std::string_view kScheme = "ws://";
  if (equals_ignore_case(text.substr(0, 6), "wss://"))
    return unsupported(fmt::format("url '{}': no TLS, use ws://", text));
  const bool clean =
      std::none_of(text.begin(), text.end(), [](char c) { return is_control(c) || c == ' ' || c == '\t'; });
  if (!equals_ignore_case(text.substr(0, kScheme.size()), kScheme) || !clean) {
    return invalid_argument(fmt::format("url '{}': not ws://HOST[:PORT]/PATH", text));
  }
  const std::string_view rest = text.substr(kScheme.size());
  const size_t authority_bytes = std::min(rest.find_first_of("/?"), rest.size());
  const std::string_view authority = rest.substr(0, authority_bytes);
  Url url;
  url.authority = authority;
  const size_t host_end = authority.starts_with('[') ? authority.find(']') : authority.find(':');
  const size_t colon =
      authority.find(':', authority.starts_with('[') ? std::min(host_end, authority.size()) : 0);
  if (colon != std::string_view::npos) url.port = authority.substr(colon + 1);
  url.host = authority.substr(0, colon);
  if (url.host.starts_with('[') && url.host.ends_with(']'))
    url.host = url.host.substr(1, url.host.size() - 2);
  if (url.host.empty() || url.port.empty())
    return invalid_argument(fmt::format("url '{}': no host or port", text));
  if (authority_bytes < rest.size()) url.target = rest.substr(authority_bytes);
  if (url.target.front() == '?') url.target.insert(0, "/");
  return url;
}

}  // namespace

struct WebSocketClient::Impl {
  /// Runs the loop until `done` or `timeout`; false in the second case.
  bool run_until(const bool& done, std::chrono::milliseconds timeout);
  Error failed(const error_code& error, std::string_view what);
  void cut();
  Status connect(const Url& url, const Headers& headers, std::chrono::milliseconds timeout);
  Status open_socket(const Url& url, std::chrono::milliseconds timeout);
  Status shake_hands(const Url& url, const Headers& headers, std::chrono::milliseconds timeout);
  Status send(std::string_view bytes, bool text, std::chrono::milliseconds timeout);
  void begin_read();
  std::optional<uint16_t> close_code() const;

  asio::io_context io{1};
  websocket::stream<Socket, false> stream{io};
  boost::beast::flat_buffer buffer;
  bool reading = false;   ///< An asynchronous read is in progress; it survives a receive that timed out.
  bool arrived = false;   ///< The last read has ended and was not collected yet.
  error_code read_error;  ///< Of the last read; once set the connection is over.
};

bool WebSocketClient::Impl::run_until(const bool& done, std::chrono::milliseconds timeout) {
  const os::SteadyTime deadline = os::system_clock().steady() + timeout;
  io.restart();
  while (!done && io.run_one_until(deadline) > 0) {
  }
  return done;
}

Error WebSocketClient::Impl::failed(const error_code& error, std::string_view what) {
  return unavailable(fmt::format("{}: {}", what, error.message()));
}

void WebSocketClient::Impl::cut() {
  error_code ignored;
  boost::beast::get_lowest_layer(stream).close(ignored);
  if (!read_error) read_error = asio::error::connection_aborted;
}

Status WebSocketClient::Impl::connect(const Url& url, const Headers& headers,
                                      std::chrono::milliseconds timeout) {
  const auto deadline = Deadline::after(os::system_clock(), timeout);
  RETURN_IF_ERROR(open_socket(url, timeout));
  return shake_hands(url, headers, deadline.left(os::system_clock()));
}

Status WebSocketClient::Impl::open_socket(const Url& url, std::chrono::milliseconds timeout) {
  const std::string address = fmt::format("{}:{}", url.host, url.port);
  error_code error;
  tcp::resolver resolver(io);
  const auto endpoints = resolver.resolve(url.host, url.port, error);
  if (error || endpoints.empty()) return failed(error, address);
  bool done = false;
  auto& socket = boost::beast::get_lowest_layer(stream);
  socket.async_connect(*endpoints.begin(), [&](const error_code& result) {
    error = result;
    done = true;
  });
  if (!run_until(done, timeout)) {
    cut();
    run_until(done, std::chrono::seconds(1));  // the handler refers to this frame
    return deadline_exceeded(fmt::format("{}: not connected within {} ms", address, timeout.count()));
  }
  if (error) return failed(error, address);
  socket.set_option(tcp::no_delay(true), error);
  return {};
}

Status WebSocketClient::Impl::shake_hands(const Url& url, const Headers& headers,
                                          std::chrono::milliseconds timeout) {
  stream.read_message_max(kMessageBytesMax);
  stream.set_option(websocket::stream_base::decorator([&headers](websocket::request_type& request) {
    for (const auto& [name, value] : headers.all()) request.set(name, value);
  }));
  bool done = false;
  error_code error;
  websocket::response_type answer;
  stream.async_handshake(answer, url.authority, url.target, [&](const error_code& result) {
    error = result;
    done = true;
  });
  if (!run_until(done, timeout)) {
    cut();
    run_until(done, std::chrono::seconds(1));
    return deadline_exceeded(
        fmt::format("{}: no WebSocket handshake within {} ms", url.authority, timeout.count()));
  }
  stream.set_option(websocket::stream_base::decorator([](websocket::request_type&) {}));
  if (error == websocket::error::upgrade_declined) {
    return Error{Code::kPermissionDenied, fmt::format("{}{}: answered {} {}", url.authority, url.target,
                                                      answer.result_int(), answer.body())};
  }
  if (error) return failed(error, url.authority);
  stream.control_callback();
  return {};
}

void WebSocketClient::Impl::begin_read() {
  if (reading || read_error) return;
  reading = true;
  stream.async_read(buffer, [this](const error_code& error, size_t) {
    reading = false;
    arrived = true;
    if (error && !read_error) read_error = error;
  });
}

Status WebSocketClient::Impl::send(std::string_view bytes, bool text, std::chrono::milliseconds timeout) {
  if (read_error) return failed(read_error, "WebSocket closed");
  bool done = false;
  error_code error;
  stream.text(text);
  stream.async_write(asio::buffer(bytes), [&](const error_code& result, size_t) {
    error = result;
    done = true;
  });
  if (!run_until(done, timeout)) {
    cut();
    run_until(done, std::chrono::seconds(1));
    return deadline_exceeded(
        fmt::format("WebSocket: {} bytes not sent within {} ms", bytes.size(), timeout.count()));
  }
  if (error) return failed(error, "WebSocket send");
  return {};
}

std::optional<uint16_t> WebSocketClient::Impl::close_code() const {
  if (!read_error) return std::nullopt;
  const auto code = static_cast<uint16_t>(stream.reason().code);
  return code == 0 ? kAbnormalClosure : code;
}

WebSocketClient::WebSocketClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
WebSocketClient::~WebSocketClient() = default;
WebSocketClient::WebSocketClient(WebSocketClient&&) noexcept = default;
WebSocketClient& WebSocketClient::operator=(WebSocketClient&&) noexcept = default;

Result<WebSocketClient> WebSocketClient::connect(const std::string& url, const Headers& headers,
                                                 std::chrono::milliseconds timeout) {
  ASSIGN_OR_RETURN(const Url parsed, parse_url(url));
  for (const auto& [name, value] : headers.all()) {
    const bool clean = !name.empty() && std::all_of(name.begin(), name.end(), is_token_char) &&
                       std::none_of(value.begin(), value.end(), is_control);
    if (!clean)
      return invalid_argument(fmt::format("header '{}': not a field name and a value on one line", name));
  }
  auto impl = std::make_unique<Impl>();
  RETURN_IF_ERROR(impl->connect(parsed, headers, timeout));
  return WebSocketClient(std::move(impl));
}

Status WebSocketClient::send_text(std::string_view text, std::chrono::milliseconds timeout) {
  return impl_->send(text, true, timeout);
}

Status WebSocketClient::send_binary(std::string_view bytes, std::chrono::milliseconds timeout) {
  return impl_->send(bytes, false, timeout);
}

Result<std::optional<std::string>> WebSocketClient::receive(std::chrono::milliseconds timeout) {
  impl_->begin_read();
  if (impl_->reading && !impl_->run_until(impl_->arrived, timeout)) return std::optional<std::string>();
  if (impl_->read_error) return impl_->failed(impl_->read_error, "WebSocket closed");
  impl_->arrived = false;
  std::string message(static_cast<const char*>(impl_->buffer.data().data()), impl_->buffer.size());
  impl_->buffer.consume(impl_->buffer.size());
  return std::optional<std::string>(std::move(message));
}

std::optional<uint16_t> WebSocketClient::close_code() const {
  return impl_->close_code();
}

Status WebSocketClient::close(uint16_t code, std::chrono::milliseconds timeout) {
  if (impl_->read_error) return {};
  bool done = false;
  impl_->stream.async_close(websocket::close_reason(static_cast<websocket::close_code>(code)),
                            [&](const error_code&) { done = true; });
  const bool closed = impl_->run_until(done, timeout);
  impl_->cut();
  impl_->run_until(done, std::chrono::seconds(1));
  if (!closed)
    return deadline_exceeded(fmt::format("WebSocket: no close frame within {} ms", timeout.count()));
  return {};
}

}  // namespace weir::net
