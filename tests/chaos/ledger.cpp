// SPDX-License-Identifier: MIT
// An analyzer that appends one line to a file for each folded record. The lines survive a SIGKILL.
#include <fcntl.h>
#include <unistd.h>

#include <atm/json.hpp>
#include <atm/plugin.hpp>
#include <cstdlib>
#include <stdexcept>
#include <string>

namespace {

class Ledger final : public atm::Analyzer {
 public:
  static constexpr atm::Descriptor kDescriptor{
      "ledger", "1.0.0", "Writes down what was folded",
      R"({"type":"object","additionalProperties":false,"required":["file"],"properties":{"file":{"type":"string"}}})"};

  Ledger(const atm::Host&, std::string_view config) {
    atm::json::Reader reader;
    const atm::json::Value* root = reader.parse(config);
    const std::string file(atm::json::get_string(*root, "file").value_or(""));
    fd_ = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd_ < 0) throw std::runtime_error("cannot open " + file);
    const char* const life =
        std::getenv("ATM_CHAOS_LIFE");  // NOLINT(concurrency-mt-unsafe): no thread sets it
    life_ = life == nullptr ? "0" : life;
  }
  ~Ledger() override { ::close(fd_); }
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  std::string_view prefix() const noexcept override { return "ledger."; }

  atm::Status analyze(const atm::ObservationView& observation, const atm::SessionSnapshot&,
                      const atm::FactSink&, atm::ErrorText&) override {
    const auto record = observation.attrs.text("prompt.id");
    if (!record) return atm::Status::kSkip;
    const std::string line = life_ + ' ' + std::string(*record) + '\n';
    const auto size = static_cast<ssize_t>(line.size());
    return ::write(fd_, line.data(), line.size()) == size ? atm::Status::kOk : atm::Status::kInternal;
  }

 private:
  int fd_ = -1;
  std::string life_;
};

}  // namespace

ATM_PLUGIN(Ledger);
