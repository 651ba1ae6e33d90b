# atm_program_test(NAME SOURCES...): runs atm like a user, with the real hook, daemon and plugins.
function(atm_program_test name)
  if(NOT ATM_TESTS)
    return()
  endif()
  cmake_parse_arguments(arg "" "" "SOURCES" ${ARGN})
  atm_test(${name} SOURCES ${arg_SOURCES} LIBS atm_test_clients)
  target_compile_definitions(${name} PRIVATE
    ATM_TEST_ATM="$<TARGET_FILE:atm>"
    ATM_TEST_HOOK="$<TARGET_FILE:atm-hook>"
    ATM_TEST_PLUGINS="${ATM_PLUGIN_OUTPUT_DIRECTORY}"
    ATM_TEST_RECORDINGS="${CMAKE_SOURCE_DIR}/plugins/claude_code/testdata")
  add_dependencies(${name} atm atm-hook atmd claude_code context cost processes unix)
endfunction()
