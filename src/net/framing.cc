#include "net/framing.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include <fmt/format.h>

#include "net/ascii.h"

namespace weir::net {

namespace {

// A request line holds a method and a version beside the target.
constexpr size_t kMethodBytesMax = 32;
constexpr size_t kRequestLineExtra = kMethodBytesMax + sizeof("  HTTP/1.1\r");

Refusal bad_request(std::string message) {
  return {400, Reject::kFraming, std::move(message)};
}

/// "HTTP/d.d", whatever the digits.
bool is_http_version(std::string_view text) {
  return text.size() == 8 && text.starts_with("HTTP/") && is_digit(text[5]) && text[6] == '.' &&
         is_digit(text[7]);
}

size_t count_fields(const Headers& headers, std::string_view name) {
  return static_cast<size_t>(
      std::count_if(headers.all().begin(), headers.all().end(),
                    [&](const auto& field) { return equals_ignore_case(field.first, name); }));
}

bool is_host_character(char c) {
  return is_alpha(c) || is_digit(c) ||
         std::string_view("-._~%!$&'()*+;=:[]").find(c) != std::string_view::npos;
}

std::optional<Refusal> check_host(const RequestHead& head) {
  const size_t hosts = count_fields(head.headers, "Host");
  if (hosts > 1) return bad_request(fmt::format("Host: {} fields, exactly one is allowed", hosts));
  if (hosts == 0 && head.minor_version >= 1) return bad_request("Host: missing, HTTP/1.1 requires it");
  const std::string_view host = head.headers.get("Host");
  if (!std::all_of(host.begin(), host.end(), is_host_character))
    return bad_request("Host: not a host and port");
  return std::nullopt;
}

std::optional<Refusal> check_transfer_encoding(const RequestHead& head, BodyFraming& framing) {
  const size_t fields = count_fields(head.headers, "Transfer-Encoding");
  if (fields == 0) return std::nullopt;
  if (head.minor_version == 0) return bad_request("Transfer-Encoding: not part of HTTP/1.0");
  if (fields > 1)
    return bad_request(fmt::format("Transfer-Encoding: {} fields, at most one is allowed", fields));
  if (head.headers.has("Content-Length"))
    return bad_request("Content-Length and Transfer-Encoding in one request");
  if (!equals_ignore_case(head.headers.get("Transfer-Encoding"), "chunked")) {
    return bad_request("Transfer-Encoding: only chunked, and nothing beside it, is supported");
  }
  framing.chunked = true;
  return std::nullopt;
}

std::optional<Refusal> check_content_length(const RequestHead& head, BodyFraming& framing) {
  const size_t fields = count_fields(head.headers, "Content-Length");
  if (fields == 0) return std::nullopt;
  if (fields > 1)
    return bad_request(fmt::format("Content-Length: {} fields, at most one is allowed", fields));
  const std::string_view text = head.headers.get("Content-Length");
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), framing.length);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
    return bad_request("Content-Length: not one decimal number below 2^64");
  }
  return std::nullopt;
}

std::optional<Refusal> check_expect(const RequestHead& head) {
  if (!head.headers.has("Expect")) return std::nullopt;
  if (count_fields(head.headers, "Expect") == 1 &&
      equals_ignore_case(head.headers.get("Expect"), "100-continue")) {
    return std::nullopt;
  }
  return Refusal{417, Reject::kExpectation, "Expect: only 100-continue is supported"};
}

/// Takes "http://authority" off an absolute-form target, which proxies send; the authority has to be the
/// Host.
std::optional<Refusal> strip_authority(const RequestHead& head, std::string_view& target) {
  if (target.starts_with('/')) return std::nullopt;
  std::string_view rest = target;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (equals_ignore_case(target.substr(0, scheme.size()), scheme)) rest.remove_prefix(scheme.size());
  }
  if (rest.size() == target.size()) return bad_request("request target: not a path that begins with '/'");
  const size_t authority_bytes = std::min(rest.find_first_of("/?"), rest.size());
  if (!equals_ignore_case(rest.substr(0, authority_bytes), head.headers.get("Host"))) {
    return bad_request("request target: its authority is not the Host field's");
  }
  target = rest.substr(authority_bytes);
  return std::nullopt;
}

}  // namespace

HeadScanner::State HeadScanner::refuse(Refusal refusal) {
  refused_ = true;
  refusal_ = std::move(refusal);
  return State::kRefused;
}

HeadScanner::State HeadScanner::scan(std::string_view bytes) {
  while (!refused_) {
    const void* found = std::memchr(bytes.data() + searched_, '\n', bytes.size() - searched_);
    if (found == nullptr) {
      searched_ = bytes.size();
      check_open_line(bytes.substr(line_));
      return refused_ ? State::kRefused : State::kNeedMore;
    }
    const auto line_end = static_cast<size_t>(static_cast<const char*>(found) - bytes.data());
    const std::string_view line = bytes.substr(line_, line_end - line_);
    line_ = searched_ = line_end + 1;
    if (take_line(line)) return State::kComplete;
  }
  return State::kRefused;
}

