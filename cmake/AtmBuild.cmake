# Compiler options of the project's targets. Link atm_build PRIVATE; third-party headers are system headers.
add_library(atm_build INTERFACE)
target_compile_options(atm_build INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
  $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor -Woverloaded-virtual>)
if(ATM_WARNINGS_AS_ERRORS)
  target_compile_options(atm_build INTERFACE -Werror)
endif()
if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # For clang, a local name also shadows a name of another source in the same compilation.
  target_compile_options(atm_build INTERFACE -Wno-shadow)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 sees overlapping copies in "text" + std::string when it optimises (GCC bug 105651).
  target_compile_options(atm_build INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict>)
  # At -O3 GCC does not see the length check of a short std::string; the preset dev keeps the warning.
  target_compile_options(atm_build INTERFACE
    $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CONFIG:Release>>:-Wno-maybe-uninitialized>)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND NOT ATM_SANITIZE STREQUAL "")
  # A sanitizer's checks separate a value from its use and hide the relation.
  target_compile_options(atm_build INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-Wno-maybe-uninitialized -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread>)
endif()

# A static library is one object in a unity build, and a plugin uses a part of it.
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_options(-ffunction-sections -fdata-sections)
  add_link_options(LINKER:--gc-sections)
endif()

# For code that runs at the start or once in seconds: the daemon keeps its pages, so its size matters more than its speed.
function(atm_optimise_for_size)
  foreach(target ${ARGN})
    target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-Os>)
  endforeach()
endfunction()

if(ATM_SANITIZE STREQUAL "address")
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    add_compile_options(-fsanitize-ignorelist=${CMAKE_CURRENT_LIST_DIR}/sanitizer-ignore.txt)
  endif()
elseif(ATM_SANITIZE STREQUAL "thread")
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
  add_link_options(-fsanitize=thread)
elseif(NOT ATM_SANITIZE STREQUAL "")
  message(FATAL_ERROR "ATM_SANITIZE is '${ATM_SANITIZE}', wanted empty, address or thread")
endif()

if(ATM_COVERAGE)
  add_compile_options(--coverage)
  add_link_options(--coverage)
endif()

find_program(ATM_CCACHE ccache)
if(ATM_CCACHE)
  # ccache needs these settings to cache sources with a precompiled header; AtmPrecompile has the compiler's part.
  set(launcher env CCACHE_SLOPPINESS=pch_defines,time_macros ${ATM_CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
endif()

# Instruments everything, so that the fuzzer sees the branches of the libraries too.
if(ATM_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# atm_fuzzer(fuzz_NAME SOURCES... LIBS... [LINES] [HEADER n]): with ATM_FUZZ the libFuzzer target bin/fuzz/fuzz_NAME, else a test of that name, which runs once
# over the inputs kept in fuzz_corpus/NAME. An input is n bytes that configure the run, then lines, or the members of a document.
function(atm_fuzzer name)
  if(NOT ATM_FUZZ AND NOT ATM_TESTS)
    return()
  endif()
  cmake_parse_arguments(arg "LINES" "HEADER" "SOURCES;LIBS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_link_libraries(${name} PRIVATE atm_build ${arg_LIBS})
  atm_precompile(${name})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin/fuzz)
  if(ATM_FUZZ)
    target_sources(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/fuzz/mutator.cpp ${CMAKE_SOURCE_DIR}/tests/fuzz/cpu_time.cpp)
    target_compile_definitions(${name} PRIVATE ATM_FUZZ_SEPARATOR=$<IF:$<BOOL:${arg_LINES}>,10,44> ATM_FUZZ_HEADER=0${arg_HEADER})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    return()
  endif()
  target_link_libraries(${name} PRIVATE atm_fuzz_replay)
  string(REGEX REPLACE "^fuzz_" "" corpus ${name})
  add_test(NAME ${name} COMMAND ${name} ${CMAKE_CURRENT_SOURCE_DIR}/fuzz_corpus/${corpus})
  set_tests_properties(${name} PROPERTIES TIMEOUT 300)
endfunction()

# atm_test(NAME SOURCES... LIBS... [ENVIRONMENT K=V...] [TIMEOUT s]): one test binary, one ctest entry.
function(atm_test name)
  if(NOT ATM_TESTS)
    return()
  endif()
  cmake_parse_arguments(arg "" "TIMEOUT" "SOURCES;LIBS;ENVIRONMENT" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  if(NOT ATM_SANITIZE STREQUAL "")
    math(EXPR arg_TIMEOUT "3 * ${arg_TIMEOUT}")
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE atm_build atm_test_main ${arg_LIBS})
  atm_precompile(${name})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin/tests)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${arg_TIMEOUT} ENVIRONMENT "${arg_ENVIRONMENT}")
endfunction()
