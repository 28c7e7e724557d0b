#include <algorithm>
#include <array>
#include <iterator>

#include "query/binary_histograms.h"
#include "query/group_index.h"

// `fill`, `fill_left`, `fill_right`: series that stand on one side where only the other has some.
namespace weir::query {
namespace {

constexpr size_t kLeft = 0;
constexpr size_t kRight = 1;

/// A match group: which series it has on each side, and at which steps it has any.
struct Group {
  Labels labels;
  std::array<std::vector<size_t>, 2> members;
  std::array<std::vector<bool>, 2> present;
};

/// The match groups of two vectors, in the order in which they are first seen.
class Groups {
 public:
  Groups(Evaluation& evaluation, const VectorMatching& matching, const Steps& steps)
      : evaluation_(evaluation), index_(GroupKey(matching)), steps_(steps.count) {}

  Status add(const Vector& vector, size_t side) {
    for (size_t i = 0; i < vector.size(); ++i) {
      RETURN_IF_ERROR(evaluation_.budget().work(steps_));
      const uint32_t number = index_.place(vector[i].labels);
      if (number == groups_.size()) {
        RETURN_IF_ERROR(evaluation_.budget().hold(groups_.size() + 1, steps_));
        groups_.push_back(
            {index_.labels(number), {}, {std::vector<bool>(steps_), std::vector<bool>(steps_)}});
      }
      Group& group = groups_[number];
      group.members[side].push_back(i);
      for (size_t step = 0; step < steps_; ++step) {
        if (!is_absent(vector[i].values[step])) group.present[side][step] = true;
      }
    }
    return {};
  }

  const std::vector<Group>& all() const { return groups_; }

 private:
  Evaluation& evaluation_;
  GroupIndex index_;
  const size_t steps_;
  std::vector<Group> groups_;
};

bool are_doubles(const Vector& vector) {
  return std::ranges::none_of(vector, [](const Series& series) { return series.has_histograms(); });
}

// At which steps a series of the left can be joined with one of the right.
std::vector<bool> joined(BinaryOp op, const Group& group, const Vector& left, const Vector& right) {
  std::vector<bool> out(group.present[kLeft].size());
  for (const size_t i : group.members[kLeft]) {
    for (const size_t j : group.members[kRight]) {
      for (size_t step = 0; step < out.size(); ++step) {
        if (is_absent(left[i].values[step]) || is_absent(right[j].values[step])) continue;
        if (joins(op, left[i].histogram(step), right[j].histogram(step))) out[step] = true;
      }
    }
  }
  return out;
}

// A series of the group's own labels, which has the value where the other side alone has one.
void add_filled(const Labels& labels, double value, const std::vector<bool>& own,
                const std::vector<bool>& other, Vector& out) {
  Column values(own.size(), absent());
  bool any = false;
  for (size_t step = 0; step < own.size(); ++step) {
    if (own[step] || !other[step]) continue;
    values[step] = value;
    any = true;
  }
  if (any) out.push_back({labels, std::move(values)});
}

}  // namespace

Status fill_missing(Evaluation& evaluation, const Binary& binary, Vector& left, Vector& right,
                    const Steps& steps) {
  const VectorMatching& matching = binary.matching;
  Groups groups(evaluation, matching, steps);
  RETURN_IF_ERROR(groups.add(left, kLeft));
  RETURN_IF_ERROR(groups.add(right, kRight));
  RETURN_IF_ERROR(evaluation.budget().hold(left.size() + right.size() + groups.all().size(), steps.count));
  const bool all_join = are_doubles(left) && are_doubles(right) && !is_trim(binary.op);
  const size_t many = matching.card == VectorMatching::Card::kOneToMany ? kRight : kLeft;
  Vector filled_left;
  Vector filled_right;
  for (const Group& group : groups.all()) {
    std::array<std::vector<bool>, 2> own = group.present;
    if (!all_join) {
      RETURN_IF_ERROR(
          evaluation.budget().work(group.members[kLeft].size() * group.members[kRight].size() * steps.count));
      own[many] = joined(binary.op, group, left, right);
    }
    if (matching.fill_left)
      add_filled(group.labels, *matching.fill_left, own[kLeft], group.present[kRight], filled_left);
    if (matching.fill_right)
      add_filled(group.labels, *matching.fill_right, own[kRight], group.present[kLeft], filled_right);
  }
  std::ranges::move(filled_left, std::back_inserter(left));
  std::ranges::move(filled_right, std::back_inserter(right));
  return {};
}

}  // namespace weir::query
