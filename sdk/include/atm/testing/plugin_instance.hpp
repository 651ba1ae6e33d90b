// SPDX-License-Identifier: MIT
// One instance of a plugin, driven through its C tables.
#pragma once

#include <atm/plugin/interfaces.hpp>
#include <atm/testing/fake_host.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace atm::testing {

struct ParseResult {
  Status status = Status::kOk;
  std::string error;
  std::vector<OwnedObservation> observations;
};

struct AnalyzeResult {
  Status status = Status::kOk;
  OwnedAttrs facts;
};

/// Creates the instance, or throws std::runtime_error with the plugin's own words.
class PluginInstance final {
 public:
  PluginInstance(const atm_plugin& plugin, const FakeHost& host, std::string_view config = "{}")
      : plugin_(plugin) {
    ErrorBuffer error;
    const atm_status status = plugin_.create(host.c(), to_c(config), &instance_, error.c());
    if (status != ATM_OK) throw std::runtime_error(std::string(error.view()));
  }
  ~PluginInstance() { plugin_.destroy(instance_); }
  PluginInstance(const PluginInstance&) = delete;
  PluginInstance& operator=(const PluginInstance&) = delete;

  /// The table of an interface; throws std::logic_error when the plugin does not provide it.
  template <class Table>
  [[nodiscard]] const Table& table(std::string_view id) const {
    const void* found = plugin_.query(instance_, to_c(id));
    if (found == nullptr) throw std::logic_error("the plugin does not provide " + std::string(id));
    return *static_cast<const Table*>(found);
  }
  [[nodiscard]] void* get() const noexcept { return instance_; }

  [[nodiscard]] ParseResult parse(const OwnedRecord& record) const {
    const std::vector<atm_attr> context = borrow(record.context);
    const atm_record r{
        sizeof(atm_record), 0, record.time_ns, to_c(record.channel), to_c(record.payload), context.data(),
        context.size()};
    ParseResult result;
    const atm_observation_sink sink{
        sizeof(atm_observation_sink), 0, &result, [](void* self, const atm_observation* o) -> atm_status {
          static_cast<ParseResult*>(self)->observations.push_back(OwnedObservation::copy(*o));
          return ATM_OK;
        }};
    ErrorBuffer error;
    result.status =
        static_cast<Status>(table<atm_parser>(ATM_IFACE_PARSER).parse(instance_, &r, &sink, error.c()));
    result.error = std::string(error.view());
    return result;
  }

  /// Analyze a session given by its attributes after `observation`.
  [[nodiscard]] AnalyzeResult analyze(const OwnedObservation& observation, const OwnedAttrs& session) const {
    const std::vector<atm_attr> observed = borrow(observation.attrs);
    const atm_observation o = make_observation({observation.type, observation.session, observation.agent,
                                                observation.actor, observation.origin, observation.time_ns},
                                               Attrs(observed.data(), observed.size()));
    const std::vector<atm_attr> attrs = borrow(session);
    const atm_session s{
        sizeof(atm_session), 0,           1, o.session, o.agent, observation.time_ns, observation.time_ns,
        attrs.data(),        attrs.size()};
    AnalyzeResult result;
    const atm_fact_sink sink{sizeof(atm_fact_sink), 0, &result,
                             [](void* self, const atm_attr* fact) -> atm_status {
                               static_cast<AnalyzeResult*>(self)->facts.insert_or_assign(
                                   std::string(to_view(fact->key)), own(fact->value));
                               return ATM_OK;
                             }};
    ErrorBuffer error;
    result.status = static_cast<Status>(
        table<atm_analyzer>(ATM_IFACE_ANALYZER).analyze(instance_, &o, &s, &sink, error.c()));
    return result;
  }

 private:
  const atm_plugin& plugin_;
  void* instance_ = nullptr;
};

}  // namespace atm::testing
