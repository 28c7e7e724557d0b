#include "os/glob.h"

#include <gmock/gmock.h>

#include "os/files.h"
#include "os/sim/temp_directory.h"

namespace weir::os {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(MatchingPaths, AreThoseOfAPattern) {
  const sim::TempDirectory directory;
  for (const char* name : {"b.yml", "a.yml", "c.txt", ".d.yml"})
    ASSERT_TRUE(write_file_atomically(posix_files(), join_path(directory.path(), name), "x").ok());
  EXPECT_THAT(matching_paths(join_path(directory.path(), "*.yml")).value(),
              ElementsAre(join_path(directory.path(), "a.yml"), join_path(directory.path(), "b.yml")));
  EXPECT_THAT(matching_paths(join_path(directory.path(), "c.txt")).value(),
              ElementsAre(join_path(directory.path(), "c.txt")));
  EXPECT_THAT(matching_paths(join_path(directory.path(), "nothing*")).value(), IsEmpty());
}

}  // namespace
}  // namespace weir::os
