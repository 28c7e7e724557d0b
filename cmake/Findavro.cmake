# Avro for C, which has only a pkg-config file.
find_package(PkgConfig REQUIRED)
pkg_check_modules(avro REQUIRED IMPORTED_TARGET avro-c)
add_library(avro::avro INTERFACE IMPORTED)
target_link_libraries(avro::avro INTERFACE PkgConfig::avro)
set(avro_FOUND TRUE)
