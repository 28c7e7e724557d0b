#pragma once

#include <string>
#include <string_view>

#include "os/files.h"

namespace weir::store::embedded {

/// For tests: a file's mapping that is a string.
class StringMapping : public os::Mapping {
 public:
  explicit StringMapping(std::string bytes) : bytes_(std::move(bytes)) {}
  std::string_view bytes() const override { return bytes_; }

 private:
  std::string bytes_;
};

}  // namespace weir::store::embedded
