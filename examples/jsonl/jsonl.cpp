// SPDX-License-Identifier: MIT
// Appends the JSON of each event as a line to the file that ATM_JSONL names.
#include <atm/plugin.hpp>
#include <atm/plugin/event_pump.hpp>
#include <cstdlib>
#include <fstream>

class JsonLines final : public atm::Transport {
 public:
  static constexpr atm::Descriptor kDescriptor{"jsonl", "1.0.0", "Appends each event to a file"};
  JsonLines(const atm::Host& host, std::string_view) : pump_(host) {}

  atm::Status start(atm::ErrorText& error) override {
    const char* const path = std::getenv("ATM_JSONL");
    file_.open(path != nullptr ? path : "", std::ios::app);
    if (!file_) error.set("cannot open the file for events; set ATM_JSONL to a writable path");
    if (!file_) return atm::Status::kInvalid;
    const auto write = [this](const atm_event& event) {
      if (event.json.size != 0) file_ << atm::to_view(event.json) << std::endl;
    };
    return pump_.start("jsonl", {}, write, error);
  }
  atm::Status stop(std::uint32_t) override {
    pump_.stop();
    return atm::Status::kOk;
  }

 private:
  std::ofstream file_;
  atm::EventPump pump_;
};

ATM_PLUGIN(JsonLines);
