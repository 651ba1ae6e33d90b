// SPDX-License-Identifier: MIT
// What a plugin author includes.
//
//   class Echo final : public atm::Parser {
//    public:
//     static constexpr atm::Descriptor kDescriptor{"echo", "1.0.0", "Echoes its input"};
//     Echo(const atm::Host& host, std::string_view config_json);
//     std::span<const std::string_view> channels() const noexcept override;
//     atm::Status parse(const atm::Record&, const atm::ObservationSink&, atm::ErrorText&) const override;
//   };
//   ATM_PLUGIN(Echo);
//
// Build it with atm_add_plugin() of the AtmSdk CMake package; docs/sdk/writing-a-plugin.md is the
// walk-through.
#pragma once

#include <atm/plugin/entry.hpp>
#include <atm/plugin/host.hpp>
#include <atm/plugin/interfaces.hpp>
#include <atm/plugin/values.hpp>
