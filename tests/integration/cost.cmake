# atm cost --live on a pseudo-terminal. It needs no daemon.
atm_test(test_cost_live SOURCES cost_live_test.cpp cli_program.cpp LIBS util)
if(ATM_TESTS)
  target_compile_definitions(test_cost_live PRIVATE ATM_TEST_ATM="$<TARGET_FILE:atm>")
  add_dependencies(test_cost_live atm)
endif()
