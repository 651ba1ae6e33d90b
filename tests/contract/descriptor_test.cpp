// SPDX-License-Identifier: MIT
#include <functional>

#include "contract/tables.hpp"
#include "support/catch.hpp"

using namespace atm::test;
using atm::kernel::check_descriptor;

namespace {

struct DescriptorCase {
  const char* name;
  std::function<void(atm_plugin&)> break_it;
  const char* message;
};

}  // namespace

TEST_CASE("a valid descriptor is accepted", "[contract]") {
  CHECK_FALSE(check_descriptor(valid_plugin(), valid_manifest()).has_value());
}

TEST_CASE("a longer descriptor of a later minor version is accepted", "[contract]") {
  atm_plugin plugin = valid_plugin();
  plugin.size += 64;
  CHECK_FALSE(check_descriptor(plugin, valid_manifest()).has_value());
}

TEST_CASE("one broken field of a descriptor gives one message", "[contract]") {
  const DescriptorCase cases[] = {
      {"size", [](atm_plugin& p) { p.size = 12; }, "descriptor has size 12, expected at least 112"},
      {"major", [](atm_plugin& p) { p.abi_major = 2; },
       "descriptor has abi 2.4, expected 1.4 as in its manifest"},
      {"minor", [](atm_plugin& p) { p.abi_minor = 7; },
       "descriptor has abi 1.7, expected 1.4 as in its manifest"},
      {"vocabulary", [](atm_plugin& p) { p.vocabulary_major = 3; },
       "descriptor has vocabulary 3.3, expected 1.3 as in its manifest"},
      {"vocabulary minor", [](atm_plugin& p) { p.vocabulary_minor = 1; },
       "descriptor has vocabulary 1.1, expected 1.3 as in its manifest"},
      {"id", [](atm_plugin& p) { p.id = text("ohce"); },
       "descriptor has id 'ohce', expected 'echo' as in its manifest"},
      {"no id",
       [](atm_plugin& p) {
         p.id = {nullptr, 0};
       },
       "descriptor has id '', expected 'echo' as in its manifest"},
      {"id that is no text", [](atm_plugin& p) { p.id = text("\xff"); },
       "descriptor has id '\xEF\xBF\xBD', expected 'echo' as in its manifest"},
      {"version", [](atm_plugin& p) { p.version = text("1.2.4"); },
       "descriptor has version '1.2.4', expected '1.2.3' as in its manifest"},
      {"create", [](atm_plugin& p) { p.create = nullptr; },
       "descriptor has no create, expected its required function"},
      {"destroy", [](atm_plugin& p) { p.destroy = nullptr; },
       "descriptor has no destroy, expected its required function"},
      {"query", [](atm_plugin& p) { p.query = nullptr; },
       "descriptor has no query, expected its required function"},
  };
  for (const DescriptorCase& one : cases) {
    INFO(one.name);
    atm_plugin plugin = valid_plugin();
    one.break_it(plugin);
    const auto problem = check_descriptor(plugin, valid_manifest());
    REQUIRE(problem.has_value());
    CHECK(problem->message() ==
          "/p/echo.so: " + std::string(one.message) + "; build the plugin against the installed SDK");
  }
}
