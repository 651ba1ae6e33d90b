# atm doctor with the real daemon and hook in faulty states.
atm_program_test(test_doctor_run SOURCES doctor_test.cpp)
