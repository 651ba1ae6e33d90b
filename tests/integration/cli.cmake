# The command line, atm-replay and the demonstration, with the real daemon, hook and plugins.
add_library(test_shifted_clock MODULE ${CMAKE_SOURCE_DIR}/tests/support/shifted_clock.c)
target_link_libraries(test_shifted_clock PRIVATE atm_build)
atm_test(test_cli SOURCES cli_commands_test.cpp cli_wait_test.cpp completion_test.cpp dashboard_program_test.cpp dashboard_tmux_test.cpp
  demo_test.cpp
  LIBS atm_test_clients atm_vterm
  TIMEOUT 900)
target_compile_definitions(test_cli PRIVATE
  ATM_TEST_ATM="$<TARGET_FILE:atm>"
  ATM_TEST_HOOK="$<TARGET_FILE:atm-hook>"
  ATM_TEST_REPLAY="$<TARGET_FILE:atm-replay>"
  ATM_TEST_PLUGINS="${ATM_PLUGIN_OUTPUT_DIRECTORY}"
  ATM_TEST_SHIFTED_CLOCK="$<TARGET_FILE:test_shifted_clock>"
  ATM_TEST_RECORDINGS="${CMAKE_SOURCE_DIR}/plugins/claude_code/testdata"
  ATM_TEST_RUN="${CMAKE_SOURCE_DIR}/scripts/run"
  ATM_TEST_README="${CMAKE_SOURCE_DIR}/scripts/readme"
  ATM_TEST_COMPLETIONS="${CMAKE_SOURCE_DIR}/packaging/completions"
  ATM_TEST_BUILD="${CMAKE_BINARY_DIR}")
add_dependencies(test_cli atm atm-hook atm-replay atmd claude_code cost context history processes test_shifted_clock unix)
