#include "app/cli/backtest_report.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "app/cli/json_part.h"
#include "app/cli/label_text.h"
#include "app/cli/number_text.h"
#include "app/cli/time_text.h"
#include "base/duration.h"

namespace weir::app::cli {
namespace {

/// More are only counted; JSON has all.
constexpr size_t kAlertsShown = 20;
constexpr size_t kIntervalsShown = 10;

std::optional<TimestampMs> time_of(const JsonPart& part) {
  const auto time = parse_time(part.text());
  return time.ok() ? std::optional(*time) : std::nullopt;
}

int64_t whole_number(const JsonPart& part) {
  return std::llround(part.number());
}

std::string count_text(const JsonPart& part) {
  return readable_count(part.number());
}

std::string times(int64_t count) {
  return count == 1 ? "once" : fmt::format("{} times", readable_count(static_cast<double>(count)));
}

struct Span {
  TimestampMs pending_ms = 0;
  std::optional<TimestampMs> firing_ms;
  std::optional<TimestampMs> end_ms;
  std::string value;
};

Span span_of(const JsonPart& interval) {
  return {time_of(interval["pending"]).value_or(0), time_of(interval["firing"]), time_of(interval["end"]),
          interval["value"].text()};
}

/// Draws when an alert was there. Immutable.
class Timeline {
 public:
  Timeline(TimestampMs start_ms, TimestampMs end_ms, TimestampMs until_ms, size_t cells)
      : start_ms_(start_ms),
        length_ms_(std::max<int64_t>(1, end_ms - start_ms)),
        cells_(cells),
        blank_(cells, ' ') {
    if (until_ms < end_ms) mark(until_ms, end_ms, '?', blank_);
  }

  std::string draw(const std::vector<Span>& spans, TimestampMs until_ms) const {
    std::string line = blank_;
    for (const Span& span : spans) {
      const TimestampMs end_ms = span.end_ms.value_or(until_ms);
      mark(span.pending_ms, span.firing_ms.value_or(end_ms), '.', line);
    }
    for (const Span& span : spans) {
      if (span.firing_ms) mark(*span.firing_ms, span.end_ms.value_or(until_ms), '#', line);
    }
    return "|" + line + "|";
  }

 private:
  size_t cell(TimestampMs at_ms) const {
    const double share = static_cast<double>(at_ms - start_ms_) / static_cast<double>(length_ms_);
    const double place = std::floor(std::clamp(share, 0.0, 1.0) * static_cast<double>(cells_));
    return std::min(static_cast<size_t>(place), cells_ - 1);
  }
  // At least a cell, however short it was; nothing where it ends as it begins.
  void mark(TimestampMs begin_ms, TimestampMs end_ms, char mark, std::string& line) const {
    const size_t first = cell(begin_ms);
    const size_t last = std::max(first, cell(std::max(begin_ms, end_ms - 1)));
    if (end_ms > begin_ms) line.replace(first, last - first + 1, last - first + 1, mark);
  }

  const TimestampMs start_ms_;
  const int64_t length_ms_;
  const size_t cells_;
  std::string blank_;
};

/// Lives for one report.
class Reporter {
 public:
  Reporter(std::string_view name, const JsonPart& root, const Terminal& terminal)
      : root_(root),
        terminal_(terminal),
        start_ms_(time_of(root["start"]).value_or(0)),
        end_ms_(time_of(root["end"]).value_or(0)),
        until_ms_(time_of(root["until"]).value_or(0)),
        timeline_(start_ms_, end_ms_, until_ms_, std::clamp<size_t>(terminal.width, 32, 112) - 8) {
    head(name);
  }

  BacktestReport run() {
    for (const JsonPart& group : root_["groups"].items()) {
      out_ += fmt::format("\n{} {}, every {}\n", styled(terminal_, Style::kBold, "group"),
                          group["name"].text(), format_duration(whole_number(group["interval_ms"])));
      for (const JsonPart& rule : group["rules"].items()) this->rule(rule);
    }
    return {std::move(out_), !root_["partial"].is_true(), healthy_};
  }

