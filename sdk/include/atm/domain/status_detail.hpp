// SPDX-License-Identifier: MIT
#pragma once

#include <atm/domain/facts.hpp>
#include <string>

namespace atm {

/// A word that says more about a status (docs/specs/state.md, section 9), with its arguments by name.
struct StatusDetail {
  /// For example `stopped`.
  std::string word;
  /// Keys without prefix; empty: no arguments.
  Facts args;

  friend bool operator==(const StatusDetail&, const StatusDetail&) = default;
};

}  // namespace atm
