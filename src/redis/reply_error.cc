#include "redis/reply_error.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace weir::redis {
namespace {

constexpr size_t kTextBytesMax = 200;

struct Rule {
  std::string_view prefix;
  Code code;
};
// redis.io/docs, and `grep shared\..*err src/server.c` of Redis 7.0.
constexpr Rule kRules[] = {
    {"LOADING ", Code::kUnavailable},
    {"BUSY ", Code::kUnavailable},
    {"MASTERDOWN ", Code::kUnavailable},
    {"CLUSTERDOWN ", Code::kUnavailable},
    {"TRYAGAIN ", Code::kUnavailable},
    {"READONLY ", Code::kUnavailable},
    {"NOREPLICAS ", Code::kUnavailable},
    {"MISCONF ", Code::kUnavailable},
    {"ERR max number of clients", Code::kUnavailable},
    {"OOM ", Code::kResourceExhausted},
    {"NOAUTH ", Code::kPermissionDenied},
    {"WRONGPASS ", Code::kPermissionDenied},
    {"NOPERM ", Code::kPermissionDenied},
    {"DENIED ", Code::kPermissionDenied},
    {"NOSCRIPT ", Code::kNotFound},
    {"MOVED ", Code::kUnsupported},
    {"ASK ", Code::kUnsupported},
};

Code code_of(std::string_view reply) {
  const auto rule = std::find_if(std::begin(kRules), std::end(kRules),
                                 [&](const Rule& r) { return reply.substr(0, r.prefix.size()) == r.prefix; });
  return rule == std::end(kRules) ? Code::kInternal : rule->code;
}

std::string printable(std::string_view text) {
  std::string out(text.substr(0, kTextBytesMax));
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return out;
}

}  // namespace

Error to_error(std::string_view reply) {
  const std::string_view without_arguments = reply.substr(0, reply.find(", with args beginning with"));
  return {code_of(reply), printable(without_arguments)};
}

Error to_auth_error(std::string_view reply) {
  const Code code = code_of(reply);
  const std::string word = printable(reply.substr(0, reply.find(' ')));
  return {code == Code::kInternal ? Code::kPermissionDenied : code, fmt::format("AUTH refused: {}", word)};
}

}  // namespace weir::redis
