// SPDX-License-Identifier: MIT
// Runs setup and removal on generated settings files. ATM_SETUP_FILES: their number (10,000); ATM_SETUP_SEED: the seed.
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <functional>
#include <random>
#include <string_view>
#include <vector>

#include "json_string.hpp"
#include "jsonc_tree.hpp"
#include "settings_edit.hpp"
#include "settings_generator_test_support.hpp"
#include "setup_fixture.hpp"
#include "support/catch.hpp"

namespace atm::cli::setup {
namespace {

std::uint64_t number(const char* variable, std::uint64_t otherwise) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// Everything but white space and commas, including comments, in the user's order.
std::vector<std::string> tokens_of(std::string_view text) {
  std::vector<std::string> tokens;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at + 1;
    if (std::string_view(" \t\r\n,").find(text[at]) != std::string_view::npos) {
      at = end;
      continue;
    }
    if (text.substr(at, 2) == "//") {
      end = std::min(text.find_first_of("\r\n", at), text.size());
    } else if (text.substr(at, 2) == "/*") {
      end = text.find("*/", at + 2) + 2;
    } else if (text[at] == '"') {
      while (text[end] != '"') end += text[end] == '\\' ? 2 : 1;
      ++end;
    }
    tokens.emplace_back(text.substr(at, end - at));
    at = end;
  }
  return tokens;
}

bool is_subsequence(const std::vector<std::string>& part, const std::vector<std::string>& whole) {
  std::size_t at = 0;
  for (const std::string& token : whole) {
    if (at < part.size() && part[at] == token) ++at;
  }
  return at == part.size();
}

// The text with another command of the user's own status line.
std::string with_command(const std::string& text,
                         const std::function<std::string(const std::string& command)>& replaced) {
  const auto tree = jsonc::JsonTree::scan(text);
  if (!tree || tree->empty()) return text;
  const auto line = tree->member(0, "statusLine");
  const auto command = line ? tree->member(*line, "command") : std::nullopt;
  if (!command || status_line_parts(*tree->string(*command)).ownership != Ownership::kForeign) return text;
  const jsonc::JsonNode& node = tree->at(*command);
  std::string out = text;
  return out.replace(node.begin, node.end - node.begin,
                     jsonc::encode_string(replaced(*tree->string(*command))));
}

std::size_t our_commands(const std::string& text) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find("--agent claude_code || true", at)) != text.npos; ++at) ++count;
  return count;
}

// In memory, where only the text itself tells the former state.
void check_in_memory(const std::string& text, const Wanted& wanted, bool is_sound) {
  const auto connected = connect_settings(text, wanted, {});
  if (!connected) {
    CHECK_FALSE(is_sound);
    const bool is_malformed = connected.error().code == ErrorCode::kParseError;
    CHECK((!is_malformed || connected.error().message.find(':') < 8));
    return;
  }
  CHECK(jsonc::JsonTree::scan(connected->text));
  CHECK(connected->added.size() + connected->mixed.size() == wanted.events.size());
  CHECK(our_commands(connected->text) == connected->added.size());
  const std::string wrapped =
      with_command(text, [&](const auto& own) { return status_line_command(wanted.programs, own); });
  CHECK(is_subsequence(tokens_of(wrapped), tokens_of(connected->text)));
  const auto again = connect_settings(connected->text, wanted, connected->made);
  REQUIRE(again);
  CHECK(again->text == connected->text);
  Wanted moved = wanted;
  moved.programs = {"/elsewhere/atm-hook", "/elsewhere/atm"};
  const auto updated = connect_settings(connected->text, moved, connected->made);
  REQUIRE(updated);
  CHECK(updated->updated.size() == connected->added.size());
  const auto removed = disconnect_settings(updated->text, connected->made);
  REQUIRE(removed);
  auto left = tokens_of(removed->text);
  const auto before = jsonc::JsonTree::scan(text);
  if (before->empty()) left.resize(left.size() - 2);  // setup added the { } to a file without a value
  // Without the journal, the escapes of the user's command are unknown.
  CHECK(left == tokens_of(with_command(text, [](const auto& own) { return own; })));
}

void check_on_disk(const SetupFixture& fixture, const std::string& text, bool is_sound) {
  fixture.has_settings(text);
  const std::string output = fixture.connect();
  const std::string connected = fixture.now();
  if (output[0] == '!') {
    CHECK_FALSE(is_sound);
    CHECK(connected == text);
    return;
  }
  CHECK(fixture.connect().rfind("nothing to change", 0) == 0);
  CHECK(fixture.now() == connected);
  CHECK(fixture.remove()[0] != '!');
  CHECK(fixture.now() == text);
}

TEST_CASE("generated settings files survive setup and removal, byte for byte") {
  const std::uint64_t seed = number("ATM_SETUP_SEED", std::random_device{}());
  const std::uint64_t count = number("ATM_SETUP_FILES", 10'000);
  std::fprintf(stderr, "ATM_SETUP_SEED=%llu\n", static_cast<unsigned long long>(seed));
  // Setup syncs each file several times, which this test does not examine.
  if (::access("/dev/shm", W_OK) == 0) ::setenv("TMPDIR", "/dev/shm", 1);
  SettingsGenerator generator(seed);
  const SetupFixture fixture;
  const Wanted wanted{{fixture.options.hook, "/opt/atm"}, events_for(std::nullopt)};
  std::uint64_t sound = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const GeneratedSettings made = generator.next();
    INFO("file " << i << ":\n" << made.text.substr(0, 20'000));
    check_in_memory(made.text, wanted, made.is_sound);
    if (i % 8 == 0) check_on_disk(fixture, made.text, made.is_sound);
    sound += made.is_sound ? 1 : 0;
    if (i % 100 == 99) std::filesystem::remove_all(fixture.state());
  }
  CHECK(sound >= count / 2);
}

}  // namespace
}  // namespace atm::cli::setup
