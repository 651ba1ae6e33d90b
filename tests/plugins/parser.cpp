// SPDX-License-Identifier: MIT
// A parser with configured behaviour: it throws, floods or works.
#include <array>
#include <atm/json.hpp>
#include <atm/plugin.hpp>
#include <stdexcept>
#include <string>

namespace {

class BadParser final : public atm::Parser {
 public:
  static constexpr atm::Descriptor kDescriptor{"parser", "1.0.0", "Does what it should not",
                                               R"({"type":"object","additionalProperties":false,"properties":{
          "how":{"enum":["behave","throw","flood"]}, "times":{"type":"integer","minimum":1}}})"};

  BadParser(const atm::Host& host, std::string_view config) {
    static_cast<void>(host);
    atm::json::Reader reader;
    const atm::json::Value* root = reader.parse(config);
    how_ = atm::json::get_string(*root, "how").value_or("behave");
  }
  std::span<const std::string_view> channels() const noexcept override { return kChannels; }

  atm::Status parse(const atm::Record& record, const atm::ObservationSink& sink,
                    atm::ErrorText&) const override {
    const atm::ObservationHead head{"session.started", record.payload, "bad"};
    if (how_ == "throw") throw std::runtime_error("thrown out of parse");
    if (how_ == "flood") {
      for (int i = 0; i < 100'000; ++i) static_cast<void>(sink.emit(head));
    }
    static_cast<void>(sink.emit(head));
    return atm::Status::kOk;
  }

 private:
  static constexpr std::array<std::string_view, 1> kChannels{"bad/hook"};
  std::string how_;
};

}  // namespace

ATM_PLUGIN(BadParser);
