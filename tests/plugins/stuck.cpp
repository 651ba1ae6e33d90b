// SPDX-License-Identifier: MIT
// An analyzer that never returns and blocks the registry's thread.
#include <unistd.h>

#include <atm/plugin.hpp>

namespace {

class Stuck final : public atm::Analyzer {
 public:
  static constexpr atm::Descriptor kDescriptor{"stuck", "1.0.0", "Never returns"};

  Stuck(const atm::Host&, std::string_view) {}
  std::string_view prefix() const noexcept override { return "stuck."; }

  atm::Status analyze(const atm::ObservationView&, const atm::SessionSnapshot&, const atm::FactSink&,
                      atm::ErrorText&) override {
    for (;;) ::pause();
  }
};

}  // namespace

ATM_PLUGIN(Stuck);
