# atm setup as a user runs it, and the command lines it wrote as the client runs them, with the real hook and daemon.
atm_program_test(test_setup_run SOURCES setup_test.cpp)
