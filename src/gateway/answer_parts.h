#pragma once

#include <vector>

#include "query/engine.h"

/// The answer to a range query in parts: cut at times that do not depend on where the range begins and ends,
/// so that a range that moves on meets its parts again. Pure.
namespace weir::gateway {

/// Steps of a range query between two cuts.
struct AnswerPart {
  query::Engine::Range whole;   ///< All steps that the query's grid has between the cuts.
  query::Engine::Range wanted;  ///< Those that are asked for: all, but in the first and the last part.

  bool is_whole() const { return whole.start_ms == wanted.start_ms && whole.end_ms == wanted.end_ms; }
};

/// The parts of a range with a step of 1 ms or more, ascending: at most nine of equal length, which is an
/// hour (the grain of Store::fingerprint) times a power of two. Empty for a range of no more than one, and
/// for one that begins before time 0.
std::vector<AnswerPart> parts_of(const query::Engine::Range& range);

/// The points of a matrix at these steps, with all of its notes. Series without any are left out.
query::QueryResult slice(const query::QueryResult& result, const query::Engine::Range& steps);

/// Puts together what ascending parts of a range answered: points of equal labels become one series, sorted
/// by labels; notes stand once.
query::QueryResult join(std::vector<query::QueryResult> parts);

/// Whether `join` makes of such results what the whole range would answer: when no notes were left out.
bool is_joinable(const query::QueryResult& result);

}  // namespace weir::gateway
