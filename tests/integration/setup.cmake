# atm setup as a person runs it, and the command lines it wrote as the client runs them, with the real hook and daemon.
atm_test(test_setup_run SOURCES cli_program.cpp setup_test.cpp wire_client.cpp LIBS atm_test_daemon atm_sdk util)
target_compile_definitions(test_setup_run PRIVATE
  ATM_TEST_ATM="$<TARGET_FILE:atm>"
  ATM_TEST_HOOK="$<TARGET_FILE:atm-hook>"
  ATM_TEST_PLUGINS="${ATM_PLUGIN_OUTPUT_DIRECTORY}"
  ATM_TEST_RECORDINGS="${CMAKE_SOURCE_DIR}/plugins/claude_code/testdata")
add_dependencies(test_setup_run atm atm-hook atmd claude_code context cost processes unix)
