#include "app/build_info.h"

#ifndef WEIR_VERSION
#define WEIR_VERSION "0.0.0"
#endif
#ifndef WEIR_COMMIT
#define WEIR_COMMIT "unknown"
#endif

namespace weir::app {
namespace {

#if defined(__clang__)
constexpr std::string_view kCompiler = "clang " __clang_version__;
#else
constexpr std::string_view kCompiler = "gcc " __VERSION__;
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::string_view kBuildType = "sanitizer";
#elif defined(__OPTIMIZE__)
constexpr std::string_view kBuildType = "release";
#else
constexpr std::string_view kBuildType = "debug";
#endif

}  // namespace

const BuildInfo& build_info() {
  static constexpr BuildInfo info{WEIR_VERSION, WEIR_COMMIT, kCompiler, kBuildType};
  return info;
}

}  // namespace weir::app
