# Debian 12 ships no CMake configuration for xxHash: take the upstream one if there is one, else pkg-config.
find_package(xxHash CONFIG QUIET)
if(NOT TARGET xxHash::xxhash)
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(xxHash REQUIRED IMPORTED_TARGET libxxhash)
  add_library(xxHash::xxhash INTERFACE IMPORTED)
  target_link_libraries(xxHash::xxhash INTERFACE PkgConfig::xxHash)
endif()
set(xxHash_FOUND TRUE)
