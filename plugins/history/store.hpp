// SPDX-License-Identifier: MIT
#pragma once

#include <atm/plugin/host.hpp>
#include <atm/plugin/interfaces.hpp>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <thread>

#include "settings.hpp"
#include "writer.hpp"

namespace history {

/// The store of the daemon: history.db in the state directory.
class HistoryStore final : public atm::Store {
 public:
  static constexpr atm::Descriptor kDescriptor{"history", ATM_HISTORY_VERSION,
                                               "Keeps the state of sessions over restarts, and their history",
                                               Settings::kSchema};

  HistoryStore(const atm::Host& host, std::string_view config_json);
  ~HistoryStore() override;

  atm::Status start(atm::ErrorText& error) override;
  atm::Status restore(const atm_restore_sink& sink, atm_restored& result, atm::ErrorText& error) override;
  atm_status append(std::span<const atm_stored* const> inputs) override;
  atm::Status checkpoint(std::span<const std::uint8_t> state, std::uint64_t seq) override;
  atm::Status stop(std::uint32_t deadline_ms) override;
  atm::Status past(std::int64_t at_ns, const atm_past_sink& sink, atm::ErrorText& error) override;

 private:
  void pass_inputs(const Opened& opened, std::size_t checkpoint, const atm_restore_sink& sink) const;

  const atm::Host host_;
  const Settings settings_;
  std::shared_ptr<Writer> writer_;  ///< shared with its thread, which a disk may hold for ever
  std::thread thread_;
};

}  // namespace history
