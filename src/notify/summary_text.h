#pragma once

#include <string>

#include "notify/notification.h"

namespace weir::notify {

/// What Alertmanager's default templates make of a group for a title or subject:
/// `[FIRING:2] HostDown node (critical)`: the values of the group's labels, and in brackets those of the
/// other labels that all alerts have. `alertname` stands first.
std::string subject_text(const Notification& notification);

/// The alerts in plain text: labels, annotations and source of each, under `heading` lines for those that
/// fire and those that are resolved.
std::string alerts_text(const Notification& notification);

}  // namespace weir::notify
