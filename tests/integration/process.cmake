# Sessions and real processes: a program that poses as an agent, the real hook, the real daemon.
add_executable(test_agent_double process_agent_double.cpp)
target_link_libraries(test_agent_double PRIVATE atm_build)
atm_test(test_process SOURCES event_recorder.cpp process_agent.cpp process_life_test.cpp namespace_test.cpp LIBS atm_test_clients
  TIMEOUT 300)
target_compile_definitions(test_process PRIVATE
  ATM_TEST_AGENT_DOUBLE="$<TARGET_FILE:test_agent_double>"
  ATM_TEST_HOOK="$<TARGET_FILE:atm-hook>"
  ATM_TEST_PLUGINS="${ATM_PLUGIN_OUTPUT_DIRECTORY}")
add_dependencies(test_process test_agent_double atm-hook atmd claude_code context cost processes unix)
