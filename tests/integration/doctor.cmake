# atm doctor beside the real daemon and hook, in what can be wrong with them.
atm_test(test_doctor_run SOURCES cli_program.cpp doctor_test.cpp wire_client.cpp LIBS atm_test_daemon atm_sdk util)
target_compile_definitions(test_doctor_run PRIVATE
  ATM_TEST_ATM="$<TARGET_FILE:atm>"
  ATM_TEST_HOOK="$<TARGET_FILE:atm-hook>"
  ATM_TEST_PLUGINS="${ATM_PLUGIN_OUTPUT_DIRECTORY}")
add_dependencies(test_doctor_run atm atm-hook atmd claude_code context cost processes unix)
