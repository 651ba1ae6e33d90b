# Agents that report on long-lived connections: real processes, the real daemon.
add_executable(test_stream_double stream_agent_double.cpp)
target_link_libraries(test_stream_double PRIVATE atm_build)
atm_test(test_stream SOURCES event_recorder.cpp stream_agent.cpp stream_test.cpp LIBS atm_test_clients
  TIMEOUT 300)
target_compile_definitions(test_stream PRIVATE
  ATM_TEST_PLUGINS="${ATM_PLUGIN_OUTPUT_DIRECTORY}"
  ATM_TEST_STREAM_DOUBLE="$<TARGET_FILE:test_stream_double>")
add_dependencies(test_stream test_stream_double atmd claude_code context cost processes unix)
