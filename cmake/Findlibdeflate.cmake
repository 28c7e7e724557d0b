# Debian 12 ships no CMake configuration for libdeflate: take the upstream one if there is one, else pkg-config.
find_package(libdeflate CONFIG QUIET)
if(NOT TARGET libdeflate::libdeflate_shared)
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(libdeflate REQUIRED IMPORTED_TARGET libdeflate)
  add_library(libdeflate::libdeflate_shared INTERFACE IMPORTED)
  target_link_libraries(libdeflate::libdeflate_shared INTERFACE PkgConfig::libdeflate)
endif()
set(libdeflate_FOUND TRUE)
