// SPDX-License-Identifier: MIT
// atm keys: creates a CURVE key pair for ZeroMQ over tcp (docs/specs/zmq.md, §6).
#pragma once

#include <atm/domain/error.hpp>
#include <string>

#include "exit_code.hpp"

namespace atm::cli {

struct KeysOptions {
  std::string directory;      // empty: $XDG_CONFIG_HOME/atm/keys
  std::string name = "atmd";  // of the two files, before .secret and .public
  bool show_secret = false;
};

/// Writes NAME.secret and NAME.public, both with mode 0600, and replaces neither. Prints the configuration that uses
/// them.
[[nodiscard]] Result<std::string> make_keys(const KeysOptions& options);

[[nodiscard]] ExitCode run_keys(const KeysOptions& options);

}  // namespace atm::cli
