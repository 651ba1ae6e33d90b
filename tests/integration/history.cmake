# The history of the real daemon with the real store: restarts, the past, atm history.
add_library(test_faulty_disk MODULE ${CMAKE_SOURCE_DIR}/tests/support/faulty_disk.c)
target_link_libraries(test_faulty_disk PRIVATE atm_build ${CMAKE_DL_LIBS})
atm_test(test_history_restart
  SOURCES history_canaries_test.cpp history_commands_test.cpp history_disk_test.cpp history_fixture.cpp history_import_test.cpp
    history_past_test.cpp history_privacy_test.cpp history_replay_test.cpp
    history_restart_test.cpp
  LIBS atm_test_clients atm_history
  TIMEOUT 600)
target_compile_definitions(test_history_restart PRIVATE
  ATM_TEST_FLOWS="${PROJECT_SOURCE_DIR}/plugins/claude_code/testdata/2.1.330"
  ATM_TEST_ATM="$<TARGET_FILE:atm>" ATM_TEST_REPLAY="$<TARGET_FILE:atm-replay>" ATM_TEST_GAUNTLET="$<TARGET_FILE:gauntlet>" ATM_TEST_PLUGINS="${ATM_PLUGIN_OUTPUT_DIRECTORY}"
  ATM_TEST_KEPT_NEWER="${PROJECT_SOURCE_DIR}/plugins/history/testdata/history-2.sql"
  ATM_TEST_FAULTY_DISK="$<TARGET_FILE:test_faulty_disk>"
  ATM_TEST_BAD_PLUGINS="${CMAKE_BINARY_DIR}/lib/atm/bad_plugins")
add_dependencies(test_history_restart bad_plugins atm atm-replay atmd claude_code context cost gauntlet history processes test_faulty_disk unix)