 private:
  void head(std::string_view name) {
    const JsonPart totals = root_["totals"];
    out_ += fmt::format("{}: {} to {} ({}): {} evaluations in {}, {} samples read\n", printable(name),
                        readable_time(start_ms_), readable_time(end_ms_),
                        format_duration(end_ms_ - start_ms_), count_text(totals["evaluations"]),
                        readable_micros(totals["took_us"].number()), count_text(totals["samples_read"]));
    if (root_["partial"].is_true()) {
      out_ += fmt::format("{} only until {}: {}\n", styled(terminal_, Style::kYellow, "partial:"),
                          readable_time(until_ms_), root_["reason"].text());
    }
    if (totals["conflicts"].number() > 0) {
      out_ += fmt::format("{} {} samples were dropped, as another rule makes the same series\n",
                          styled(terminal_, Style::kYellow, "warning:"), count_text(totals["conflicts"]));
    }
  }

  void rule(const JsonPart& rule) {
    const bool alerting = rule["type"].text() == "alerting";
    out_ += fmt::format("  {} {}: {}\n", alerting ? "alert" : "record", rule["name"].text(),
                        rule["query"].text());
    if (rule["failures"].number() > 0) failure(rule);
    if (alerting) {
      alerts(rule);
    } else {
      out_ += fmt::format("    {} samples of {} series\n", count_text(rule["samples"]),
                          count_text(rule["series"]));
    }
  }

  void failure(const JsonPart& rule) {
    healthy_ = false;
    const JsonPart first = rule["first_failure"];
    out_ += fmt::format("    {} {} of {} evaluations failed, first at {}: {}\n",
                        styled(terminal_, Style::kRed, "error:"), count_text(rule["failures"]),
                        count_text(rule["evaluations"]), readable_time(time_of(first["time"]).value_or(0)),
                        first["error"].text());
  }

  void alerts(const JsonPart& rule) {
    const int64_t fired = whole_number(rule["fired"]);
    const std::vector<JsonPart> alerts = rule["alerts"].items();
    if (fired > 0) {
      out_ += fmt::format("    would have fired {}, {} in all, at most {} at once\n", times(fired),
                          format_duration(whole_number(rule["firing_ms"])), count_text(rule["firing_peak"]));
    } else {
      out_ += alerts.empty() ? "    would not have fired\n" : "    would have been pending, and not fired\n";
    }
    for (size_t i = 0; i < std::min(alerts.size(), kAlertsShown); ++i) alert(alerts[i]);
    if (alerts.size() > kAlertsShown)
      out_ +=
          fmt::format("    ... and {} more alerts; --output json has all\n", alerts.size() - kAlertsShown);
  }

  void alert(const JsonPart& alert) {
    std::vector<Span> spans;
    for (const JsonPart& interval : alert["intervals"].items()) spans.push_back(span_of(interval));
    out_ += fmt::format("    {}\n      {}\n", label_text(alert["labels"]), timeline_.draw(spans, until_ms_));
    for (const auto& [name, text] : alert["annotations"].fields())
      out_ += fmt::format("      {}: {}\n", name, text.text());
    for (size_t i = 0; i < std::min(spans.size(), kIntervalsShown); ++i) out_ += "      " + line_of(spans[i]);
    if (spans.size() > kIntervalsShown)
      out_ +=
          fmt::format("      ... and {} more times; --output json has all\n", spans.size() - kIntervalsShown);
  }

  std::string line_of(const Span& span) const {
    const TimestampMs end_ms = span.end_ms.value_or(until_ms_);
    std::string line = "pending " + readable_time(span.pending_ms);
    if (!span.firing_ms) {
      return line + fmt::format(" for {}{}, value {}\n", format_duration(end_ms - span.pending_ms),
                                span.end_ms ? ", then gone" : ", and still", span.value);
    }
    line += fmt::format(", firing {} for {}", readable_time(*span.firing_ms),
                        format_duration(std::max<int64_t>(0, end_ms - *span.firing_ms)));
    line += span.end_ms ? ", resolved " + readable_time(*span.end_ms) : ", and still";
    return line + fmt::format(", value {}\n", span.value);
  }

  const JsonPart& root_;
  const Terminal& terminal_;
  const TimestampMs start_ms_;
  const TimestampMs end_ms_;
  const TimestampMs until_ms_;
  const Timeline timeline_;
  std::string out_;
  bool healthy_ = true;
};

}  // namespace

Result<BacktestReport> to_backtest_report(std::string_view name, std::string_view body,
                                          const Terminal& terminal) {
  boost::json::error_code failed;
  const boost::json::value value =
      boost::json::parse(boost::json::string_view(body.data(), body.size()), failed);
  const JsonPart root(failed ? nullptr : &value);
  if (!root["groups"].present() || !time_of(root["start"]) || !time_of(root["end"]))
    return invalid_argument("the server's answer is not that of a backtest");
  return Reporter(name, root, terminal).run();
}

}  // namespace weir::app::cli
