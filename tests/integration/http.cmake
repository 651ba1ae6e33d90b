# Records that agents post over HTTP, with the real daemon.
atm_test(test_http SOURCES http_client.cpp http_test.cpp LIBS atm_test_clients atm_boost
  TIMEOUT 300)
target_compile_definitions(test_http PRIVATE
  ATM_TEST_PLUGINS="${ATM_PLUGIN_OUTPUT_DIRECTORY}"
  ATM_TEST_RECORDINGS="${CMAKE_SOURCE_DIR}/plugins/claude_code/testdata")
add_dependencies(test_http atmd claude_code context cost http processes unix)
