#include "net/response_head.h"

#include <algorithm>
#include <chrono>
#include <iterator>

#include <fmt/format.h>

#include "net/ascii.h"

namespace weir::net {

namespace {

bool is_servers_own(std::string_view name) {
  constexpr std::string_view kOwn[] = {"Connection", "Content-Length", "Date",
                                       "Keep-Alive", "Server",         "Transfer-Encoding"};
  return std::any_of(std::begin(kOwn), std::end(kOwn),
                     [&](std::string_view own) { return equals_ignore_case(name, own); });
}

}  // namespace

void append_field(std::string& out, std::string_view name, std::string_view value) {
  if (name.empty() || !std::all_of(name.begin(), name.end(), is_token_char)) return;
  out.append(name).append(": ");
  std::transform(value.begin(), value.end(), std::back_inserter(out),
                 [](char c) { return is_control(c) ? ' ' : c; });
  out.append("\r\n");
}

bool status_has_body(int status) {
  return status >= 200 && status != 204 && status != 304;
}

std::string response_head(const HttpResponse& response, const ResponseFraming& framing) {
  std::string out;
  out.reserve(256);
  fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\nServer: weir\r\nDate: {}\r\n", response.status,
                 reason_phrase(response.status), framing.date);
  for (const auto& [name, value] : response.headers.all()) {
    if (!is_servers_own(name)) append_field(out, name, value);
  }
  if (status_has_body(response.status) && !framing.until_close) {
    fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n", response.body.size());
  }
  if (framing.close) {
    out.append("Connection: close\r\n");
  } else if (framing.say_keep_alive) {
    out.append("Connection: keep-alive\r\n");
  }
  out.append("\r\n");
  return out;
}

std::string http_date(TimestampMs wall_ms) {
  using namespace std::chrono;
  constexpr std::string_view kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const sys_time<milliseconds> when{milliseconds(wall_ms)};
  const auto day = floor<days>(when);
  const year_month_day date{day};
  const hh_mm_ss time{floor<seconds>(when - day)};
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[weekday(day).c_encoding()],
                     static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), time.hours().count(), time.minutes().count(),
                     time.seconds().count());
}

}  // namespace weir::net
