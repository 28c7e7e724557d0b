#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "query/engine.h"

/// What answers look like in a cache: bytes of which only the version that wrote them makes sense, with a
/// hash, so that what is no entry is found out and is as good as none. Pure.
namespace weir::gateway {

/// An answer as it goes out.
std::string pack_json(std::string_view json);
/// Nothing for more than `bytes_max` bytes of JSON.
std::optional<std::string> unpack_json(std::string_view entry, uint64_t bytes_max);

/// A matrix without histograms, with its warnings and infos. Nothing for another result, and for one that
/// takes more than `bytes_max` bytes.
std::optional<std::string> pack_matrix(const query::QueryResult& result, uint64_t bytes_max);
/// Nothing, too, where a time lies outside of `range` or does not ascend.
std::optional<query::QueryResult> unpack_matrix(std::string_view entry, uint64_t bytes_max, TimeRange range);

}  // namespace weir::gateway
