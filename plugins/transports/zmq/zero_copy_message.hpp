// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <zmq.hpp>

#include "text.hpp"

namespace zeromq {

/// A ZeroMQ message that is the text, not a copy of it: held until the last subscriber's queue has let go,
/// and on the in_flight's account as long.
[[nodiscard]] inline zmq::message_t zero_copy_message(const Text& text,
                                                      const std::shared_ptr<InFlightBytes>& in_flight) {
  struct Shared {
    Text text;
    std::shared_ptr<InFlightBytes> in_flight;
  };
  auto shared = std::make_unique<Shared>(Shared{text, in_flight});
  const auto give_back = [](void*, void* hint) {
    const std::unique_ptr<Shared> over(static_cast<Shared*>(hint));
    over->in_flight->fetch_sub(over->text->size());
  };
  // ZeroMQ wants a pointer it could write through, and does not.
  zmq::message_t message(const_cast<char*>(text->data()), text->size(), give_back, shared.get());
  static_cast<void>(shared.release());
  in_flight->fetch_add(text->size());
  return message;
}

}  // namespace zeromq
