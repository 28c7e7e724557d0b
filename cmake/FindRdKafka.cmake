# Debian 12 ships no CMake configuration for rdkafka that can be used: take the upstream one if there is one, else pkg-config.
find_package(RdKafka CONFIG QUIET)
if(NOT TARGET RdKafka::rdkafka)
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(rdkafka REQUIRED IMPORTED_TARGET rdkafka)
  add_library(RdKafka::rdkafka INTERFACE IMPORTED)
  target_link_libraries(RdKafka::rdkafka INTERFACE PkgConfig::rdkafka)
endif()
set(RdKafka_FOUND TRUE)