void HeadScanner::check_open_line(std::string_view open) {
  if (lines_ > 0) return check_fields_size(open == "\r" ? 0 : open.size());  // the empty line is no field
  if (open.size() > limits_.target_bytes_max + kRequestLineExtra) {
    refuse({414, Reject::kTargetTooLong,
            fmt::format("request target: limit {} bytes", limits_.target_bytes_max)});
  } else if (!open.empty() && !is_token_char(open.front()) && open.front() != '\r') {
    refuse(bad_request("request line: no method"));  // TLS on a plain port, for one, which sends no line feed
  }
}

void HeadScanner::check_fields_size(size_t open_bytes) {
  if (fields_bytes_ + open_bytes <= limits_.header_bytes_max) return;
  refuse(
      {431, Reject::kHeaderTooLarge, fmt::format("header fields: limit {} bytes", limits_.header_bytes_max)});
}

bool HeadScanner::take_line(std::string_view line) {
  if (!line.ends_with('\r')) {
    refuse(bad_request("a line of the head ends without a carriage return"));
    return false;
  }
  line.remove_suffix(1);
  if (line.empty() && lines_ == 0 && begin_ == 0) {
    begin_ = line_;
    return false;
  }
  if (line.empty() && lines_ > 0) return true;
  if (std::any_of(line.begin(), line.end(), is_control)) {
    refuse(bad_request("a control character in the head"));
  } else if (lines_ == 0) {
    check_request_line(line);
  } else if (line.front() == ' ' || line.front() == '\t') {
    refuse(bad_request("a folded header line (obs-fold)"));
  } else {
    fields_bytes_ += line.size() + 2;
    check_fields_size(0);
    if (lines_ > kFieldsMax) {
      refuse({431, Reject::kHeaderTooLarge, fmt::format("header fields: limit {} fields", kFieldsMax)});
    }
  }
  ++lines_;
  return false;
}

void HeadScanner::check_request_line(std::string_view line) {
  const size_t target_begin = line.find(' ');
  const size_t version_begin = line.rfind(' ');
  if (target_begin == std::string_view::npos || target_begin == version_begin) {
    refuse(bad_request("request line: not METHOD TARGET VERSION"));
    return;
  }
  const std::string_view method = line.substr(0, target_begin);
  if (method.empty() || !std::all_of(method.begin(), method.end(), is_token_char)) {
    refuse(bad_request("method: not a token"));
    return;
  }
  if (target_begin > kMethodBytesMax) {
    refuse(bad_request(fmt::format("method: limit {} bytes", kMethodBytesMax)));
    return;
  }
  if (version_begin - target_begin - 1 > limits_.target_bytes_max) {
    refuse({414, Reject::kTargetTooLong,
            fmt::format("request target: {} bytes, limit {}", version_begin - target_begin - 1,
                        limits_.target_bytes_max)});
    return;
  }
  const std::string_view version = line.substr(version_begin + 1);
  if (!is_http_version(version)) {
    refuse(bad_request("version: not HTTP/1.1"));
  } else if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    refuse({505, Reject::kFraming, "version: only HTTP/1.0 and HTTP/1.1 are supported"});
  }
}

std::optional<Refusal> check_fields(const RequestHead& head, BodyFraming& framing) {
  framing = {};
  if (auto refusal = check_host(head)) return refusal;
  if (auto refusal = check_transfer_encoding(head, framing)) return refusal;
  if (auto refusal = check_content_length(head, framing)) return refusal;
  return check_expect(head);
}

std::optional<Refusal> decode_target(const RequestHead& head, std::string& path, Params& query) {
  std::string_view target = head.target;
  if (target == "*" && head.method == "OPTIONS") {
    path = head.target;
    return std::nullopt;
  }
  if (auto refusal = strip_authority(head, target)) return refusal;
  if (target.find('#') != std::string_view::npos) return bad_request("request target: holds a fragment");
  const size_t path_bytes = std::min(target.find('?'), target.size());
  auto decoded = percent_decode(target.substr(0, path_bytes), false);
  if (!decoded.ok()) return bad_request("path: " + decoded.error().message);
  if (decoded->find('\0') != std::string::npos) return bad_request("path: holds a NUL");
  path = *std::move(decoded);
  if (path.empty()) path.push_back('/');  // "http://host?query" has none
  if (path_bytes == target.size()) return std::nullopt;
  const Status parsed = query.parse(target.substr(path_bytes + 1));
  if (!parsed.ok()) return bad_request("query: " + parsed.error().message);
  return std::nullopt;
}

std::string origin_form(const RequestHead& head) {
  std::string_view target = head.target;
  if (target == "*") return std::string(target);
  strip_authority(head, target);
  return target.starts_with('/') ? std::string(target) : "/" + std::string(target);
}

bool wants_keep_alive(const RequestHead& head) {
  if (has_token(head.headers, "Connection", "close")) return false;
  return head.minor_version >= 1 || has_token(head.headers, "Connection", "keep-alive");
}

bool has_token(const Headers& headers, std::string_view name, std::string_view token) {
  for (const auto& [field, value] : headers.all()) {
    if (!equals_ignore_case(field, name)) continue;
    for (std::string_view rest = value; !rest.empty();) {
      const size_t item_bytes = std::min(rest.find(','), rest.size());
      if (equals_ignore_case(trim(rest.substr(0, item_bytes)), token)) return true;
      rest.remove_prefix(std::min(item_bytes + 1, rest.size()));
    }
  }
  return false;
}

}  // namespace weir::net
