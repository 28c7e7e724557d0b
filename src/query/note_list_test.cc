#include "query/note_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::query {
namespace {

TEST(NoteList, TellsEachNoteOnce) {
  NoteList notes("info");
  EXPECT_THAT(notes.told(), testing::IsEmpty());
  notes.add("b", "1:5");
  notes.add("a", "1:1");
  notes.add("b", "1:5");
  EXPECT_THAT(notes.told(), testing::ElementsAre("PromQL info: b (1:5)", "PromQL info: a (1:1)"));
}

TEST(NoteList, CountsWhatItDoesNotTell) {
  NoteList notes("warning");
  for (int i = 0; i < 10; ++i) notes.add(std::to_string(i), "1:1");
  EXPECT_EQ(notes.told().size(), 10u);
  for (int i = 0; i < 13; ++i) notes.add(std::to_string(i), "1:1");
  ASSERT_EQ(notes.told().size(), 11u);
  EXPECT_EQ(notes.told().back(), "3 more warning annotations omitted");
}

}  // namespace
}  // namespace weir::query
