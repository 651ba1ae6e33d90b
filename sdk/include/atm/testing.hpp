// SPDX-License-Identifier: MIT
// Unit tests of a plugin without daemon and without loading a library.
//
//   atm::testing::FakeHost host;
//   atm::testing::PluginInstance plugin(atm_plugin_v1, host, R"({"limit": 3})");
//   const auto result = plugin.parse({.channel = "echo/hook", .payload = R"({"session":"s"})"});
//   CHECK(result.observations.at(0).type == "session.started");
//
// Everything goes through the C tables, as in the daemon. The fake host keeps what it is given and owns the
// time.
#pragma once

#include <atm/testing/fake_host.hpp>
#include <atm/testing/plugin_instance.hpp>
