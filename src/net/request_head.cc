#include "net/request_head.h"

#include <boost/beast/http/basic_parser.hpp>
#include <limits>

#include "net/asio.h"  // before Beast

namespace weir::net {

namespace {

namespace http = boost::beast::http;
using BeastView = boost::beast::string_view;

std::string_view view(BeastView text) {
  return {text.data(), text.size()};
}

/// Writes straight into a RequestHead what Beast's `parser` would put into its own field container.
class HeadParser : public http::basic_parser<true> {
 public:
  explicit HeadParser(RequestHead& head) : head_(head) {
    header_limit(std::numeric_limits<std::uint32_t>::max());  // HeadScanner has the limits
    skip(true);                                               // complete after the head
  }

 private:
  void on_request_impl(http::verb, BeastView method, BeastView target, int version, error_code&) override {
    head_.method = view(method);
    head_.target = view(target);
    head_.minor_version = version % 10;
  }
  void on_field_impl(http::field, BeastView name, BeastView value, error_code&) override {
    head_.headers.add(std::string(view(name)), std::string(view(value)));
  }
  void on_response_impl(int, BeastView, int, error_code&) override {}
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(BeastView, error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, BeastView, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, BeastView, error_code&) override { return 0; }
  void on_finish_impl(error_code&) override {}

  RequestHead& head_;
};

}  // namespace

std::optional<Refusal> parse_request_head(std::string_view text, RequestHead& head) {
  HeadParser parser(head);
  error_code error;
  const size_t parsed = parser.put(asio::buffer(text.data(), text.size()), error);
  if (error) return Refusal{400, Reject::kFraming, "head: " + error.message()};
  if (!parser.is_done() || parsed != text.size()) return Refusal{400, Reject::kFraming, "head: incomplete"};
  return std::nullopt;
}

}  // namespace weir::net
