// SPDX-License-Identifier: MIT
#include "command.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>

#include "autostart.hpp"
#include "terminal.hpp"
#include "text.hpp"

namespace atm::cli {

ClientOptions client_options(const Global& global, protocol::ClientType type) {
  ClientOptions options;
  options.socket = global.socket;
  options.type = type;
  return options;
}

Result<Client> connect(const Global& global, protocol::ClientType type) {
  return connect_or_start(client_options(global, type));
}

Scene scene_now() {
  const char* const home = std::getenv("HOME");
  const auto now = std::chrono::time_point_cast<Timestamp::duration>(std::chrono::system_clock::now());
  return {now, home == nullptr ? "" : home, output_canvas()};
}

ExitCode complain(const Error& error) {
  std::fprintf(stderr, "atm: %s\n", terminal_safe(error.message).c_str());
  return error.code == ErrorCode::kIo ? kUnreachable : kFailed;
}

ExitCode complain_of_usage(const std::string& what) {
  std::fprintf(stderr, "atm: %s\n", terminal_safe(what).c_str());
  return kUsage;
}

ExitCode complain_of_output() {
  // A reader that ends early, such as head, is usual.
  if (const int error = output_error(); error != EPIPE) {
    std::fprintf(stderr, "atm: cannot write the output: %s\n",
                 std::generic_category().message(error).c_str());
  }
  return kUnwritten;
}

ExitCode print(const std::string& text) {
  return put(text) ? kOk : complain_of_output();
}

ExitCode print_json(const std::string& json) {
  return print(terminal_safe_json(json));
}

}  // namespace atm::cli
