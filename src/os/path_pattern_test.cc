#include "os/path_pattern.h"

#include <gmock/gmock.h>

#include "os/sim/faulty_files.h"

namespace weir::os {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(MatchingPaths, AreThoseOfAPattern) {
  sim::FaultyFiles files;
  ASSERT_TRUE(files.create_directories("/d/sub/deep").ok());
  ASSERT_TRUE(files.create_directories("/d/other").ok());
  for (const char* path :
       {"/d/a.yml", "/d/b.yml", "/d/.hidden.yml", "/d/sub/a.yml", "/d/other/a.yml", "/d/other/extra.yml"})
    ASSERT_TRUE(write_file_atomically(files, path, "x").ok());
  EXPECT_THAT(matching_paths(files, "/d/a.yml"), ElementsAre("/d/a.yml"));
  EXPECT_THAT(matching_paths(files, "/d/*.yml"), ElementsAre("/d/.hidden.yml", "/d/a.yml", "/d/b.yml"));
  EXPECT_THAT(matching_paths(files, "/d/[b-z].yml"), ElementsAre("/d/b.yml"));
  EXPECT_THAT(matching_paths(files, "/d/*/?.yml"), ElementsAre("/d/other/a.yml", "/d/sub/a.yml"));
  EXPECT_THAT(matching_paths(files, "/d/s*/deep"), ElementsAre("/d/sub/deep"));
  EXPECT_THAT(matching_paths(files, "/d/a.yml/*"), IsEmpty());
  EXPECT_THAT(matching_paths(files, "/none/*"), IsEmpty());
  EXPECT_THAT(matching_paths(files, "/d/none.yml"), IsEmpty());
  EXPECT_THAT(matching_paths(files, ""), IsEmpty());
}

}  // namespace
}  // namespace weir::os
