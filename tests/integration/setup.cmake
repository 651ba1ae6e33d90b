# Runs atm setup like a user, and its command lines like Claude Code, with the real hook and daemon.
atm_program_test(test_setup_run SOURCES setup_test.cpp)
