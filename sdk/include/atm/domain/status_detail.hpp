// SPDX-License-Identifier: MIT
#pragma once

#include <atm/domain/facts.hpp>
#include <string>

namespace atm {

/// What a status does not say by itself: a word, `stopped`, and its arguments by name.
struct StatusDetail {
  std::string word;
  Facts args;

  friend bool operator==(const StatusDetail&, const StatusDetail&) = default;
};

}  // namespace atm
