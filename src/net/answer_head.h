#pragma once

#include <string_view>

#include "net/framing.h"
#include "net/http.h"

// The strict reading of an upstream's answer (RFC 9112): what is ambiguous ends the connection, so that bytes
// of one answer can never become part of another. Pure.

namespace weir::net {

/// Status line and fields of one answer.
struct AnswerHead {
  int status = 0;         ///< 100 to 599.
  int minor_version = 1;  ///< Of HTTP/1.x.
  Headers headers;
};

/// One past the empty line that ends the head; 0 while it has not come. kResourceExhausted when no head ends
/// within `head_bytes_max`.
Result<size_t> find_answer_end(std::string_view bytes, size_t head_bytes_max);

/// Parses a head that is complete, its empty line included. kInvalidArgument: not HTTP/1.0 or 1.1, a bare
/// line feed, a control character, obs-fold, a name that is not a token, more than HeadScanner::kFieldsMax
/// fields.
Result<AnswerHead> parse_answer_head(std::string_view text);

/// How the answer to a request other than HEAD is delimited. kInvalidArgument for both or repeated
/// Content-Length and Transfer-Encoding, for another coding than chunked, and for neither: a body that ends
/// with its connection cannot be told from one that was cut.
Result<BodyFraming> answer_framing(const AnswerHead& head);

/// True for an answer whose body is an event stream that ends with its connection: its events show by
/// themselves whether they are whole.
bool begins_event_stream(const AnswerHead& head);

/// True when the connection may carry another exchange.
bool answer_keeps_alive(const AnswerHead& head);

}  // namespace weir::net
