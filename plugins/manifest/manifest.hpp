// SPDX-License-Identifier: MIT
// Runs the manifests of agents, and takes the observations of agents that state them themselves.
#pragma once

#include <array>
#include <atm/plugin/agents.hpp>
#include <atm/plugin/host.hpp>
#include <atm/plugin/interfaces.hpp>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>

#include "logs.hpp"
#include "rules.hpp"

namespace manifest {

class Manifest final : public atm::Parser, public atm::Source {
 public:
  static constexpr atm::Descriptor kDescriptor{
      "manifest", "0.1.0", "Hooks, logs and observations of the agents that a manifest describes",
      R"({
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "homes": {
      "type": "object",
      "description": "the table `[agents]`, which atmd passes on"
    }
  }
})"};

  Manifest(const atm::Host& host, std::string_view config_json);
  ~Manifest() override;

  [[nodiscard]] std::span<const std::string_view> channels() const noexcept override { return kChannels; }

  /// [any] kNotFound: no manifest of this agent has the channel.
  atm::Status parse(const atm::Record& record, const atm::ObservationSink& sink,
                    atm::ErrorText& error) const override;

  /// Begins to look for changes of the manifests and to follow the files of agents. [main]
  atm::Status start(atm::ErrorText& error) override;
  atm::Status stop(std::uint32_t deadline_ms) override;

 private:
  using Rules = std::map<std::string, AgentRules, std::less<>>;
  static constexpr std::array<std::string_view, 4> kChannels = {"*/hook", "*/notify", "*/observation",
                                                                "*/transcript"};

  void refresh() const;
  /// Reads the manifests for a record that none of them describes; true: they have changed. [any]
  [[nodiscard]] bool refresh_for_record() const;
  void watch();
  [[nodiscard]] std::shared_ptr<const Rules> rules() const;

  const atm::Host host_;
  const atm::Agents agents_;
  Logs logs_;                         ///< of thread_
  mutable std::mutex refresh_mutex_;  // guards the members below; never acquired with mutex_ held
  mutable std::uint64_t revision_ = 0;
  mutable std::optional<std::int64_t> refreshed_for_record_ns_{};
  mutable std::mutex mutex_;  // guards the members below
  mutable std::shared_ptr<const Rules> rules_ = std::make_shared<const Rules>();
  std::condition_variable wake_;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace manifest
