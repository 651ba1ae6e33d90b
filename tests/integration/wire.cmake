# Wire protocol 1 over real sockets, against the real daemon; the rules are docs/specs/protocol.md's.
atm_test(test_integration
  SOURCES activation_test.cpp wire_bad_input_test.cpp wire_conversation.cpp
    wire_conversation_test.cpp wire_handshake_test.cpp wire_hostile_test.cpp wire_life_test.cpp wire_limits_test.cpp
    wire_loss_test.cpp wire_messages_test.cpp wire_schema_test.cpp
    wire_schema_test_support.cpp wire_state_test.cpp
  LIBS atm_test_clients
  TIMEOUT 600)
target_compile_definitions(test_integration PRIVATE
  ATM_TEST_PLUGINS="${ATM_PLUGIN_OUTPUT_DIRECTORY}"
  ATM_TEST_CONVERSATIONS="${CMAKE_CURRENT_SOURCE_DIR}/wire"
  ATM_TEST_RECORDINGS="${CMAKE_SOURCE_DIR}/plugins/claude_code/testdata"
  ATM_TEST_SCHEMAS="${CMAKE_SOURCE_DIR}/docs/specs/schema")
add_dependencies(test_integration atmd claude_code context cost history processes unix)
