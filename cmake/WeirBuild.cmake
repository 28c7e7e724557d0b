# Compiler settings that every target shares, through the interface library weir_flags.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1")

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

find_program(WEIR_CCACHE ccache)
if(WEIR_CCACHE)
  # The sloppiness is what ccache asks for with precompiled headers. Without the directory in the hash, and with paths
  # relative to the checkout, presets and checkouts share objects.
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime CCACHE_NOHASHDIR=1 "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" "${WEIR_CCACHE}")
endif()

set(WEIR_SANITIZE "" CACHE STRING "Sanitizers, comma separated: address,undefined or thread")

add_library(weir_flags INTERFACE)
target_include_directories(weir_flags INTERFACE "${CMAKE_SOURCE_DIR}/src")
target_compile_options(weir_flags INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough
  -fstack-protector-strong -pthread -fPIE)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False alarms of g++ 12 on std::string (its bugs 105329 and 105651); clang and the sanitizers look for the same faults.
  target_compile_options(weir_flags INTERFACE -Wno-array-bounds -Wno-restrict -Wno-stringop-overflow)
endif()
target_compile_definitions(weir_flags INTERFACE _GLIBCXX_ASSERTIONS)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  # x86-64-v2 (2009): crc32 and popcnt instructions; every supported machine has them.
  target_compile_options(weir_flags INTERFACE -march=x86-64-v2)
endif()
find_program(WEIR_MOLD mold)
if(WEIR_MOLD)
  target_link_options(weir_flags INTERFACE -fuse-ld=mold)
endif()
if(WEIR_SANITIZE)
  target_compile_options(weir_flags INTERFACE "-fsanitize=${WEIR_SANITIZE}" -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # The sanitizers' instrumentation leads these two warnings of g++ astray.
    target_compile_options(weir_flags INTERFACE -Wno-stringop-overread -Wno-maybe-uninitialized)
  endif()
  target_link_options(weir_flags INTERFACE "-fsanitize=${WEIR_SANITIZE}")
else()
  target_compile_definitions(weir_flags INTERFACE _FORTIFY_SOURCE=2)
  target_link_options(weir_flags INTERFACE -pie -Wl,-z,relro,-z,now)
endif()
if(WEIR_SANITIZE MATCHES "thread")
  # GCC warns that std::atomic_thread_fence is not instrumented; the code uses none.
  target_compile_options(weir_flags INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
endif()
