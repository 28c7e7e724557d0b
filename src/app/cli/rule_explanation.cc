#include "app/cli/rule_explanation.h"

#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "app/cli/json_part.h"
#include "app/cli/label_text.h"
#include "app/cli/number_text.h"
#include "app/cli/time_text.h"
#include "base/duration.h"

namespace weir::app::cli {
namespace {

// A time of the answer; as it stands there where it is none.
std::string time_text(const JsonPart& part) {
  const auto time = parse_time(part.text());
  return time.ok() ? readable_time(*time) : part.text();
}

// "200ms behind", "5s ahead of".
std::string distance_text(const JsonPart& behind_ms) {
  const int64_t ms = std::llround(behind_ms.number());
  return fmt::format("{} {}", format_duration(std::abs(ms)), ms < 0 ? "ahead of" : "behind");
}

std::string duration_text(const JsonPart& ms) {
  return format_duration(std::llround(ms.number()));
}

/// Lives for one answer.
class Explainer {
 public:
  explicit Explainer(const Terminal& terminal) : terminal_(terminal) {}

  std::string run(const JsonPart& root) {
    line(0, "{}: watermark {}", root["alert"].text(),
         root["watermark"].text().empty() ? "not known"
                                          : fmt::format("{}, {} the clock", time_text(root["watermark"]),
                                                        distance_text(root["watermark_behind_ms"])));
    for (const JsonPart& one : root["rules"].items()) rule(one);
    changes(root);
    return std::move(out_);
  }

 private:
  template <typename... Args>
  void line(size_t indent, fmt::format_string<Args...> format, Args&&... args) {
    out_.append(indent, ' ');
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
    out_ += "\n";
  }

  void rule(const JsonPart& rule) {
    out_ += "\n";
    std::string head =
        fmt::format("{} {} of {}, every {}", styled(terminal_, Style::kBold, "group"), rule["group"].text(),
                    rule["file"].text(), duration_text(rule["interval_ms"]));
    if (rule["for_ms"].number() > 0) head += ", for " + duration_text(rule["for_ms"]);
    if (rule["keep_firing_for_ms"].number() > 0)
      head += ", keeps firing for " + duration_text(rule["keep_firing_for_ms"]);
    line(0, "{}", head);
    line(2, "{}", rule["query"].text());
    evaluation(rule);
    for (const JsonPart& one : rule["alerts"].items()) alert(one);
    const auto active = static_cast<size_t>(rule["alerts_active"].number());
    const size_t shown = rule["alerts"].items().size();
    if (active > shown) line(2, "... and {} more alerts; --match narrows them", active - shown);
    if (active > 0) return;
    line(2, "no alert; what decides it:");
    for (const JsonPart& one : rule["conditions"].items()) condition(one);
    line(2, "the samples that it reads:");
    for (const JsonPart& one : rule["selectors"].items()) selector(4, one);
  }

  void evaluation(const JsonPart& rule) {
    if (rule["evaluated"].text().empty()) {
      line(2, "not evaluated yet");
    } else {
      std::string text = fmt::format("{}, evaluated for {} in {}", rule["state"].text(),
                                     time_text(rule["evaluated"]), readable_micros(rule["took_us"].number()));
      if (rule["evaluated_behind_ms"].present())
        text += fmt::format(", {} the watermark", distance_text(rule["evaluated_behind_ms"]));
      line(2, "{}", text);
    }
    if (rule["error"].present())
      line(2, "{} {}", styled(terminal_, Style::kRed, "error:"), rule["error"].text());
  }

  void alert(const JsonPart& alert) {
    line(2, "{}", label_text(alert["labels"]));
    std::string state = fmt::format("{}, value {}, found since {}", alert["state"].text(),
                                    alert["value"].text(), time_text(alert["active_since"]));
    if (!alert["firing_since"].text().empty()) state += ", firing since " + time_text(alert["firing_since"]);
    if (alert["left_ms"].present()) state += fmt::format(", fires in {}", duration_text(alert["left_ms"]));
    if (!alert["kept_firing_since"].text().empty())
      state += ", kept firing since " + time_text(alert["kept_firing_since"]);
    line(4, "{}", state);
    for (const auto& [name, text] : alert["annotations"].fields()) line(4, "{}: {}", name, text.text());
    for (const JsonPart& one : alert["behind"].items()) selector(4, one);
  }

  void selector(size_t indent, const JsonPart& selector) {
    const std::vector<JsonPart> all = selector["series"].items();
    if (selector["error"].present())
      return line(indent, "{}: {}", selector["selector"].text(), selector["error"].text());
    if (all.empty()) return line(indent, "{}: no series", selector["selector"].text());
    line(indent, "{}: {}{} series", selector["selector"].text(),
         selector["series_cut"].is_true() ? "more than " : "", all.size());
    for (const JsonPart& series : all) {
      line(indent + 2, "{}", label_text(series["labels"]));
      std::string samples;
      for (const JsonPart& sample : series["samples"].items())
        samples += sample_text(sample, samples.empty());
      line(indent + 4, "{}", samples);
    }
  }

  // The day only where it is the first one: the samples of a selector lie close together.
  static std::string sample_text(const JsonPart& sample, bool first) {
    const std::vector<JsonPart> parts = sample.items();
    if (parts.size() != 2) return "";
    const std::string time = time_text(parts[0]);
    const size_t day = time.find(' ');
    const bool cut = !first && day != std::string::npos;
    return fmt::format("{}{} {}", first ? "" : ", ", cut ? time.substr(day + 1) : time, parts[1].text());
  }

  void condition(const JsonPart& condition) {
    line(4, "{}", condition["condition"].text());
    if (condition["error"].present())
      return line(6, "{} {}", styled(terminal_, Style::kRed, "error:"), condition["error"].text());
    const std::string count = readable_count(condition["count"].number());
    if (condition["count"].number() == 0) return line(6, "{} has no value", condition["expr"].text());
    if (condition["bound"].present()) {
      line(6, "{} has {} values; nearest to {} {}:", condition["expr"].text(), count, condition["op"].text(),
           condition["bound"].text());
    } else {
      line(6, "{} has {} values:", condition["expr"].text(), count);
    }
    for (const JsonPart& value : condition["values"].items())
      line(8, "{}  {}", value["value"].text(), label_text(value["labels"]));
  }

  void changes(const JsonPart& root) {
    out_ += "\n";
    if (root["changes_error"].present())
      return line(0, "changes cannot be read: {}", root["changes_error"].text());
    const std::vector<JsonPart> all = root["changes"].items();
    line(0, "{} since {}{}", all.empty() ? "no changes" : "changes", time_text(root["changes_start"]),
         root["changes_cut"].is_true() ? ", the newest of them" : "");
    for (const JsonPart& one : all) {
      const std::string to = one["to"].text();
      line(2, "{}  {} -> {}  {}", time_text(one["time"]), one["from"].text(),
           to == "inactive" && one["from"].text() == "firing" ? "resolved" : to, label_text(one["labels"]));
    }
  }

  const Terminal& terminal_;
  std::string out_;
};

}  // namespace

Result<std::string> to_rule_explanation(std::string_view body, const Terminal& terminal) {
  boost::json::error_code failed;
  const boost::json::value value =
      boost::json::parse(boost::json::string_view(body.data(), body.size()), failed);
  const JsonPart root(failed ? nullptr : &value);
  if (!root["rules"].present()) return invalid_argument("the server's answer is not that of an explanation");
  return Explainer(terminal).run(root);
}

}  // namespace weir::app::cli
