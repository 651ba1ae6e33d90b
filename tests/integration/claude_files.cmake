# Sessions of Claude Code that the real daemon finds in its files.
atm_test(test_claude_files SOURCES claude_client.cpp claude_files_test.cpp LIBS atm_test_clients
  TIMEOUT 300)
target_compile_definitions(test_claude_files PRIVATE ATM_TEST_PLUGINS="${ATM_PLUGIN_OUTPUT_DIRECTORY}")
add_dependencies(test_claude_files atmd claude_code processes unix)
