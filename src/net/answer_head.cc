#include "net/answer_head.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "net/ascii.h"
#include "net/response_head.h"

namespace weir::net {

namespace {

Error malformed(std::string_view what) {
  return invalid_argument(fmt::format("malformed answer: {}", what));
}

/// "HTTP/1.1 200 OK"; the reason may be empty, and then its space may be missing.
Status parse_status_line(std::string_view line, AnswerHead& head) {
  const bool version = line.starts_with("HTTP/1.1 ") || line.starts_with("HTTP/1.0 ");
  if (!version || line.size() < 12) return malformed("not a status line of HTTP/1.0 or 1.1");
  const std::string_view digits = line.substr(9, 3);
  if (!std::all_of(digits.begin(), digits.end(), is_digit) || (line.size() > 12 && line[12] != ' ')) {
    return malformed("its status is not three digits");
  }
  head.minor_version = line[7] - '0';
  head.status = (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0');
  if (head.status < 100 || head.status > 599) return malformed("a status outside of 100 to 599");
  return {};
}

Status parse_field(std::string_view line, AnswerHead& head) {
  const size_t colon = line.find(':');
  const std::string_view name = line.substr(0, std::min(colon, line.size()));
  if (colon == std::string_view::npos || name.empty() ||
      !std::all_of(name.begin(), name.end(), is_token_char)) {
    return malformed("a line that is no field");  // obs-fold too: it begins with a space
  }
  head.headers.add(std::string(name), std::string(trim(line.substr(colon + 1))));
  return {};
}

size_t count_fields(const Headers& headers, std::string_view name) {
  return static_cast<size_t>(
      std::count_if(headers.all().begin(), headers.all().end(),
                    [&](const auto& field) { return equals_ignore_case(field.first, name); }));
}

Result<uint64_t> content_length(const Headers& headers) {
  const std::string_view text = headers.get("Content-Length");
  uint64_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
    return malformed("its Content-Length is not one decimal number");
  }
  return length;
}

}  // namespace

Result<size_t> find_answer_end(std::string_view bytes, size_t head_bytes_max) {
  constexpr std::string_view kEnd = "\r\n\r\n";
  const size_t found = bytes.substr(0, head_bytes_max).find(kEnd);
  if (found != std::string_view::npos) return found + kEnd.size();
  if (bytes.size() < head_bytes_max) return size_t{0};
  return resource_exhausted(fmt::format("head of the answer: limit {} bytes", head_bytes_max));
}

Result<AnswerHead> parse_answer_head(std::string_view text) {
  AnswerHead head;
  for (size_t lines = 0;; ++lines) {
    const size_t end = text.find("\r\n");
    if (end == std::string_view::npos) return malformed("incomplete");
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 2);
    if (line.empty() && lines > 0) break;
    if (std::any_of(line.begin(), line.end(), is_control)) return malformed("a control character");
    if (lines > HeadScanner::kFieldsMax) return malformed("too many fields");
    RETURN_IF_ERROR(lines == 0 ? parse_status_line(line, head) : parse_field(line, head));
  }
  if (!text.empty()) return malformed("bytes behind its head");
  return head;
}

Result<BodyFraming> answer_framing(const AnswerHead& head) {
  BodyFraming framing;
  const size_t codings = count_fields(head.headers, "Transfer-Encoding");
  const size_t lengths = count_fields(head.headers, "Content-Length");
  if (codings + lengths > 1) return malformed("more than one field that delimits its body");
  if (!status_has_body(head.status)) {
    if (codings > 0) return malformed(fmt::format("Transfer-Encoding with status {}", head.status));
    return framing;
  }
  if (codings + lengths == 0) return malformed("neither Content-Length nor Transfer-Encoding");
  if (codings == 0) {
    ASSIGN_OR_RETURN(framing.length, content_length(head.headers));
    return framing;
  }
  framing.chunked =
      head.minor_version >= 1 && equals_ignore_case(head.headers.get("Transfer-Encoding"), "chunked");
  if (!framing.chunked) return malformed("a Transfer-Encoding other than chunked");
  return framing;
}

bool begins_event_stream(const AnswerHead& head) {
  const std::string_view type = head.headers.get("Content-Type");
  const bool delimited = head.headers.has("Transfer-Encoding") || head.headers.has("Content-Length");
  return head.status == 200 && !delimited &&
         equals_ignore_case(trim(type.substr(0, type.find(';'))), "text/event-stream");
}

bool answer_keeps_alive(const AnswerHead& head) {
  if (has_token(head.headers, "Connection", "close")) return false;
  return head.minor_version >= 1 || has_token(head.headers, "Connection", "keep-alive");
}

}  // namespace weir::net
