# The sessions over ZeroMQ, with the real daemon and the example of docs/specs/zmq.md.
find_program(ATM_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH)   # the one that Debian's python3-zmq is for
atm_test(test_zmq
  SOURCES wire_client.cpp wire_schema_test_support.cpp zmq_follow_test.cpp zmq_life_test.cpp
    zmq_loss_recorder.cpp zmq_loss_trials_test.cpp zmq_program.cpp zmq_schema_test.cpp
  LIBS atm_test_daemon atm_sdk atm_zeromq
  TIMEOUT 300 ENVIRONMENT ATM_LOSS_TRIALS=${loss_trials})
target_compile_definitions(test_zmq PRIVATE
  ATM_TEST_FOLLOWER="${CMAKE_SOURCE_DIR}/examples/subscribers/zmq_follow.py"
  ATM_TEST_PLUGINS="${ATM_PLUGIN_OUTPUT_DIRECTORY}"
  ATM_TEST_PYTHON="${ATM_PYTHON}"
  ATM_TEST_SCHEMAS="${CMAKE_SOURCE_DIR}/docs/specs/schema")
add_dependencies(test_zmq atmd claude_code unix zmq)
