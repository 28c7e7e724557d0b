#pragma once

#include <span>
#include <string>
#include <string_view>

#include "notify/notification.h"

namespace weir::notify {

/// The body of a webhook of Alertmanager's version "4".
/// - `alerts_max`: so many alerts are in it, and `truncatedAlerts` says how many are not; 0: all.
std::string webhook_json(const Notification& notification, std::string_view external_url, size_t alerts_max);

/// The body of Alertmanager's `POST /api/v2/alerts`. An alert that fires ends, for who receives it, at
/// `fires_until_ms` if nobody says otherwise before.
std::string alerts_json(std::span<const Alert> alerts, TimestampMs fires_until_ms);

}  // namespace weir::notify
