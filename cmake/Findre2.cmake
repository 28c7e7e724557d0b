# Debian 12 ships no CMake configuration for re2: take the upstream one if there is one, else pkg-config.
find_package(re2 CONFIG QUIET)
if(NOT TARGET re2::re2)
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(re2 REQUIRED IMPORTED_TARGET re2)
  add_library(re2::re2 INTERFACE IMPORTED)
  target_link_libraries(re2::re2 INTERFACE PkgConfig::re2)
endif()
set(re2_FOUND TRUE)
