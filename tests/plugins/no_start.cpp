// SPDX-License-Identifier: MIT
// A copy of the plugin `unix` that fails at its start.
#include <atm/plugin.hpp>
#include <stdexcept>

namespace {

class NoStart final : public atm::Transport {
 public:
  static constexpr atm::Descriptor kDescriptor{"unix", "1.0.0", "Does not start", R"({"type":"object"})"};

  NoStart(const atm::Host&, std::string_view) {}
  atm::Status start(atm::ErrorText&) override { throw std::runtime_error("this copy is broken"); }
  atm::Status stop(std::uint32_t) override { return atm::Status::kOk; }
};

}  // namespace

ATM_PLUGIN(NoStart);
