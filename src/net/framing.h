#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/http.h"
#include "net/reject.h"

// The strict reading of RFC 9112 that request smuggling depends on the absence of. Pure: bytes in, verdict
// out. Beast parses the head (request_head.cc); these checks cover what its parser lets through: obs-fold,
// equal repeated Content-Length, lists in Content-Length, codings beside chunked, a missing or repeated Host.

namespace weir::net {

/// The request line and fields, syntactically valid but not yet judged.
struct RequestHead {
  std::string method;
  std::string target;
  int minor_version = 1;  ///< Of HTTP/1.x.
  Headers headers;
};

/// How the body is delimited. Absent Content-Length and Transfer-Encoding mean length 0.
struct BodyFraming {
  bool chunked = false;
  uint64_t length = 0;  ///< Of a body that is not chunked.
  bool empty() const { return !chunked && length == 0; }
};

/// Finds the end of one request head in bytes as they arrive, and refuses as soon as no later byte can mend
/// what is there, so that a client with a wrong line ending is told at once. One object a request; owned by
/// one thread.
class HeadScanner {
 public:
  static constexpr size_t kFieldsMax = 100;

  struct Limits {
    uint32_t header_bytes_max;
    uint32_t target_bytes_max;
  };
  enum class State { kNeedMore, kComplete, kRefused };

  explicit HeadScanner(Limits limits) : limits_(limits) {}

  /// `bytes` begins where the request begins and holds all that has arrived; later calls pass the same bytes
  /// and more.
  State scan(std::string_view bytes);
  /// After kComplete: the head through its empty line, and where it ends. One leading CRLF is skipped (RFC
  /// 9112, 2.2).
  std::string_view head(std::string_view bytes) const { return bytes.substr(begin_, line_ - begin_); }
  size_t end() const { return line_; }
  /// After kRefused.
  const Refusal& refusal() const { return refusal_; }

 private:
  State refuse(Refusal refusal);
  /// Judges one line without its line feed. True at the empty line that ends the head.
  bool take_line(std::string_view line);
  void check_request_line(std::string_view line);
  /// Judges a line whose end has not arrived.
  void check_open_line(std::string_view open);
  void check_fields_size(size_t open_bytes);

  Limits limits_;
  size_t begin_ = 0;     ///< Of the request line.
  size_t line_ = 0;      ///< Begin of the first line not yet judged.
  size_t searched_ = 0;  ///< No line feed in [line_, searched_).
  size_t lines_ = 0;
  size_t fields_bytes_ = 0;
  bool refused_ = false;
  Refusal refusal_;
};

/// Judges the fields that delimit the message: Host, Content-Length, Transfer-Encoding, Expect. Fills
/// `framing`.
std::optional<Refusal> check_fields(const RequestHead& head, BodyFraming& framing);

/// Splits and decodes the target into `path` and `query`. Origin form, `*` of OPTIONS, and absolute form
/// whose authority is the Host field are accepted.
std::optional<Refusal> decode_target(const RequestHead& head, std::string& path, Params& query);

/// The target as `decode_target` accepted it, still encoded, without scheme and authority.
std::string origin_form(const RequestHead& head);

/// True when the connection may carry another request after this one.
bool wants_keep_alive(const RequestHead& head);

/// True when `token` is an element of the comma-separated lists in the fields of that name, without regard to
/// case.
bool has_token(const Headers& headers, std::string_view name, std::string_view token);

}  // namespace weir::net
