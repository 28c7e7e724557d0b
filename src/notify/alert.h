#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/time.h"
#include "model/labels.h"

/// Tells people and programs of alerts, as Alertmanager does.
namespace weir::notify {

/// Labels or annotations by name.
using TextMap = std::map<std::string, std::string>;

/// An alert as a rule made it: it fires from `starts_at_ms` on.
struct Alert {
  Labels labels;  ///< With `alertname`; they say which alert it is.
  TextMap annotations;
  TimestampMs starts_at_ms = 0;
  std::optional<TimestampMs>
      ends_at_ms;             ///< Absent: it fires until told otherwise. From then on it is resolved.
  std::string generator_url;  ///< Where the expression can be looked at; may be empty.

  bool is_resolved(TimestampMs now_ms) const { return ends_at_ms && *ends_at_ms <= now_ms; }
  bool operator==(const Alert&) const = default;
};

/// Names a label set as Alertmanager does (FNV-1a of sorted names and values, each with 0xff behind it), so
/// that what receives alerts of both sees one and the same.
uint64_t fingerprint(LabelsView labels);

/// Names what an alert is about from one begin to its end: the same labels that fire again are another
/// incident.
uint64_t incident(const Alert& alert);

/// As the API and the webhook write it: 16 hexadecimal digits.
std::string fingerprint_text(uint64_t fingerprint);

/// The order in which a notification lists alerts: by `job`, by `instance`, then by all labels; those without
/// the one or the other behind those with it.
bool listed_before(LabelsView a, LabelsView b);

/// `{a="b", c="d"}` with Go's quotes: how group keys write labels.
std::string labels_text(LabelsView labels);

/// `text` in double quotes, with the escapes of Go's strconv.Quote; printable characters of any script stay
/// as they are.
std::string go_quoted(std::string_view text);

/// The labels as a map.
TextMap text_map(LabelsView labels);

}  // namespace weir::notify
