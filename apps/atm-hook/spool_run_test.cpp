// SPDX-License-Identifier: MIT
// Tests of the spool with real hook processes.
#include <rapidjson/document.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "peer_test_support.hpp"
#include "run_test_support.hpp"
#include "scan_test_support.hpp"
#include "spool_test_support.hpp"
#include "support/catch.hpp"

namespace {

namespace fs = std::filesystem;

HookRun run_at(const SpoolPlace& place, std::string payload) {
  HookRun run;
  run.environment = {"ATM_SOCKET=" + place.socket()};
  run.payload = std::move(payload);
  run.has_time_limit = false;
  return run;
}

struct Record {
  explicit Record(const std::string& line) {
    document.Parse(line.data(), line.size());
    REQUIRE_FALSE(document.HasParseError());
  }
  // The payload arrived in time.
  bool is_whole() const { return document["payload"].IsObject(); }
  std::string session() const { return document["payload"]["session_id"].GetString(); }
  int number() const { return document["payload"]["n"].GetInt(); }
  rapidjson::Document document;
};

std::vector<Record> records_of(const SpoolPlace& place) {
  std::vector<Record> records;
  for (const std::string& line : lines_of(read_file(place.file("records")))) records.emplace_back(line);
  return records;
}

// The record of one run.
Record record_of(const SpoolPlace& place, const std::string& payload) {
  std::vector<Record> records;
  REQUIRE(succeeds_in_time([&] {
    fs::remove(place.file("records"));
    CHECK(run_hook(run_at(place, payload)).exit_code == 0);
    records = records_of(place);
    return records.size() == 1 && records[0].is_whole();
  }));
  return std::move(records[0]);
}

// Directories outside the environment may be in use on the machine that runs the tests.
bool is_system_socket_there() {
  return fs::exists("/run/user/" + std::to_string(geteuid()) + "/atm/atm.sock");
}

}  // namespace

TEST_CASE("a record that no daemon receives is stored in the form of the wire") {
  const PeerState state = GENERATE(PeerState::kIsAbsent, PeerState::kIsDead, PeerState::kHasFullBacklog);
  CAPTURE(name_of(state));
  const SpoolPlace place;
  const Peer peer(state, place.socket());
  const Record record = record_of(place, R"({"session_id":"s","n":1})");
  const std::string text = read_file(place.file("records"));
  REQUIRE(text.size() > 2);
  CHECK(text.front() == '\n');
  CHECK(text.back() == '\n');
  CHECK(std::string(record.document["type"].GetString()) == "ingest");
  CHECK(std::string(record.document["channel"].GetString()) == "claude_code/hook");
  CHECK(record.document["context"]["time_ns"].GetInt64() > 0);
  CHECK(record.document["context"]["ppids"][0]["pid"].GetInt() == getpid());
  CHECK(record.number() == 1);
}

TEST_CASE("a record that a stopped daemon received in part is stored whole, and its part is ignored") {
  const SpoolPlace place;
  Peer peer(PeerState::kIsStopped, place.socket());
  CHECK(record_of(place, large_message()).document["payload"].MemberCount() == 701);
  const std::string part = peer.received();
  REQUIRE_FALSE(part.empty());
  CHECK(part.back() != '\n');
}

TEST_CASE("a record that a daemon receives is not stored") {
  const SpoolPlace place;
  Peer peer(PeerState::kReads, place.socket());
  REQUIRE(succeeds_in_time([&] {
    run_hook(run_at(place, "{}"));
    return !peer.received().empty();
  }));
  CHECK_FALSE(fs::exists(place.spool_path()));
}

TEST_CASE("concurrent hooks of eight agents write whole lines, in order for each agent") {
  constexpr int kAgents = 8;
  constexpr int kEvents = 25;
  const SpoolPlace place;
  const auto run_agents = [&place](int first) {
    std::vector<std::thread> agents;
    agents.reserve(kAgents);
    for (int agent = 0; agent < kAgents; ++agent)
      agents.emplace_back([&place, first, agent] {
        for (int i = 0; i < kEvents; ++i)
          run_hook(run_at(place, R"({"session_id":")" + std::to_string(agent) + R"(","n":)" +
                                     std::to_string(first + i) + R"(,"text":")" +
                                     std::string(static_cast<std::size_t>(i * 40), 'x') + "\"}"));
      });
    for (auto& agent : agents) agent.join();
  };
  int sent = 0;
  REQUIRE(succeeds_in_time([&] {
    run_agents(sent);
    sent += kEvents;
    std::map<std::string, int> next;
    int count = 0;
    for (const Record& record : records_of(place)) {
      if (!record.is_whole()) continue;
      CHECK(record.number() >= next[record.session()]);
      next[record.session()] = record.number() + 1;
      ++count;
    }
    CHECK(count <= kAgents * sent);
    return count >= kAgents * kEvents / 2;
  }));
  CHECK_FALSE(fs::exists(place.file("dropped")));
}

