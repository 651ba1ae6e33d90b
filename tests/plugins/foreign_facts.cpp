// SPDX-License-Identifier: MIT
// An analyzer that sets foreign facts, invalid numbers, and one valid fact.
#include <array>
#include <atm/plugin.hpp>
#include <limits>

namespace {

class ForeignFacts final : public atm::Analyzer {
 public:
  static constexpr atm::Descriptor kDescriptor{"foreign_facts", "1.0.0", "Sets facts of others"};

  ForeignFacts(const atm::Host&, std::string_view) {}
  std::string_view prefix() const noexcept override { return "foreign."; }
  std::span<const atm::FactDecl> facts() const noexcept override { return kFacts; }

  atm::Status analyze(const atm_observation&, const atm::SessionSnapshot&,
                      const atm::FactSink& sink) override {
    static_cast<void>(sink.set("cost.hourly_rate_usd", 1e9));
    static_cast<void>(sink.set("foreign.nan", std::numeric_limits<double>::quiet_NaN()));
    static_cast<void>(sink.set("foreign.text", std::string_view("\xff\xfe")));
    static_cast<void>(sink.set("foreign.seen", true));
    return atm::Status::kOk;
  }

 private:
  static constexpr std::array<atm::FactDecl, 1> kFacts{
      atm::FactDecl{"foreign.seen", ATM_VALUE_BOOL, "", "It was here"}};
};

}  // namespace

ATM_PLUGIN(ForeignFacts);
