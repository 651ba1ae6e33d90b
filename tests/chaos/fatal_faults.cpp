// SPDX-License-Identifier: MIT
#include <array>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <string>
#include <system_error>
#include <utility>

#include "chaos/faults.hpp"

namespace atm::test {
namespace {

namespace fs = std::filesystem;

void kill_and_start(Fixture& run) {
  run.kill();
  if (run.dice.one_in(2)) run.dice.wait(1, 500);
  run.start();
}

void kill_stopped(Fixture& run) {
  run.daemon->signal(SIGSTOP);
  run.dice.wait(20, 1000);
  kill_and_start(run);
}

void restart(Fixture& run) {
  if (run.dice.one_in(3)) {
    run.daemon->signal(SIGSTOP);
    run.dice.wait(20, 500);
    run.daemon->signal(SIGTERM);
    run.daemon->signal(SIGCONT);
  }
  run.stop();
  if (run.dice.one_in(2)) run.dice.wait(1, 500);
  run.start();
}

void restart_without_log_reader(Fixture& run) {
  run.log.stop();
  if (run.dice.one_in(2)) run.dice.wait(1, 500);
  run.stop();
  if (run.dice.one_in(2)) {
    run.spawn();
    if (!run.daemon->wait_ready()) run.findings.fault("a daemon is not ready while nobody reads the log");
    run.log.go_on();
    if (run.is_served()) return;
    run.kill();
  }
  run.log.go_on();
  run.start();
}

void kill_during_starts(Fixture& run) {
  run.kill();
  for (std::uint32_t i = run.dice.between(1, 4); i > 0; --i) {
    run.spawn();
    run.dice.wait(0, 80);
    run.kill();
  }
  run.start();
}

void restart_on_full_disk(Fixture& run) {
  if (!run.disk.problem().empty()) return restart(run);
  run.disk.fill();
  const std::int64_t begin = now_ns();
  run.stop();
  run.start();
  run.account.note_full_disk(begin, now_ns());
  if (run.dice.one_in(2)) {
    const std::int64_t begin_again = now_ns();
    run.dice.one_in(2) ? run.stop() : run.kill();
    run.dice.wait(1, 300);
    run.disk.empty();
    run.account.note_full_disk(begin_again, now_ns());
    run.start();
  }
  run.disk.empty();
}

void start_without_descriptors(Fixture& run) {
  run.stop();
  const std::uint32_t which = run.dice.between(1, 7);
  const std::array<bool, 3> is_closed{(which & 1U) != 0, (which & 2U) != 0, (which & 4U) != 0};
  run.start(is_closed);
  for (std::size_t fd = 0; fd < is_closed.size(); ++fd) {
    std::error_code error;
    const fs::path at = "/proc/" + std::to_string(run.daemon->pid()) + "/fd/" + std::to_string(fd);
    const fs::path target = fs::read_symlink(at, error);
    if (is_closed[fd] && !error && target != "/dev/null") {
      run.findings.fault("descriptor " + std::to_string(fd) + " was closed at the start, and is " +
                         target.string());
    }
  }
}

void start_with_bad_plugin(Fixture& run) {
  auto plugin = run.bad_plugins.begin();
  std::advance(plugin, run.dice.below(run.bad_plugins.size()));
  const auto& [id, directory] = *plugin;
  run.findings.note("a bad plugin: " + id);
  constexpr std::array<const char*, 4> kWays{"behave", "throw", "slow", "flood"};
  const std::string way = kWays.at(run.dice.below(kWays.size()));
  run.stop();
  run.places.prepare(run.config(id == "parser" ? "[plugins.parser]\nhow = \"" + way + "\"\n" : ""));
  // A plugin that ends the daemon at its start may do so until it is quarantined.
  bool is_ready = false;
  for (int i = 0; i < kMostStarts && !is_ready; ++i) {
    run.spawn({"--plugin-dir", directory});
    is_ready = run.daemon->wait_ready();
    if (!is_ready) run.kill();
  }
  if (!is_ready) {
    run.findings.fault("no daemon starts beside the plugin " + id);
  } else {
    std::string lines = R"({"type":"hello","protocol_version":"1.0","client_type":"session"})"
                        "\n";
    for (int i = 0; i < 12; ++i) {
      for (const std::string& channel : {std::string("bad"), id}) {
        lines += R"({"type":"ingest","channel":")" + channel + R"(/hook","payload":"b)" + std::to_string(i) +
                 "\"}\n";
      }
    }
    throw_in(run.places.socket(), lines);
    run.dice.wait(100, 1500);
    const bool has_ended = !run.is_running();
    if (has_ended) {
      run.account.end_life(false);
    } else if (run.dice.one_in(4)) {
      run.kill();
    } else {
      run.stop(id != "stuck" && id != "hang");
    }
  }
  run.places.prepare(run.config(""));
  run.start();
}

}  // namespace

void end_and_start(Fixture& run) {
  using Event = std::pair<const char*, void (*)(Fixture&)>;
  static constexpr std::array<Event, 8> kEvents{
      Event{"SIGKILL", &kill_and_start},
      Event{"SIGSTOP and SIGKILL", &kill_stopped},
      Event{"SIGTERM", &restart},
      Event{"SIGTERM while nobody reads the log", &restart_without_log_reader},
      Event{"SIGKILL during starts", &kill_during_starts},
      Event{"a start and a stop on a full disk", &restart_on_full_disk},
      Event{"a start without descriptors", &start_without_descriptors},
      Event{"a bad plugin", &start_with_bad_plugin},
  };
  const auto& [name, event] = kEvents.at(run.dice.below(kEvents.size()));
  run.findings.note(name);
  event(run);
}

}  // namespace atm::test
