// SPDX-License-Identifier: MIT
// An analyzer that sets foreign facts, invalid numbers, and one valid fact.
#include <atm/plugin.hpp>
#include <limits>

namespace {

class ForeignFacts final : public atm::Analyzer {
 public:
  static constexpr atm::Descriptor kDescriptor{"foreign_facts", "1.0.0", "Sets facts of others"};

  ForeignFacts(const atm::Host&, std::string_view) {}
  std::string_view prefix() const noexcept override { return "foreign."; }

  atm::Status analyze(const atm::ObservationView&, const atm::SessionSnapshot&, const atm::FactSink& sink,
                      atm::ErrorText&) override {
    static_cast<void>(sink.set("cost.hourly_rate_usd", 1e9));
    static_cast<void>(sink.set("foreign.nan", std::numeric_limits<double>::quiet_NaN()));
    static_cast<void>(sink.set("foreign.text", std::string_view("\xff\xfe")));
    static_cast<void>(sink.set("foreign.seen", true));
    return atm::Status::kOk;
  }
};

}  // namespace

ATM_PLUGIN(ForeignFacts);
