// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <zmq.hpp>

#include "text.hpp"

namespace zeromq {

/// A ZeroMQ message that is the text, not a copy of it: held until the last subscriber's queue has let go,
/// and on the ledger's account as long.
[[nodiscard]] inline zmq::message_t lend(const Text& text, const std::shared_ptr<Ledger>& ledger) {
  struct Loan {
    Text text;
    std::shared_ptr<Ledger> ledger;
  };
  auto loan = std::make_unique<Loan>(Loan{text, ledger});
  const auto give_back = [](void*, void* hint) {
    const std::unique_ptr<Loan> over(static_cast<Loan*>(hint));
    over->ledger->fetch_sub(over->text->size());
  };
  // ZeroMQ wants a pointer it could write through, and does not.
  zmq::message_t message(const_cast<char*>(text->data()), text->size(), give_back, loan.get());
  static_cast<void>(loan.release());
  ledger->fetch_add(text->size());
  return message;
}

}  // namespace zeromq
