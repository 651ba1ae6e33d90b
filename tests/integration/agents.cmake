# Agents that a manifest describes, and an agent that states its observations.
find_package(Python3 COMPONENTS Interpreter REQUIRED)
find_program(ATM_NODE NAMES node nodejs)
atm_test(test_agents_served SOURCES agents_test.cpp event_recorder.cpp LIBS atm_test_clients)
target_compile_definitions(test_agents_served PRIVATE ATM_TEST_PYTHON="${Python3_EXECUTABLE}"
  ATM_TEST_EXAMPLES="${CMAKE_SOURCE_DIR}/examples/agents" ATM_TEST_NODE="${ATM_NODE}"
  ATM_TEST_ATM="$<TARGET_FILE:atm>" ATM_TEST_HOOK="$<TARGET_FILE:atm-hook>"
  ATM_TEST_AGENTS="${CMAKE_SOURCE_DIR}/agents" ATM_TEST_RECORDINGS="${CMAKE_SOURCE_DIR}/tests/agents")
add_dependencies(test_agents_served atm atm-hook atmd claude_code manifest processes unix)
