# Agents that a manifest describes, and an agent that states its observations.
find_package(Python3 COMPONENTS Interpreter REQUIRED)
atm_test(test_agents_served SOURCES agents_test.cpp event_recorder.cpp LIBS atm_test_clients)
target_compile_definitions(test_agents_served PRIVATE ATM_TEST_PYTHON="${Python3_EXECUTABLE}"
  ATM_TEST_EXAMPLES="${CMAKE_SOURCE_DIR}/examples/agents")
add_dependencies(test_agents_served atmd manifest processes unix)
