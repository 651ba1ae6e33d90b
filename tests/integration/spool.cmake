# Records that hooks stored without a daemon: the real hook, the real daemon and their files.
atm_test(test_spool SOURCES spool_test.cpp spool_writers.cpp LIBS atm_test_clients
  TIMEOUT 300)
target_compile_definitions(test_spool PRIVATE
  ATM_TEST_HOOK="$<TARGET_FILE:atm-hook>"
  ATM_TEST_PLUGINS="${ATM_PLUGIN_OUTPUT_DIRECTORY}")
add_dependencies(test_spool atm-hook atmd claude_code context cost processes unix)
