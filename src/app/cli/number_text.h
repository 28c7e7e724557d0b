#pragma once

#include <string>

namespace weir::app::cli {

/// 1234567 as "1,234,567"; negative numbers as 0.
std::string readable_count(double count);

/// Microseconds as "850 us", "12.3 ms" or "4.56 s".
std::string readable_micros(double micros);

/// 1234567 as "1.2 MiB".
std::string readable_bytes(double bytes);

}  // namespace weir::app::cli
