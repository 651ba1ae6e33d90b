# atm status-line as the client runs it, beside the real daemon in each of its states.
atm_test(test_status_line_run SOURCES cli_program.cpp status_line_test.cpp wire_client.cpp LIBS atm_test_daemon atm_sdk util)
target_compile_definitions(test_status_line_run PRIVATE
  ATM_TEST_ATM="$<TARGET_FILE:atm>"
  ATM_TEST_HOOK="$<TARGET_FILE:atm-hook>"
  ATM_TEST_PLUGINS="${ATM_PLUGIN_OUTPUT_DIRECTORY}")
add_dependencies(test_status_line_run atm atm-hook atmd claude_code context cost processes unix)
