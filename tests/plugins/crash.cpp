// SPDX-License-Identifier: MIT
// Ends the daemon during its creation.
#include <array>
#include <atm/plugin.hpp>
#include <cstdlib>

namespace {

class Crash final : public atm::Parser {
 public:
  static constexpr atm::Descriptor kDescriptor{"crash", "1.0.0", "Aborts"};

  Crash(const atm::Host&, std::string_view) { std::abort(); }
  std::span<const std::string_view> channels() const noexcept override { return kChannels; }
  atm::Status parse(const atm::Record&, const atm::ObservationSink&, atm::ErrorText&) const override {
    return atm::Status::kSkip;
  }

 private:
  static constexpr std::array<std::string_view, 1> kChannels{"crash/hook"};
};

}  // namespace

ATM_PLUGIN(Crash);
