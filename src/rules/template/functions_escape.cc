#include <fmt/format.h>

#include "base/html.h"
#include "rules/template/functions.h"
#include "rules/template/go_format.h"
#include "rules/template/go_text.h"

// Text made safe for HTML, JavaScript and URLs; after text/template/funcs.go and net/url.
namespace weir::rules::templates {
namespace {

// What is escaped: the arguments as actions would print them, with a space between two that are both no text.
std::string joined(const Call& call) {
  std::string out;
  bool after_text = true;
  for (const Value& value : call.arguments) {
    const bool is_text = value.is<Text>() || value.is<Nil>();
    if (!after_text && !is_text) out += ' ';
    out += value.is<Nil>() ? "<no value>" : printed(value);
    after_text = is_text;
  }
  return out;
}

std::string js_escaped(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const Rune rune = first_rune(text);
    const std::string_view whole = text.substr(0, rune.size);
    text.remove_prefix(rune.size);
    if (whole == "\\" || whole == "'" || whole == "\"") {
      out += '\\';
      out += whole;
    } else if (rune.code < ' ' || std::string_view("<>&=").find(whole) != std::string_view::npos) {
      out += fmt::format("\\u{:04X}", rune.code);
    } else if (rune.code < 0x80 || (rune.valid && is_printable(rune.code))) {
      out += whole;
    } else if (!rune.valid) {
      out += "\xEF\xBF\xBD";
    } else {
      out += fmt::format("\\u{:04X}", rune.code);
    }
  }
  return out;
}

std::string query_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool alphanumeric = ('0' <= c && c <= '9') || ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z');
    if (alphanumeric || c == '-' || c == '_' || c == '.' || c == '~') {
      out += c;
    } else if (c == ' ') {
      out += '+';
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

template <std::string (*escape)(std::string_view)>
Result<Value> escaped(const Call& call) {
  return text_value(escape(joined(call)));
}

Result<Value> url_query_escape(const Call& call) {
  return text_value(query_escaped(call.text(0)));
}

Result<Value> safe_html(const Call& call) {
  return Value{Text{call.arguments[0].get<Text>()->shared, true}};
}

// The console's page of an expression, as Prometheus links to its own.
template <int tab>
Result<Value> link(const Call& call) {
  return text_value(fmt::format("/graph?g0.expr={}&g0.tab={}", query_escaped(call.text(0)), tab));
}

}  // namespace

std::vector<Function> escaping_functions() {
  using enum Parameter;
  return {
      {"html", {}, kAny, escaped<html_escaped>},      {"js", {}, kAny, escaped<js_escaped>},
      {"urlquery", {}, kAny, escaped<query_escaped>}, {"urlQueryEscape", {kString}, {}, url_query_escape},
      {"safeHtml", {kString}, {}, safe_html},         {"graphLink", {kString}, {}, link<0>},
      {"tableLink", {kString}, {}, link<1>},
  };
}

}  // namespace weir::rules::templates
