#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "os/clock.h"
#include "query/ast.h"
#include "query/budget.h"

/// What each node of an expression costs: the answer of "explain".
namespace weir::query {

/// What evaluating a node took, together with the nodes below it.
struct NodeCost {
  os::SteadyTime::duration time{0};
  uint64_t series_read = 0;  ///< From the store.
  uint64_t samples_read = 0;
};

/// How many series a selector matches inside the times that it reads.
struct MatchCount {
  uint64_t series = 0;
  bool cut = false;  ///< There are more: counting stopped there.
};

/// One node of an expression. Parentheses are none, nor is the second argument of `info`, which selects by
/// itself.
struct ProfileNode {
  std::string name;  ///< "sum by (job)", "rate", "* on (job)", "selector", "subquery", "number", "string".
  std::string text;  ///< As print() has it.
  TextRange position;
  ValueType type = ValueType::kScalar;
  std::vector<size_t> children;  ///< Places in Profile::nodes().

  uint64_t evaluations = 0;
  uint64_t steps = 0;   ///< Of all evaluations; what is the same at every step is evaluated at one.
  uint64_t series = 0;  ///< That it yielded, of all evaluations; scalars and strings are none.
  NodeCost cost;
  std::optional<MatchCount> matching;  ///< Of selectors, when the query was planned and not run.
};

/// The nodes of one query and what each took. Owned by the query's thread; the expression must live while it
/// is evaluated, and not longer.
class Profile {
 public:
  static constexpr uint64_t kMatchesMax = 10'000;  ///< So many series of a selector are counted.

  explicit Profile(const os::Clock& clock) : clock_(clock) {}

  /// Forgets what was there, and knows the nodes of `expr` from now on.
  void begin(const Expr& expr);
  /// Parents before their children; the first is the whole expression. Empty before `begin`.
  const std::vector<ProfileNode>& nodes() const { return nodes_; }
  /// What a node took by itself, without the nodes below it.
  NodeCost own_cost(const ProfileNode& node) const;
  bool contains(const Expr& expr) const { return index_.contains(&expr); }
  /// Notes how many series a selector matches, which is one of the nodes.
  void matches(const Expr& selector, MatchCount count);

  /// One evaluation of a node, from its construction to its end. An expression that is no node is of the
  /// node around it.
  class Visit {
   public:
    Visit(Profile& profile, const Expr& expr, const Budget& budget);
    ~Visit();
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;

    void yields(size_t series, size_t steps);
    /// Runs what another node does meanwhile, which takes none of this one's time.
    template <typename Run>
    auto elsewhere(Run run) {
      const os::SteadyTime left = clock_.steady();
      auto result = run();
      began_ += clock_.steady() - left;
      return result;
    }

   private:
    ProfileNode* const node_;  // may be null
    const os::Clock& clock_;
    const Budget& budget_;
    const uint64_t series_before_;
    const uint64_t samples_before_;
    os::SteadyTime began_;
  };

 private:
  ProfileNode* find(const Expr& expr);
  size_t add(const Expr& expr);

  const os::Clock& clock_;
  std::vector<ProfileNode> nodes_;
  absl::flat_hash_map<const Expr*, size_t> index_;
};

}  // namespace weir::query
