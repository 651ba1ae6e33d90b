# Tests of a daemon that the hook starts: the real hook, the real daemon and their files.
atm_test(test_autostart SOURCES autostart_test.cpp LIBS atm_test_clients)
target_compile_definitions(test_autostart PRIVATE
  ATM_TEST_ATM="$<TARGET_FILE:atm>"
  ATM_TEST_ATMD="$<TARGET_FILE:atmd>"
  ATM_TEST_HOOK="$<TARGET_FILE:atm-hook>"
  ATM_TEST_PLUGINS="${ATM_PLUGIN_OUTPUT_DIRECTORY}")
add_dependencies(test_autostart atm atm-hook atmd claude_code unix)