TEST_CASE("a record is stored if the directory of the named socket is missing") {
  const TempDir directory;
  const std::string run = directory.path("run");
  const std::string records = run + "/atm.sock.spool/records";
  HookRun hook;
  hook.environment = {"ATM_SOCKET=" + run + "/atm.sock"};
  hook.has_time_limit = false;
  CHECK(run_hook(hook).exit_code == 0);
  CHECK(lines_of(read_file(records)).size() == 1);
  struct stat about {};
  CHECK(stat(run.c_str(), &about) == 0);
  CHECK((about.st_mode & 0777U) == 0700U);
}

TEST_CASE("a limit on the size of files does not end a hook") {
  const SpoolPlace place;
  HookRun run = run_at(place, large_message());
  run.shell_command = "ulimit -f 1; \"$0\" \"$@\"; echo $?";
  // A full disk or a limit leaves a torn line, which the reader counts; a record that is not started is a byte here.
  CHECK(run_hook(run).printed == "0\n");
  CHECK_FALSE(fs::exists(place.file("dropped")));
  REQUIRE(succeeds_in_time([&] {
    CHECK(run_hook(run).printed == "0\n");
    return fs::exists(place.file("dropped"));
  }));
  const auto size = fs::file_size(place.file("records"));
  CHECK((size == 512 || size == 1024));
}

TEST_CASE("a process without write permission does not fail") {
  HookRun run;
  run.environment = {"ATM_SOCKET=/proc/none/atm.sock", "HOME=/dev/null", "XDG_RUNTIME_DIR=/dev/null"};
  const HookResult result = run_hook(run);
  CHECK(result.exit_code == 0);
  CHECK(result.printed.empty());
}

TEST_CASE("without a named socket the spool is created in the user's state") {
  if (is_system_socket_there()) {
    WARN("skipped: this user has a socket that no variable names");
    return;
  }
  const TempDir directory;
  fs::create_directory(directory.path("home"));
  HookRun run;
  run.environment = {"ATM_SOCKET=", "HOME=" + directory.path("home")};
  std::string state = directory.path("home/.local/state");
  SECTION("of XDG_STATE_HOME") {
    state = directory.path("state");
    run.environment.push_back("XDG_STATE_HOME=" + state);
  }
  SECTION("below HOME") {}
  CHECK(run_hook(run).exit_code == 0);
  CHECK(lines_of(read_file(state + "/atm/spool/records")).size() == 1);
  struct stat about {};
  REQUIRE(stat((state + "/atm").c_str(), &about) == 0);
  CHECK((about.st_mode & 0777U) == 0700U);
}

TEST_CASE("a record that no spool stores is counted beside the socket") {
  const SpoolPlace place;
  SECTION("others can write to the spool") {
    fs::create_directory(place.spool_path());
    fs::permissions(place.spool_path(), fs::perms::all);
  }
  SECTION("the spool is a file") {
    std::ofstream(place.spool_path()) << "x";
  }
  for (const char* const counted : {".", ".."}) {
    CHECK(succeeds_in_time([&] {
      CHECK(run_hook(run_at(place, "{}")).exit_code == 0);
      return read_file(place.socket() + ".lost") == counted;
    }));
  }
}

TEST_CASE("root creates nothing below a directory of another user, and counts the record in its own place") {
  if (geteuid() != 0 || is_system_socket_there()) {
    WARN("skipped: only root can give a directory away, and only without a socket that no variable names");
    return;
  }
  const TempDir directory;
  const std::string home = directory.path("home");
  const std::string spool = home + "/.local/state/atm/spool";
  fs::create_directory(home);
  fs::create_directory(directory.path("run"));
  HookRun run;
  run.environment = {"ATM_SOCKET=", "HOME=" + home, "XDG_RUNTIME_DIR=" + directory.path("run")};
  SECTION("in a home directory without directories of ATM") {}
  SECTION("in a home directory where root created them before") {
    fs::create_directories(spool);
    fs::permissions(home + "/.local/state/atm", fs::perms::owner_all);
    fs::permissions(spool, fs::perms::owner_all);
  }
  REQUIRE(chown(home.c_str(), 12345, 12345) == 0);
  const auto entries = std::distance(fs::recursive_directory_iterator(home), {});
  CHECK(succeeds_in_time([&] {
    CHECK(run_hook(run).exit_code == 0);
    return read_file(directory.path("run/atm.lost")) == ".";
  }));
  CHECK(std::distance(fs::recursive_directory_iterator(home), {}) == entries);
}
