#pragma once

#include <string>

namespace weir::os::sim {

/// A new empty directory on the machine's disk for one test or benchmark, removed with all in it on
/// destruction.
class TempDirectory {
 public:
  TempDirectory();
  ~TempDirectory();
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace weir::os::sim
