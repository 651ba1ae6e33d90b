# atm doctor beside the real daemon and hook, in what can be wrong with them.
atm_program_test(test_doctor_run SOURCES doctor_test.cpp)
