# The daemon as a process: its descriptors, its log, its threads, its socket files.
add_library(test_fail_thread MODULE ${CMAKE_SOURCE_DIR}/tests/support/fail_thread.c)
target_link_libraries(test_fail_thread PRIVATE atm_build ${CMAKE_DL_LIBS})
atm_test(test_daemon SOURCES descriptor_limit_test.cpp log_reader_test.cpp socket_files_test.cpp
  standard_descriptors_test.cpp thread_limit_test.cpp
  LIBS atm_test_clients atm_transport_support TIMEOUT 300)
target_compile_definitions(test_daemon PRIVATE
  ATM_TEST_ATMD="$<TARGET_FILE:atmd>"
  ATM_TEST_FAIL_THREAD_LIBRARY="$<TARGET_FILE:test_fail_thread>"
  ATM_TEST_PLUGINS="${ATM_PLUGIN_OUTPUT_DIRECTORY}")
add_dependencies(test_daemon atmd claude_code context cost http processes test_fail_thread unix zmq)
