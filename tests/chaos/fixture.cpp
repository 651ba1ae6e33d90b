// SPDX-License-Identifier: MIT
#include "chaos/fixture.hpp"

#include <csignal>
#include <cstdio>
#include <stdexcept>

#include "support/wait.hpp"

namespace atm::test {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

Fixture::Fixture(const ChaosOptions& options)
    : dice(options.seed),
      findings(options.is_verbose, tools.dir().path() / "log"),
      disk(tools.dir().directory("disk", 0700)),
      places{install_below(tools.dir().path() / "installed"), tools.dir().path() / "disk",
             tools.dir().path() / "notify.sock"},
      graves(places.home / "removed"),
      account(tools.dir().path() / "folded"),
      agents(options.agents, options.records_per_second, options.seed, places),
      log(tools.dir().path() / "log") {
  if (!disk.problem().empty()) std::printf("  a full disk is left out: %s\n", disk.problem().c_str());
  // Among the plugins that are never quarantined.
  for (const char* const name : {"ledger.json", "ledger.so"})
    fs::copy(fs::path(ATM_TEST_LEDGER) / name, places.programs.parent_path() / "lib/atm/plugins");
  for (const auto& file : fs::directory_iterator(ATM_TEST_BAD_PLUGINS)) {
    if (file.path().extension() != ".json") continue;
    const std::string id = file.path().stem();
    bad_plugins[id] = tools.plugin(file.path(), "bad/" + id);
  }
  places.prepare(config(""));
  fs::create_directories(graves);
}

std::string Fixture::config(const std::string& more) const {
  return "[limits]\nstop_seconds = " + std::to_string(kStop.count()) + "\n[plugins.ledger]\nfile = \"" +
         (tools.dir().path() / "folded").string() +
         "\"\n[plugins.http]\nenabled = true\nport = 0\n[plugins.zmq]\nenabled = true\n" + more +
         std::string(kOwnAgentsOnly);
}

bool Fixture::is_served() const {
  return becomes_true(
      [this] { return ask(places.socket(), {R"({"type":"ping","seq":1})"}, milliseconds(2000)).has_value(); },
      kTimeout);
}

void Fixture::spawn(const std::vector<std::string>& more, std::array<bool, 3> is_closed) {
  daemon.reset();
  StartOptions options;
  options.arguments = more;
  options.is_closed = is_closed;
  options.life = account.begin_life();
  options.output = log.write_end();
  daemon = std::make_unique<Daemon>(places, options);
}

void Fixture::start(std::array<bool, 3> is_closed) {
  for (int i = 0; i < kMostStarts; ++i) {
    spawn({}, is_closed);
    if (daemon->wait_ready() && is_served()) return;
    const auto end = daemon->wait_end(milliseconds(0));
    findings.fault("a daemon does not serve after its start: " + (end ? end_text(*end) : "it runs") + "\n" +
                   findings.log_end(1000));
    kill();
    // Otherwise no further fault would be tried.
    disk.empty();
    log.go_on();
    if (i > 0) fs::remove_all(places.markers());
  }
  throw std::runtime_error("no daemon starts any more");
}

void Fixture::kill() {
  daemon->kill();
  account.end_life(false);
}

void Fixture::stop(bool is_healthy) {
  daemon->signal(SIGTERM);
  const auto end = daemon->wait_end(kStop + kTimeout);
  if (!end) {
    findings.fault("SIGTERM does not end the daemon");
    return kill();
  }
  const bool is_orderly = *end == 0;
  account.end_life(is_orderly);
  if (is_healthy && !is_orderly) findings.fault("SIGTERM ends the daemon with " + end_text(*end));
}

void Fixture::expect_served(const std::string& what) {
  if (!is_running()) return;  // run_chaos() reports it
  if (is_served()) return;
  findings.fault("the daemon does not serve " + what);
  kill();
  start();
}

fs::path Fixture::new_grave() {
  return graves / std::to_string(++graves_made_);
}

}  // namespace atm::test
