// SPDX-License-Identifier: MIT
// A source whose start waits for the file $HOME/continue.
#include <unistd.h>

#include <atm/plugin.hpp>
#include <cstdlib>
#include <string>

namespace {

class Waiting final : public atm::Source {
 public:
  static constexpr atm::Descriptor kDescriptor{"waiting", "1.0.0", "Waits for a file in its start"};

  Waiting(const atm::Host&, std::string_view) {}
  atm::Status start(atm::ErrorText&) override {
    const std::string file = std::string(std::getenv("HOME")) + "/continue";
    while (::access(file.c_str(), F_OK) != 0) ::usleep(1000);
    return atm::Status::kOk;
  }
  atm::Status stop(std::uint32_t) override { return atm::Status::kOk; }
};

}  // namespace

ATM_PLUGIN(Waiting);
