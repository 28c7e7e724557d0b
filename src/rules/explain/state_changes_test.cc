#include "rules/explain/state_changes.h"

#include "rules/explain/explain_world_test.h"

namespace weir::rules::explain {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class StateChangesTest : public ExplainTest {
 protected:
  StateChangesTest() {
    wanted_ = {
        .alertname = "A", .range = {kNow - 600'000, kNow}, .gap_ms = 60'000, .matches = [](LabelsView) {
          return true;
        }};
  }
  // Samples of one state of an alert, every ten seconds in [begin_s, end_s), and a stale marker then.
  void load_state(std::string_view instance, std::string_view state, int begin_s, int end_s,
                  bool ends = true) {
    const Labels labels =
        Labels::of({{"__name__", "ALERTS"}, {"alertname", "A"}, {"alertstate", state}, {"i", instance}});
    for (int at_s = begin_s; at_s < end_s; at_s += 10)
      store_.append(tenant_, labels, wanted_.range.mint_ms + at_s * 1'000, 1);
    if (ends) store_.append(tenant_, labels, wanted_.range.mint_ms + end_s * 1'000, stale_marker());
  }
  // `100 x inactive->pending`.
  std::vector<std::string> changes() {
    const auto found = state_changes(wanted_, parts_);
    EXPECT_TRUE(found.ok());
    std::vector<std::string> lines;
    for (const StateChange& one : found->changes) {
      lines.push_back(fmt::format("{} {} {}->{}", (one.at_ms - wanted_.range.mint_ms) / 1'000,
                                  one.labels.view().get("i"), text(one.from), text(one.to)));
    }
    has_more_ = found->has_more;
    return lines;
  }

  ChangesWanted wanted_;
  bool has_more_ = false;
};

TEST_F(StateChangesTest, FollowsAnAlert) {
  load_state("x", "pending", 100, 200);
  load_state("x", "firing", 200, 300);
  load_state("x", "pending", 400, 450);
  load_state("y", "firing", 250, 605, false);
  EXPECT_THAT(changes(),
              ElementsAre("100 x inactive->pending", "200 x pending->firing", "250 y inactive->firing",
                          "300 x firing->inactive", "400 x inactive->pending", "450 x pending->inactive"));
  wanted_.matches = [](LabelsView labels) { return labels.get("i") == "y"; };
  EXPECT_THAT(changes(), ElementsAre("250 y inactive->firing"));
  EXPECT_FALSE(has_more_);
}

TEST_F(StateChangesTest, TakesSilenceForAnEnd) {
  load_state("x", "firing", 100, 200, false);
  load_state("x", "firing", 400, 500, false);
  EXPECT_THAT(changes(), ElementsAre("100 x inactive->firing", "190 x firing->inactive",
                                     "400 x inactive->firing", "490 x firing->inactive"));
}

TEST_F(StateChangesTest, DoesNotSayWhenBeganWhatWasThereBefore) {
  load_state("x", "pending", 0, 100);
  load_state("x", "firing", 100, 200);
  EXPECT_THAT(changes(), ElementsAre("100 x pending->firing", "200 x firing->inactive"));
}

TEST_F(StateChangesTest, KeepsTheNewest) {
  load_state("x", "pending", 100, 200);
  load_state("x", "firing", 200, 300);
  wanted_.changes_max = 1;
  EXPECT_THAT(changes(), ElementsAre("300 x firing->inactive"));
  EXPECT_TRUE(has_more_);
  wanted_.samples_max = 5;
  EXPECT_THAT(state_changes(wanted_, parts_).error().message, HasSubstr("limit 5; take a shorter time"));
}

TEST_F(StateChangesTest, OfOtherAlertsTellsNothing) {
  load_state("x", "pending", 100, 200);
  wanted_.alertname = "B";
  EXPECT_THAT(changes(), IsEmpty());
}

}  // namespace
}  // namespace weir::rules::explain
