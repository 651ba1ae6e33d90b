// SPDX-License-Identifier: MIT
// Checks that layout.inc is complete, which static_assert cannot do.
#include <map>
#include <string>
#include <string_view>

#include "layout.h"
#include "support/catch.hpp"

namespace {

struct Struct {
  std::size_t size = 0;
  std::size_t end = 0;  // of the last member
  std::string hole;
  std::string_view first;
};

std::map<std::string_view, Struct> read_layout() {
  std::size_t count = 0;
  const layout_row* rows = layout_rows(&count);
  std::map<std::string_view, Struct> all;
  for (const layout_row* row = rows; row != rows + count; ++row) {
    Struct& s = all[row->type];
    if (row->member == nullptr) {
      s.size = row->size;
      continue;
    }
    if (s.first.empty()) s.first = row->member;
    if (row->offset != s.end) s.hole = std::string("before ") + row->member;
    s.end = row->offset + row->size;
  }
  return all;
}

}  // namespace

TEST_CASE("every byte of an ABI struct belongs to a recorded member") {
  const auto all = read_layout();
  REQUIRE(all.size() > 20);
  for (const auto& [type, s] : all) {
    CAPTURE(type, s.hole);
    CHECK(s.hole.empty());
    CHECK(s.end == s.size);
  }
}

TEST_CASE("every table begins with its size") {
  for (const auto& [type, s] : read_layout()) {
    if (type == "atm_str" || type == "atm_value" || type == "atm_attr") continue;
    CAPTURE(type);
    CHECK(s.first == "size");
  }
}

TEST_CASE("an interface id names its side, its noun and its revision") {
  CHECK(std::string_view(ATM_PLUGIN_SYMBOL) == "atm_plugin_v1");
  CHECK(std::string_view(ATM_IFACE_PARSER) == "atm.parser/1");
  CHECK(std::string_view(ATM_IFACE_ANALYZER) == "atm.analyzer/1");
  CHECK(std::string_view(ATM_IFACE_TRANSPORT) == "atm.transport/1");
  CHECK(std::string_view(ATM_IFACE_SOURCE) == "atm.source/1");
  CHECK(std::string_view(ATM_IFACE_STORE) == "atm.store/1");
  CHECK(std::string_view(ATM_HOST_CLOCK) == "atm.host.clock/1");
  CHECK(std::string_view(ATM_HOST_EVENTS) == "atm.host.events/1");
  CHECK(std::string_view(ATM_HOST_FILES) == "atm.host.files/1");
  CHECK(std::string_view(ATM_HOST_INGEST) == "atm.host.ingest/1");
  CHECK(std::string_view(ATM_HOST_LOG) == "atm.host.log/1");
  CHECK(std::string_view(ATM_HOST_METRICS) == "atm.host.metrics/1");
  CHECK(std::string_view(ATM_HOST_PROCESSES) == "atm.host.processes/1");
  CHECK(std::string_view(ATM_HOST_SNAPSHOT) == "atm.host.snapshot/1");
  CHECK(std::string_view(ATM_HOST_TIMER) == "atm.host.timer/1");
}
