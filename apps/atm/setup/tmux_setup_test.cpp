// SPDX-License-Identifier: MIT
#include "tmux_setup.hpp"

#include <filesystem>

#include "program.hpp"
#include "setup_fixture.hpp"
#include "support/catch.hpp"

namespace atm::cli::setup {
namespace {

std::string text_or_error(const Result<std::string>& result) {
  return result ? *result : "!" + result.error().message;
}

class TmuxFixture final {
 public:
  [[nodiscard]] std::string file() const { return home.path("home/.tmux.conf"); }
  [[nodiscard]] std::string now() const { return home.read(file()); }
  std::string connect(bool is_dry = false) {
    options.dry_run = is_dry;
    return text_or_error(connect_tmux(options));
  }
  std::string remove() { return text_or_error(disconnect_tmux(SetupOptions())); }
  void has(const std::string& text) const {
    static_cast<void>(home.home().file("home/.tmux.conf", text, 0644));
  }

  SetupFixture home;
  SetupOptions options;
};

bool has_text(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("setup tmux adds lines once, shows them before, and its removal restores the file",
          "[setup][tmux]") {
  TmuxFixture fixture;
  const std::string before = "set -g mouse on\nbind-key A display-message x";
  fixture.has(before);
  CHECK(has_text(fixture.connect(true), "+bind-key a run-shell"));
  CHECK(fixture.now() == before);
  CHECK(has_text(fixture.connect(), "prefix a opens the dashboard"));
  const std::string once = fixture.now();
  CHECK(has_text(once, "bind-key G run-shell '"));
  CHECK(has_text(fixture.connect(), "prefix a opens"));
  CHECK(fixture.now() == once);
  CHECK(has_text(fixture.remove(), "removed the lines"));
  CHECK(fixture.now() == before + "\n");
  CHECK(has_text(fixture.remove(), "nothing to remove"));
}

TEST_CASE("setup tmux removes a file that it created, and prefers the file in use", "[setup][tmux]") {
  TmuxFixture fixture;
  CHECK_FALSE(fixture.connect().starts_with("!"));
  CHECK(std::filesystem::exists(fixture.file()));
  CHECK_FALSE(fixture.connect().starts_with("!"));
  CHECK_FALSE(fixture.remove().starts_with("!"));
  CHECK_FALSE(std::filesystem::exists(fixture.file()));
  const std::string other = fixture.home.path("config/tmux/tmux.conf");
  static_cast<void>(fixture.home.home().file("config/tmux/tmux.conf", "set -g mouse on\n", 0644));
  CHECK_FALSE(fixture.connect().starts_with("!"));
  CHECK(has_text(fixture.home.read(other), "popup'"));
  CHECK_FALSE(fixture.remove().starts_with("!"));
  CHECK(fixture.home.read(other) == "set -g mouse on\n");
}

TEST_CASE("a key that the configuration or a plugin binds is in use", "[setup][tmux]") {
  CHECK(bound_tmux_keys(
            "bind A x\n bind-key -r b y\nbind -n c z\nbind -T copy-mode d z\nbind -T prefix e z\n") ==
        " A b e ");
  CHECK(bound_tmux_keys("bind -N note f x\nif-shell 'true' 'bind g x'\nset -g a b ; bind h x") == " f g h ");
  CHECK(bound_tmux_keys("bind") == " ");
  CHECK(bound_tmux_keys("bind-key    -T prefix       M                    select-pane -M\n") == " M ");
  TmuxFixture fixture;
  fixture.has("bind A x\nbind a x\nbind G x\nbind g x\nbind B x\nbind b x\nbind Y x\nbind y x\nbind U x\n");
  const std::string before = fixture.now();
  CHECK(has_text(fixture.connect(), "expected two free keys"));
  CHECK(fixture.now() == before);
}

TEST_CASE("lines of atm without an end are not removed", "[setup][tmux]") {
  TmuxFixture fixture;
  REQUIRE_FALSE(fixture.connect().starts_with("!"));
  const std::string text = fixture.now();
  fixture.has(text.substr(0, text.find("# atm: end")) + "set -g mouse on\n");
  const std::string before = fixture.now();
  CHECK(has_text(fixture.remove(), "have no end"));
  CHECK(has_text(fixture.connect(), "have no end"));
  CHECK(fixture.now() == before);
}

TEST_CASE("tmux accepts the lines, also twice", "[setup][tmux]") {
  TmuxFixture fixture;
  REQUIRE_FALSE(fixture.connect().starts_with("!"));
  const std::string socket = fixture.home.path("tmux");
  const auto tmux = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"/usr/bin/tmux", "-f", fixture.file(), "-S", socket});
    return run_program(std::move(words), std::chrono::seconds(60));
  };
  REQUIRE(tmux({"new-session", "-d", "exec /bin/cat"}).code == 0);
  CHECK(tmux({"source-file", fixture.file()}).output.empty());
  CHECK(has_text(tmux({"list-keys", "-T", "prefix", "A"}).output, " popup"));
  CHECK(has_text(tmux({"list-keys", "-T", "prefix", "a"}).output, " menu"));
  const std::string status = tmux({"show-options", "-gv", "status-right"}).output;
  const std::size_t first = status.find(" segment --tmux)");
  CHECK(first != std::string::npos);
  CHECK(status.find(" segment --tmux)", first + 1) == std::string::npos);
  CHECK(tmux({"kill-server"}).code == 0);
}

}  // namespace
}  // namespace atm::cli::setup
