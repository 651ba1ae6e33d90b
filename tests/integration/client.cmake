# The client part of the SDK: with a real daemon, and with deliberate losses.
atm_test(test_client SOURCES follower_test.cpp loss_trial.cpp loss_trials_test.cpp
  LIBS atm_test_clients atm_kernel TIMEOUT 300 ENVIRONMENT ATM_LOSS_TRIALS=${loss_trials})
target_compile_definitions(test_client PRIVATE ATM_TEST_PLUGINS="${ATM_PLUGIN_OUTPUT_DIRECTORY}")
add_dependencies(test_client atmd claude_code processes unix)
