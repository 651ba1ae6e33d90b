# The examples of docs/operate/subscribe.md; ZeroMQ's is in zmq.cmake.
find_program(ATM_NODE NAMES node nodejs)
atm_test(test_subscribers SOURCES subscribers_test.cpp LIBS atm_test_clients
  TIMEOUT 300)
target_compile_definitions(test_subscribers PRIVATE
  ATM_TEST_EXAMPLES="${CMAKE_SOURCE_DIR}/examples/subscribers"
  ATM_TEST_NODE="${ATM_NODE}"
  ATM_TEST_PLUGINS="${ATM_PLUGIN_OUTPUT_DIRECTORY}")
add_dependencies(test_subscribers atmd claude_code processes unix)
