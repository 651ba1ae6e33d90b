// SPDX-License-Identifier: MIT
// A transport whose stop never returns.
#include <unistd.h>

#include <atm/plugin.hpp>

namespace {

class Hang final : public atm::Transport {
 public:
  static constexpr atm::Descriptor kDescriptor{"hang", "1.0.0", "Never stops"};

  Hang(const atm::Host&, std::string_view) {}
  atm::Status start(atm::ErrorText&) override { return atm::Status::kOk; }
  atm::Status stop(std::uint32_t) override {
    for (;;) ::pause();
  }
};

}  // namespace

ATM_PLUGIN(Hang);
