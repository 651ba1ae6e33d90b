// SPDX-License-Identifier: MIT
#include "kernel/plugins/manifest.hpp"

#include "support/catch.hpp"
#include "support/temp_dir.hpp"

using namespace atm::kernel;
using atm::Problem;

namespace {

constexpr HostTraits kTraits{"x86_64", "none"};

// A valid manifest with one part of its text replaced.
std::string manifest(std::string_view from = "", std::string_view to = "") {
  std::string text =
      R"({"id":"echo","version":"1.2.3","abi":"1.0","vocabulary":"1.0","arch":"x86_64",)"
      R"("sanitizer":"none","provides":["atm.parser/1"],"needs":["atm.host.log/1"],"library":"echo.so"})";
  if (!from.empty()) text.replace(text.find(from), from.size(), to);
  return text;
}

std::string complaint(const std::string& text) {
  const auto parsed = parse_manifest(text, "/p/echo.json");
  if (const auto* problem = std::get_if<Problem>(&parsed)) return problem->message();
  const auto problem = check_manifest(std::get<Manifest>(parsed), kTraits);
  return problem ? problem->message() : "";
}

}  // namespace

TEST_CASE("a manifest is read", "[manifest]") {
  const auto parsed = parse_manifest(manifest(), "/p/echo.json");
  const auto* m = std::get_if<Manifest>(&parsed);
  REQUIRE(m != nullptr);
  CHECK(m->id == "echo");
  CHECK(m->version == "1.2.3");
  CHECK(m->library == "/p/echo.so");
  CHECK(m->abi.major == 1);
  CHECK(m->provides == std::vector<std::string>{"atm.parser/1"});
  CHECK(m->needs == std::vector<std::string>{"atm.host.log/1"});
  CHECK_FALSE(check_manifest(*m, kTraits).has_value());
}

TEST_CASE("a plugin is enabled unless its manifest disables it", "[manifest]") {
  const auto on = parse_manifest(manifest(), "/p/echo.json");
  const auto off = parse_manifest(manifest("\"library\"", "\"enabled\":false,\"library\""), "/p/echo.json");
  CHECK(std::get<Manifest>(on).is_enabled);
  CHECK_FALSE(std::get<Manifest>(off).is_enabled);
}

TEST_CASE("an incompatible plugin is refused before it is loaded, with a remedy", "[manifest]") {
  CHECK(
      complaint(manifest("\"abi\":\"1.0\"", "\"abi\":\"2.0\"")) ==
      "/p/echo.json: abi is 2.0, expected 1.0 to 1.4; update atmd or build the plugin against the installed "
      "SDK");
  CHECK(complaint(manifest("\"abi\":\"1.0\"", "\"abi\":\"0.9\"")) ==
        "/p/echo.json: abi is 0.9, expected 1.0 to 1.4; build the plugin against the installed SDK");
  CHECK(
      complaint(manifest("\"abi\":\"1.0\"", "\"abi\":\"1.5\"")) ==
      "/p/echo.json: abi is 1.5, expected 1.0 to 1.4; update atmd or build the plugin against the installed "
      "SDK");
  CHECK(complaint(manifest("\"vocabulary\":\"1.0\"", "\"vocabulary\":\"2.0\"")) ==
        "/p/echo.json: vocabulary is 2.0, expected 1.x; build the plugin against the installed SDK");
  CHECK(complaint(manifest("x86_64", "sparc")) ==
        "/p/echo.json: arch is sparc, expected x86_64; install the plugin for this machine");
  CHECK(complaint(manifest("\"none\"", "\"thread\"")) ==
        "/p/echo.json: sanitizer is thread, expected none; build plugin and atmd with the same sanitizer");
  CHECK(
      complaint(manifest("atm.parser/1", "atm.weather/1")) ==
      "/p/echo.json: provides atm.weather/1, expected one of atm.parser/1, atm.analyzer/1, atm.transport/1, "
      "atm.source/1, atm.store/1; "
      "update atmd");
  CHECK(complaint(manifest("atm.host.log/1", "atm.host.disk/1")) ==
        "/p/echo.json: needs atm.host.disk/1, expected a service this atmd has; update atmd");
}

TEST_CASE("a newer minor of the vocabulary is loaded: unknown types pass through", "[manifest]") {
  CHECK(complaint(manifest("\"vocabulary\":\"1.0\"", "\"vocabulary\":\"1.7\"")).empty());
}

TEST_CASE("an invalid manifest produces an error that states the fault", "[manifest]") {
  const std::string remedy = "; rebuild the plugin with atm_add_plugin()";
  CHECK(complaint(manifest("\"id\":\"echo\",", "")) == "/p/echo.json: id is missing, expected text" + remedy);
  CHECK(
      complaint(manifest("\"echo\"", "\"../echo\"")) ==
      "/p/echo.json: id is \"../echo\" (text), expected text that matches the pattern \"^[a-z][a-z0-9_]*$\"" +
          remedy);
  CHECK(complaint(manifest("\"1.2.3\"", "3")) ==
        "/p/echo.json: version is 3 (an integer), expected text" + remedy);
  CHECK(complaint(manifest("\"echo.so\"", "\"../../x.so\"")).find("library is") != std::string::npos);
  CHECK(complaint(manifest("\"abi\":\"1.0\"", "\"abi\":\"one\"")).find("abi is \"one\"") !=
        std::string::npos);
  CHECK(complaint(manifest("[\"atm.parser/1\"]", "[]")) ==
        "/p/echo.json: provides is [] (a list), expected at least 1 elements" + remedy);
  CHECK(complaint("[]").find("it is [] (a list), expected a table") != std::string::npos);
  CHECK(complaint("{").find("not JSON: ") != std::string::npos);
  CHECK(complaint("\xff").find("not valid UTF-8") != std::string::npos);
  CHECK(complaint(std::string(10'000, '[')).find("nested deeper than 64 levels") != std::string::npos);
}

TEST_CASE("a manifest file that is unreadable or too large is refused", "[manifest]") {
  const atm::test::TempDir dir;
  const auto missing = read_manifest(dir.path() / "none.json");
  REQUIRE(std::holds_alternative<Problem>(missing));
  CHECK(std::get<Problem>(missing).found == "No such file or directory");
  const auto huge = read_manifest(dir.file("huge.json", std::string(kMaxManifestBytes + 1, ' ')));
  REQUIRE(std::holds_alternative<Problem>(huge));
  CHECK(std::get<Problem>(huge).found == "a file over 64 KiB");
}
