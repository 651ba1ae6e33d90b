// SPDX-License-Identifier: MIT
// One instance of a plugin for a test, called through its C tables.
#pragma once

#include <atm/plugin/interfaces.hpp>
#include <atm/testing/fake_host.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace atm::testing {

/// The result of one record.
struct ParseResult {
  /// What the parser returned.
  Status status = Status::kOk;
  /// The parser's text; empty if it set none.
  std::string error;
  /// The emitted observations in order, also if the parser failed.
  std::vector<OwnedObservation> observations;
};

/// The result of one observation.
struct AnalyzeResult {
  /// What the analyzer returned.
  Status status = Status::kOk;
  /// The facts that were set, by key; a removed fact has the value std::monostate. Recorded also if the analyzer
  /// failed.
  OwnedAttrs facts;
  /// The error text; empty if the analyzer wrote none.
  std::string error{};
};

/// Creates an instance of a plugin and destroys it at the end.
///
/// The calls go through the same C tables as in the daemon, so a test covers the wrapper, too; only the loading of the
/// library is left out. The host must outlive the instance. The limits of the daemon (observations per record, facts,
/// prefix) are not enforced.
///
///   atm::testing::FakeHost host;
///   atm::testing::PluginInstance plugin(atm_plugin_v1, host, R"({"limit": 3})");
///   const auto result = plugin.parse({.channel = "echo/hook", .payload = R"({"session":"s"})"});
///   CHECK(result.observations.at(0).type == "session.started");
class PluginInstance final {
 public:
  /// Creates the instance. `config` is the JSON configuration; it is not checked against the schema. Throws
  /// std::runtime_error with the plugin's own text if creation fails.
  PluginInstance(const atm_plugin& plugin, const FakeHost& host, std::string_view config = "{}")
      : plugin_(plugin) {
    ErrorBuffer error;
    const atm_status status = plugin_.create(host.c(), to_c(config), &instance_, error.c());
    if (status != ATM_OK) throw std::runtime_error(std::string(error.view()));
  }
  ~PluginInstance() { plugin_.destroy(instance_); }
  PluginInstance(const PluginInstance&) = delete;
  PluginInstance& operator=(const PluginInstance&) = delete;

  /// The table of an interface, for a call that this class lacks. Throws std::logic_error if the plugin does not
  /// provide it.
  template <class Table>
  [[nodiscard]] const Table& table(std::string_view id) const {
    const void* found = plugin_.query(instance_, to_c(id));
    if (found == nullptr) throw std::logic_error("the plugin does not provide " + std::string(id));
    return *static_cast<const Table*>(found);
  }
  /// The instance pointer, the first argument of the C functions.
  [[nodiscard]] void* get() const noexcept { return instance_; }

  /// Parses one record.
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

  /// Analyzes a session with these attributes, at revision 1, after `observation`; its times are that of the
  /// observation.
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
    result.error = std::string(error.view());
    return result;
  }

 private:
  const atm_plugin& plugin_;
  void* instance_ = nullptr;
};

}  // namespace atm::testing
