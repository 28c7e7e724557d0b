# weir_precompile(TARGET): gives TARGET the standard headers that most files use, compiled once. It halves the build. The fuzz
# preset builds without, which shows that every file includes what it needs.
set(WEIR_PRECOMPILED
  <algorithm> <atomic> <bit> <chrono> <condition_variable> <cstdint> <cstring> <deque> <functional> <map> <memory> <mutex>
  <optional> <span> <stop_token> <string> <string_view> <utility> <variant> <vector>
  <fmt/format.h> <absl/functional/any_invocable.h> <absl/container/flat_hash_map.h>)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  file(WRITE "${CMAKE_BINARY_DIR}/precompiled/empty.cc" "")
  add_library(weir_precompiled STATIC "${CMAKE_BINARY_DIR}/precompiled/empty.cc")
  target_link_libraries(weir_precompiled PRIVATE weir_flags fmt::fmt absl::any_invocable absl::flat_hash_map)
  target_precompile_headers(weir_precompiled PRIVATE ${WEIR_PRECOMPILED})
  target_compile_options(weir_precompiled PRIVATE -fpch-preprocess)

  add_library(weir_precompiled_test STATIC "${CMAKE_BINARY_DIR}/precompiled/empty.cc")
  target_link_libraries(weir_precompiled_test PRIVATE weir_flags fmt::fmt absl::any_invocable absl::flat_hash_map GTest::gmock)
  target_precompile_headers(weir_precompiled_test PRIVATE ${WEIR_PRECOMPILED} <gmock/gmock.h> <gtest/gtest.h>)
  target_compile_options(weir_precompiled_test PRIVATE -fpch-preprocess)
endif()

function(weir_precompile target from)
  if(TARGET ${from})
    target_compile_options(${target} PRIVATE -fpch-preprocess)
    target_precompile_headers(${target} REUSE_FROM ${from})
  endif()
endfunction()
