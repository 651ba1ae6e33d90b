// SPDX-License-Identifier: MIT
#include <array>
#include <csignal>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "chaos/faults.hpp"

namespace atm::test {
namespace {

namespace fs = std::filesystem;

void pause(Fixture& run) {
  run.daemon->signal(SIGSTOP);
  run.dice.wait(20, 1500);
  run.daemon->signal(SIGCONT);
}

void remove_socket(Fixture& run) {
  fs::remove(run.places.socket());
}

void remake_runtime_directory(Fixture& run) {
  const fs::path grave = run.new_grave();
  fs::rename(run.places.run(), grave);
  if (run.dice.one_in(2)) run.dice.wait(1, 200);
  fs::create_directory(run.places.run());
  fs::permissions(run.places.run(), fs::perms::owner_all);
  // The spool and the file that counts lost records remain for the account.
  std::error_code error;
  for (const char* const name : {"atm.sock", "atm.sock.lock"}) fs::remove(grave / name, error);
}

void remove_spool(Fixture& run) {
  std::error_code error;
  fs::rename(run.places.spool(), run.new_grave(), error);
}

void remove_state_directory(Fixture& run) {
  std::error_code error;
  fs::remove_all(run.places.state() / "atm", error);
}

void send_bad_records(Fixture& run) {
  const std::string hello = R"({"type":"hello","protocol_version":"1.0","client_type":"session"})"
                            "\n";
  std::string lines;
  for (const char* const line : {
           R"({"type":"ingest","channel":"claude_code/hook","payload":"no object"})",
           R"({"type":"ingest","channel":"claude_code/hook","payload":{"hook_event_name":7}})",
           R"({"type":"ingest","channel":"claude_code/hook","payload":{}})",
           R"({"type":"ingest","channel":"claude_code/status_line","payload":[]})",
           R"({"type":"ingest","channel":"nobody/hook","payload":{}})",
           "{{{{",
           "\xff\xfe",
           R"({"type":"no such type"})",
       }) {
    for (int i = 0; i < 6; ++i) lines += std::string(line) + '\n';
  }
  const fs::path socket = run.places.socket();
  throw_in(socket, hello + lines);
  throw_in(socket, lines);
  throw_in(socket, hello + R"({"type":"ingest","channel":"claude_code/hook","pay)");
  if (run.dice.one_in(4)) throw_in(socket, hello + std::string(3'000'000, '['));
}

void stop_log_reader(Fixture& run) {
  run.log.stop();
  if (run.dice.one_in(2)) send_bad_records(run);
  run.dice.wait(100, 1500);
  run.expect_served("while nobody reads the log");
  run.log.go_on();
}

void fill_disk(Fixture& run) {
  if (!run.disk.problem().empty()) return;
  run.disk.fill();
  run.dice.wait(100, 1000);
  run.expect_served("while the disk is full");
  run.disk.empty();
}

void come_and_go(Fixture& run) {
  for (int i = 0; i < 50; ++i) throw_in(run.places.socket(), "");
}

}  // namespace

void disturb(Fixture& run) {
  using Event = std::pair<const char*, void (*)(Fixture&)>;
  static constexpr std::array<Event, 9> kEvents{
      Event{"SIGSTOP and SIGCONT", &pause},
      Event{"the socket is removed", &remove_socket},
      Event{"the runtime directory is made anew", &remake_runtime_directory},
      Event{"the spool is removed", &remove_spool},
      Event{"the state directory is removed", &remove_state_directory},
      Event{"the log reader is stopped", &stop_log_reader},
      Event{"the disk is full", &fill_disk},
      Event{"bad records", &send_bad_records},
      Event{"clients come and go", &come_and_go},
  };
  const auto& [name, event] = kEvents.at(run.dice.below(kEvents.size()));
  run.findings.note(name);
  event(run);
  run.expect_served(std::string("after ") + name);
}

void connect_in_all_ways(Fixture& run) {
  for (int i = 0; i < 5; ++i) come_and_go(run);
  send_bad_records(run);
  run.expect_served("after bad records");
}

}  // namespace atm::test
