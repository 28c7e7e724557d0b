# Debian 12 ships no CMake configuration for hiredis that can be used: take the upstream one if there is one, else pkg-config.
find_package(hiredis CONFIG QUIET)
if(NOT TARGET hiredis::hiredis)
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(hiredis REQUIRED IMPORTED_TARGET hiredis)
  # Its -D_FILE_OFFSET_BITS=64 says nothing on 64-bit machines and would keep precompiled headers from being used.
  set_property(TARGET PkgConfig::hiredis PROPERTY INTERFACE_COMPILE_OPTIONS "")
  set_property(TARGET PkgConfig::hiredis PROPERTY INTERFACE_COMPILE_DEFINITIONS "")
  add_library(hiredis::hiredis INTERFACE IMPORTED)
  target_link_libraries(hiredis::hiredis INTERFACE PkgConfig::hiredis)
endif()
set(hiredis_FOUND TRUE)
