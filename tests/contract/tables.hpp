// SPDX-License-Identifier: MIT
// A valid plugin in C tables; each case breaks one field.
#pragma once

#include <atm/abi.h>
#include <atm/iface/analyzer.h>
#include <atm/iface/parser.h>
#include <atm/iface/source.h>
#include <atm/iface/store.h>
#include <atm/iface/transport.h>

#include <map>
#include <string>
#include <string_view>

#include "kernel/plugins/contract.hpp"

namespace atm::test {

inline atm_str text(std::string_view t) {
  return {t.data(), t.size()};
}

inline kernel::Manifest valid_manifest() {
  kernel::Manifest manifest;
  manifest.file = "/p/echo.json";
  manifest.library = "/p/echo.so";
  manifest.id = "echo";
  manifest.version = "1.2.3";
  manifest.abi = {ATM_ABI_MAJOR, ATM_ABI_MINOR};
  manifest.vocabulary = {ATM_VOCABULARY_MAJOR, ATM_VOCABULARY_MINOR};
  manifest.provides = {ATM_IFACE_PARSER, ATM_IFACE_ANALYZER, ATM_IFACE_TRANSPORT, ATM_IFACE_SOURCE,
                       ATM_IFACE_STORE};
  return manifest;
}

/// The tables of an instance; `query` returns them by id.
struct Tables {
  static inline const atm_str kChannels[2] = {text("echo/hook"), text("echo/status")};
  atm_parser parser{
      sizeof(atm_parser), 0, kChannels, 2,
      [](void*, const atm_record*, const atm_observation_sink*, atm_error*) { return atm_status{ATM_SKIP}; }};
  atm_analyzer analyzer{sizeof(atm_analyzer), 0, text("echo."),
                        [](void*, const atm_observation*, const atm_session*, const atm_fact_sink*,
                           atm_error*) { return atm_status{ATM_SKIP}; }};
  atm_transport transport{sizeof(atm_transport), 0, [](void*, atm_error*) { return atm_status{ATM_OK}; },
                          nullptr, nullptr};
  atm_source source{sizeof(atm_source), 0, [](void*, atm_error*) { return atm_status{ATM_OK}; }, nullptr,
                    nullptr};
  atm_store store{sizeof(atm_store),
                  0,
                  [](void*, const atm_stored* const*, std::uint64_t) { return atm_status{ATM_OK}; },
                  nullptr,
                  nullptr,
                  nullptr,
                  nullptr,
                  nullptr};
  std::string withheld;  // an id for which query returns NULL

  static const void* query(void* self, atm_str id) {
    const auto& t = *static_cast<const Tables*>(self);
    const std::string_view wanted(id.data, id.size);
    if (wanted == t.withheld) return nullptr;
    if (wanted == ATM_IFACE_PARSER) return &t.parser;
    if (wanted == ATM_IFACE_ANALYZER) return &t.analyzer;
    if (wanted == ATM_IFACE_TRANSPORT) return &t.transport;
    if (wanted == ATM_IFACE_STORE) return &t.store;
    return wanted == ATM_IFACE_SOURCE ? &t.source : nullptr;
  }
};

inline atm_plugin valid_plugin() {
  return {sizeof(atm_plugin),
          ATM_ABI_MAJOR,
          ATM_ABI_MINOR,
          ATM_VOCABULARY_MAJOR,
          ATM_VOCABULARY_MINOR,
          0,
          text("echo"),
          text("1.2.3"),
          text("Echoes"),
          {nullptr, 0},
          [](const atm_host*, atm_str, void**, atm_error*) { return atm_status{ATM_OK}; },
          [](void*) {},
          &Tables::query};
}

}  // namespace atm::test
