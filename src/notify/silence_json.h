#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "notify/silence.h"

namespace weir::notify {

/// As Alertmanager's `GET /api/v2/silence/ID` has it.
std::string silence_json(const Silence& silence, TimestampMs now_ms);
/// As `GET /api/v2/silences` has them.
std::string silences_json(const std::vector<Silence>& silences, TimestampMs now_ms);

/// Reads the body of `POST /api/v2/silences`, or one item of what `silences_json` makes: a silence that has
/// no id may be without one. Keys that are not known are passed over, as there. Errors: kInvalidArgument,
/// naming the key.
Result<Silence> parse_silence(std::string_view text);
/// Reads what `silences_json` made.
Result<std::vector<Silence>> parse_silences(std::string_view text);

}  // namespace weir::notify
