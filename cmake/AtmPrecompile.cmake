# Third-party headers, compiled once instead of in each source. Headers of the project are excluded, so that a change
# recompiles the same sources as before. GCC only: clang-tidy and the fuzzers need none. The preset asan compiles
# without them, which proves that each file includes what it uses. See
# docs/decisions/0015-headers-of-others-precompiled.md.
option(ATM_PRECOMPILE "Precompile the headers of others (GCC)" OFF)

if(ATM_PRECOMPILE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/precompiled.cpp CONTENT "")
  set(standard_headers <algorithm> <array> <atomic> <charconv> <chrono> <condition_variable> <cstdint> <cstdio> <cstdlib>
    <cstring> <deque> <filesystem> <fstream> <functional> <limits> <map> <memory> <mutex> <optional> <set> <span>
    <sstream> <stdexcept> <string> <string_view> <system_error> <thread> <unordered_map> <utility> <variant> <vector>)
  if(ATM_SANITIZE STREQUAL "thread")
    list(PREPEND standard_headers ${CMAKE_CURRENT_LIST_DIR}/tsan_clock.hpp)
  endif()

  # GCC uses a precompiled header only for the same kind of code: -fPIC for libraries, -fPIE for programs.
  foreach(kind library program)
    add_library(atm_${kind}_headers OBJECT ${CMAKE_BINARY_DIR}/precompiled.cpp)
    target_link_libraries(atm_${kind}_headers PRIVATE atm_build)
    target_precompile_headers(atm_${kind}_headers PRIVATE ${standard_headers})
  endforeach()
  set_target_properties(atm_program_headers PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(atm_program_headers PRIVATE -fPIE)
  if(ATM_TESTS)
    target_link_libraries(atm_program_headers PRIVATE Catch2::Catch2 rapidcheck)
    target_precompile_headers(atm_program_headers PRIVATE ${PROJECT_SOURCE_DIR}/tests/support/catch.hpp <rapidcheck.h>)
  endif()
endif()

# atm_precompile(TARGET): makes TARGET use them. TARGET links atm_build.
function(atm_precompile target)
  if(NOT TARGET atm_library_headers)
    return()
  endif()
  target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>)   # for ccache
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "EXECUTABLE")
    target_precompile_headers(${target} REUSE_FROM atm_program_headers)
  else()
    target_precompile_headers(${target} REUSE_FROM atm_library_headers)
  endif()
endfunction()
