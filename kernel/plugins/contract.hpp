// SPDX-License-Identifier: MIT
#pragma once

#include <atm/abi.h>
#include <atm/iface/analyzer.h>
#include <atm/iface/parser.h>
#include <atm/iface/source.h>
#include <atm/iface/store.h>
#include <atm/iface/transport.h>

#include <optional>
#include <string_view>
#include <variant>

#include "kernel/plugins/manifest.hpp"
#include "lib/config/problem.hpp"

namespace atm::kernel {

[[nodiscard]] bool is_plugin_interface(std::string_view id);
[[nodiscard]] bool is_host_interface(std::string_view id);

/// Copies of the tables that a plugin returned: functions beyond the declared size are null, functions of a newer minor
/// version are dropped.
struct Interfaces {
  std::optional<atm_parser> parser;
  std::optional<atm_analyzer> analyzer;
  std::optional<atm_transport> transport;
  std::optional<atm_source> source;
  std::optional<atm_store> store;
};

/// Returns the first fault of a descriptor: size, ABI, a missing function, or a difference from the manifest.
[[nodiscard]] std::optional<Problem> check_descriptor(const atm_plugin& plugin, const Manifest& manifest);

/// Requests every interface in the manifest from an instance and checks size, required functions, channels and prefix.
/// Ignores interfaces that this host does not know.
[[nodiscard]] std::variant<Interfaces, Problem> query_interfaces(const atm_plugin& plugin, void* instance,
                                                                 const Manifest& manifest);

}  // namespace atm::kernel
