#include "os/host.h"

#include <gtest/gtest.h>

namespace weir::os {
namespace {

TEST(Host, UnameNamesTheMachine) {
  const UnameInfo info = uname_info();
  EXPECT_EQ(info.system, "Linux");
  EXPECT_FALSE(info.node.empty());
  EXPECT_FALSE(info.release.empty());
}

TEST(Host, FileSystemUsageIsConsistent) {
  const Result<FileSystemUsage> usage = file_system_usage("/");
  ASSERT_TRUE(usage.ok()) << usage.error().message;
  EXPECT_GT(usage->size_bytes, 0u);
  EXPECT_LE(usage->free_bytes, usage->size_bytes);
  EXPECT_LE(usage->available_bytes, usage->free_bytes);
  EXPECT_LE(usage->files_free, usage->files);
}

TEST(Host, FileSystemUsageOfNothingNamesThePath) {
  const Result<FileSystemUsage> usage = file_system_usage("/no/such/place");
  ASSERT_FALSE(usage.ok());
  EXPECT_EQ(usage.error().code, Code::kIo);
  EXPECT_NE(usage.error().message.find("/no/such/place"), std::string::npos);
}

TEST(Host, PagesAreAPowerOfTwo) {
  EXPECT_GE(page_bytes(), 4096u);
  EXPECT_EQ(page_bytes() & (page_bytes() - 1), 0u);
}

}  // namespace
}  // namespace weir::os
