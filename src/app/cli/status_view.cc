#include "app/cli/status_view.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "app/cli/json_part.h"
#include "app/cli/number_text.h"
#include "app/cli/time_text.h"
#include "config/units.h"

namespace weir::app::cli {
namespace {

namespace json = boost::json;

using Part = JsonPart;

std::string count(const Part& part) {
  return readable_count(part.number());
}

std::string bytes(const Part& part) {
  return readable_bytes(part.number());
}

std::string uptime(const Part& part) {
  const double seconds = std::clamp(part.number(), 0.0, 9e9);
  return config::format_duration(std::chrono::seconds(static_cast<int64_t>(seconds)));
}

std::string durability(const std::string& word) {
  if (word == "fsync") return "fsync: acknowledged samples are on stable storage";
  if (word == "replicated") return "replicated: acknowledged samples are on several machines";
  if (word == "page_cache")
    return "page_cache: acknowledged samples survive a crash of Weir, not of the machine";
  return word;
}

std::string roles(const Part& root) {
  std::string text;
  for (const Part& role : root["roles"].items()) text += (text.empty() ? "" : ", ") + role.text();
  return text;
}

/// A process has the parts that its roles need; older servers have all and do not say so.
bool has_part(const Part& part) {
  return part.present() && !(part["present"].present() && !part["present"].is_true());
}

std::string engines(const Part& engines) {
  std::string text;
  for (const char* seam : {"log", "store", "catalogue", "cache"}) {
    if (!engines[seam].present()) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", seam, engines[seam].text());
  }
  return text;
}

std::string log_line(const Part& log) {
  const auto partitions = log["partitions"].items();
  double lag = 0;
  double refused = 0;
  for (const Part& partition : partitions) {
    lag += partition["lag"].number();
    refused += partition["refused"].number();
  }
  std::string text = log["writable"].is_true() ? "writable" : "READ-ONLY (" + log["reason"].text() + ")";
  text += fmt::format(", {} partitions, {:.0f} records behind", partitions.size(), lag);
  if (refused > 0) text += fmt::format(", {:.0f} records could not be read", refused);
  return text;
}

std::string store_line(const Part& store) {
  return fmt::format("{} active series; {} samples in memory ({}), {} in {} blocks ({})",
                     count(store["active_series"]), count(store["head_samples"]), bytes(store["head_bytes"]),
                     count(store["block_samples"]), count(store["blocks"]), bytes(store["block_bytes"]));
}

std::string span_line(const Part& store) {
  if (store["maxt_ms"].number() <= 0) return "no samples yet";
  const auto time = [](const Part& part) {
    return readable_time(static_cast<TimestampMs>(std::clamp(part.number(), 0.0, 1e15)));
  };
  return fmt::format("{} to {} UTC", time(store["mint_ms"]), time(store["maxt_ms"]));
}

std::string breaker_lines(const Part& root) {
  std::string text;
  for (const Part& breaker : root["breakers"].items()) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", breaker["name"].text(), breaker["state"].text());
  }
  return text;
}

}  // namespace

Result<std::string> status_view(std::string_view body, const Terminal& terminal) {
  json::error_code failed;
  const json::value value = json::parse(json::string_view(body.data(), body.size()), failed);
  if (failed || !value.is_object()) return invalid_argument("the server's answer is not a status");
  const Part root(&value);
  std::string out = styled(terminal, Style::kBold,
                           fmt::format("weir {} ({})", root["version"].text(), root["commit"].text())) +
                    "\n";
  const auto line = [&](std::string_view title, bool present, const std::string& text) {
    if (present && !text.empty()) out += fmt::format("{:<12}{}\n", title, text);
  };
  line("State", root["ready"].present(), root["ready"].is_true() ? "ready" : "NOT READY");
  line("Up for", root["uptime_s"].present(), uptime(root["uptime_s"]));
  line("Roles", true, roles(root));
  line("Engines", root["engines"].present(), engines(root["engines"]));
  line("Durability", has_part(root["log"]), durability(root["durability"].text()));
  line("Collector", root["collector"].present(), root["collector"].is_true() ? "on" : "off");
  line("Log", has_part(root["log"]), log_line(root["log"]));
  line("Store", has_part(root["store"]), store_line(root["store"]));
  line("Data", has_part(root["store"]), span_line(root["store"]));
  line("Ingest", has_part(root["ingest"]),
       fmt::format("{} samples accepted, {} rejected since the start", count(root["ingest"]["samples_total"]),
                   count(root["ingest"]["rejected_total"])));
  line("Live", has_part(root["live"]),
       fmt::format("{} connections, {} subscriptions", count(root["live"]["connections"]),
                   count(root["live"]["subscriptions"])));
  line("Breakers", true, breaker_lines(root));
  return out;
}

}  // namespace weir::app::cli
