// SPDX-License-Identifier: MIT
#pragma once

#include <atm/abi.h>
#include <atm/iface/analyzer.h>
#include <atm/iface/parser.h>
#include <atm/iface/source.h>
#include <atm/iface/transport.h>

#include <optional>
#include <string_view>
#include <variant>

#include "kernel/config/problem.hpp"
#include "kernel/plugins/manifest.hpp"

namespace atm::kernel {

[[nodiscard]] bool is_plugin_interface(std::string_view id);
[[nodiscard]] bool is_host_interface(std::string_view id);

/// The tables a plugin gave, copied: functions beyond the size it declared are null, those of a newer minor
/// are cut.
struct Interfaces {
  std::optional<atm_parser> parser;
  std::optional<atm_analyzer> analyzer;
  std::optional<atm_transport> transport;
  std::optional<atm_source> source;
};

/// What is wrong with a descriptor: too small, another ABI, a missing function, not what the manifest says.
[[nodiscard]] std::optional<Problem> check_descriptor(const atm_plugin& plugin, const Manifest& manifest);

/// Asks an instance for every interface its manifest names and checks each: size, required functions,
/// channels, prefix. Interfaces this host does not know are left alone.
[[nodiscard]] std::variant<Interfaces, Problem> query_interfaces(const atm_plugin& plugin, void* instance,
                                                                 const Manifest& manifest);

}  // namespace atm::kernel
