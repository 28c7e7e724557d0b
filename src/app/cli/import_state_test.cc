#include "app/cli/import_state.h"

#include <gtest/gtest.h>

#include "os/sim/faulty_files.h"

namespace weir::app::cli {
namespace {

TEST(ImportState, RemembersByPurpose) {
  os::sim::FaultyFiles files;
  {
    auto state = ImportState::open(files, "/state", "a");
    ASSERT_TRUE(state.ok());
    EXPECT_FALSE(state->is_finished("B1"));
    ASSERT_TRUE(state->finish("B1").ok());
    ASSERT_TRUE(state->finish("B2").ok());
    EXPECT_TRUE(state->is_finished("B1"));
  }
  EXPECT_TRUE(ImportState::open(files, "/state", "a")->is_finished("B2"));
  auto other = ImportState::open(files, "/state", "b");
  EXPECT_FALSE(other->is_finished("B1"));
  ASSERT_TRUE(other->finish("B1").ok());
  EXPECT_TRUE(ImportState::open(files, "/state", "a")->is_finished("B1"));
}

TEST(ImportState, WithoutAFileItRemembersNothing) {
  os::sim::FaultyFiles files;
  auto state = ImportState::open(files, "", "a");
  ASSERT_TRUE(state.ok());
  ASSERT_TRUE(state->finish("B1").ok());
  EXPECT_FALSE(state->is_finished("B1"));
  EXPECT_EQ(files.calls(os::sim::Call::kAny), 0u);
}

TEST(ImportState, AFullDiskIsTold) {
  os::sim::FaultyFiles files;
  auto state = ImportState::open(files, "/state", "a");
  files.set_free_bytes(0);
  EXPECT_FALSE(state->finish("B1").ok());
}

}  // namespace
}  // namespace weir::app::cli
