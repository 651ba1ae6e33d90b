// SPDX-License-Identifier: MIT
#include "toml_tables.hpp"

#include "support/catch.hpp"

namespace atm::cli::setup {

namespace {

std::string without(std::string_view text) {
  const auto edited = without_toml_tables(text, "hooks.state", {"/h.json:stop:0:0", "/h.json:stop:1:0"});
  return edited ? edited->text : '!' + edited.error().message;
}

}  // namespace

TEST_CASE("only the named tables are removed, and all other bytes stay", "[setup]") {
  CHECK(without("a = 1\n") == "a = 1\n");
  CHECK(without("[hooks.state]\n") == "[hooks.state]\n");
  CHECK(without("a = 1\n\n[hooks.state.\"/h.json:stop:0:0\"]\ntrusted_hash = \"x\"\n\n[b]\nc = 2\n") ==
        "a = 1\n\n[b]\nc = 2\n");
  CHECK(without("[hooks.state.\"/h.json:stop:0:0\"]\nx = 1\n# of b\n[b]\n") == "# of b\n[b]\n");
  CHECK(without("[hooks.state]\n[hooks.state.'/h.json:stop:1:0']\r\nx = 1\r\n[hooks.state.other]\ny = 2") ==
        "[hooks.state]\n[hooks.state.other]\ny = 2");
  CHECK(without("[hooks.state]\nenabled = true\n[hooks.state.\"/h.json:stop:0:0\"]\nx = 1\n") ==
        "[hooks.state]\nenabled = true\n");
  const std::string like_one = "a = '''\n[hooks.state.\"/h.json:stop:0:0\"]\n'''\n";
  CHECK(without(like_one) == like_one);
}

TEST_CASE("a table in another form is not removed", "[setup]") {
  CHECK(without("[hooks.state]\n\"/h.json:stop:0:0\" = {x = 1}\n") ==
        "!1: a table below hooks.state has no header of its own");
  CHECK(without("hooks.state.\"/h.json:stop:0:0\".x = 1\n") ==
        "!1: a table below hooks.state has no header of its own");
  CHECK(
      without("a = '''\n[hooks.state.\"/h.json:stop:0:0\"]\n'''\n[hooks.state.\"/h.json:stop:0:0\"]\nx = 1\n")
          .starts_with("!1: "));
  CHECK(without("[a").starts_with("!1: "));
}

}  // namespace atm::cli::setup
