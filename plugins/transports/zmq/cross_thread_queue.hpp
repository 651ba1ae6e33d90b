// SPDX-License-Identifier: MIT
#pragma once

#include <atm/plugin/values.hpp>
#include <atm/transport/cross_thread_queue.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace zeromq {

/// The registry's answer to request number `request`.
struct Answer {
  std::uint64_t request = 0;
  atm::Status status = atm::Status::kOk;
  std::uint64_t seq = 0;
  std::vector<std::string> texts{};  ///< session objects, or `sessions` messages
};

using CrossThreadQueue = atm::CrossThreadQueue<Answer>;

}  // namespace zeromq
