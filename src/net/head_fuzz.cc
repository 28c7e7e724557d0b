#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "net/request_head.h"

namespace weir::net {
namespace {

struct Verdict {
  HeadScanner::State state = HeadScanner::State::kNeedMore;
  int status = 0;
  size_t end = 0;
  bool operator==(const Verdict&) const = default;
};

/// Scans as the bytes would arrive in pieces of one size.
Verdict scan(std::string_view text, size_t piece_bytes) {
  HeadScanner scanner({.header_bytes_max = 512, .target_bytes_max = 256});
  Verdict verdict;
  for (size_t size = 0; size < text.size() && verdict.state == HeadScanner::State::kNeedMore;) {
    size = std::min(text.size(), size + piece_bytes);
    verdict.state = scanner.scan(text.substr(0, size));
  }
  if (verdict.state == HeadScanner::State::kRefused) verdict.status = scanner.refusal().status;
  if (verdict.state == HeadScanner::State::kComplete) verdict.end = scanner.end();
  return verdict;
}

void judge(std::string_view text) {
  HeadScanner scanner({.header_bytes_max = 512, .target_bytes_max = 256});
  if (text.empty() || scanner.scan(text) != HeadScanner::State::kComplete) return;
  RequestHead head;
  BodyFraming framing;
  std::string path;
  Params query;
  if (parse_request_head(scanner.head(text), head) || check_fields(head, framing)) return;
  CHECK(!framing.chunked || !head.headers.has("Content-Length"), "one framing");
  for (const auto& [name, value] : head.headers.all()) {
    CHECK(!name.empty() && value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos,
          "clean fields");
  }
  if (decode_target(head, path, query)) return;
  CHECK(!path.empty() && path.find('\0') == std::string::npos, "a clean path");
}

}  // namespace
}  // namespace weir::net

/// Request heads: one verdict however the bytes are cut, and nothing dangerous in what is accepted.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace weir::net;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // Refusals may come from different checks, as a limit can be passed before a bad line ends; acceptance may
  // not differ.
  const Verdict whole = scan(text, text.size() + 1);
  const Verdict bytewise = scan(text, 1);
  CHECK(whole.state == bytewise.state, "cutting changes no verdict");
  CHECK(whole.end == bytewise.end, "cutting moves no end");
  judge(text);
  return 0;
}
