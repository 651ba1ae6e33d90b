# Runs atm status-line like Claude Code, with the real daemon in each of its states.
atm_program_test(test_status_line_run SOURCES status_line_test.cpp)
