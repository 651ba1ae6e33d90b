// SPDX-License-Identifier: MIT
#include "chaos/chaos.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atm/json.hpp>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "chaos/account.hpp"
#include "chaos/agents.hpp"
#include "chaos/daemon.hpp"
#include "chaos/small_disk.hpp"
#include "support/atmd_process.hpp"
#include "support/wait.hpp"

namespace atm::test {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr std::chrono::seconds kStop{5};  // limits.stop_seconds
constexpr int kMostStarts = 4;
constexpr std::size_t kSpareKib = 8 * 1024;
// A connection that ends and a file of the spool. Each fault occurs several times, so a leak exceeds it.
constexpr std::size_t kSpareDescriptors = 3;

std::string file_text(const fs::path& file, std::size_t last_bytes) {
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  return text.size() > last_bytes ? text.substr(text.size() - last_bytes) : text;
}

class Chaos final {
 public:
  explicit Chaos(const ChaosOptions& options)
      : options_(options),
        dice_(options.seed),
        disk_(tools_.dir().directory("disk", 0700)),
        places_{install_below(tools_.dir().path() / "installed"), tools_.dir().path() / "disk",
                tools_.dir().path() / "notify.sock"},
        graves_(places_.home / "removed"),
        account_(tools_.dir().path() / "folded"),
        agents_(options.agents, options.records_per_second, options.seed, places_),
        log_(tools_.dir().path() / "log") {
    if (!disk_.problem().empty()) std::printf("  a full disk is left out: %s\n", disk_.problem().c_str());
    // Among the plugins that are never quarantined.
    for (const char* const name : {"ledger.json", "ledger.so"})
      fs::copy(fs::path(ATM_TEST_LEDGER) / name, places_.programs.parent_path() / "lib/atm/plugins");
    for (const auto& file : fs::directory_iterator(ATM_TEST_BAD_PLUGINS)) {
      if (file.path().extension() != ".json") continue;
      const std::string id = file.path().stem();
      bad_plugins_[id] = tools_.plugin(file.path(), "bad/" + id);
    }
    places_.prepare(config(""));
    fs::create_directories(graves_);
  }

  std::size_t play() {
    const auto begin = Clock::now();
    const auto end =
        begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options_.seconds));
    const auto last_life = end - std::min<Clock::duration>(std::chrono::seconds(60), (end - begin) / 4);
    start();
    agents_.go_on();
    std::thread sampler([this] { sample(); });
    try {
      while (Clock::now() < last_life) {
        wait(100, 800);
        if (!is_running()) {
          fault("the daemon ended by itself: " + end_text(*daemon_->wait_end(milliseconds(0))));
          account_.end_life(false);
          start();
        }
        one_in(2) ? disturb() : end_and_start();
      }
      play_last_life(end);
      finish();
    } catch (const std::exception& error) {
      fault(error.what());
    }
    is_over_ = true;
    sampler.join();
    return report(begin);
  }

 private:
  // ---- random choices

  bool one_in(std::uint32_t n) { return dice_() % n == 0; }
  std::uint32_t between(std::uint32_t least, std::uint32_t most) {
    return least + static_cast<std::uint32_t>(dice_()) % (most - least + 1);
  }
  void wait(std::uint32_t least_ms, std::uint32_t most_ms) {
    std::this_thread::sleep_for(milliseconds(between(least_ms, most_ms)));
  }

  // ---- findings

  void note(const std::string& event) {
    ++events_[event];
    current_ = event;
    if (options_.is_verbose) std::printf("  %8.3f %s\n", seconds(), event.c_str());
  }
  void fault(const std::string& text) {
    std::array<char, 32> at{};
    std::snprintf(at.data(), at.size(), "%.3f s", seconds());
    faults_.push_back(std::string(at.data()) + ", " + current_ + ": " + text);
    std::printf("  FAULT at %s\n", faults_.back().c_str());
    if (options_.is_verbose) std::printf("%s\n", file_text(tools_.dir().path() / "log", 1500).c_str());
    std::fflush(stdout);
  }
  double seconds() const { return std::chrono::duration<double>(Clock::now() - begin_).count(); }

  // ---- the daemon

  std::string config(const std::string& more) const {
    return "[limits]\nstop_seconds = " + std::to_string(kStop.count()) + "\n[plugins.ledger]\nfile = \"" +
           (tools_.dir().path() / "folded").string() +
           "\"\n[plugins.http]\nenabled = true\nport = 0\n[plugins.zmq]\nenabled = true\n" + more +
           std::string(kOwnAgentsOnly);
  }
  bool is_running() { return daemon_ && !daemon_->has_ended(); }
  bool is_served(milliseconds timeout = kTimeout) {
    return becomes_true(
        [&] { return ask(places_.socket(), {R"({"type":"ping","seq":1})"}, milliseconds(2000)).has_value(); },
        timeout);
  }
  void spawn(const std::vector<std::string>& more = {}, std::array<bool, 3> is_closed = {}) {
    daemon_.reset();
    StartOptions options;
    options.arguments = more;
    options.is_closed = is_closed;
    options.life = account_.begin_life();
    options.output = log_.write_end();
    daemon_ = std::make_unique<Daemon>(places_, options);
  }
  /// Starts one that must serve.
  void start(std::array<bool, 3> is_closed = {}) {
    for (int i = 0; i < kMostStarts; ++i) {
      spawn({}, is_closed);
      if (daemon_->wait_ready() && is_served()) return;
      const auto end = daemon_->wait_end(milliseconds(0));
      fault("a daemon does not serve after its start: " + (end ? end_text(*end) : "it runs") + "\n" +
            file_text(tools_.dir().path() / "log", 1000));
      kill();
      // Otherwise no further fault would be tried.
      disk_.empty();
      log_.go_on();
      if (i > 0) fs::remove_all(places_.markers());
    }
    throw std::runtime_error("no daemon starts any more");
  }
  void kill() {
    daemon_->kill();
    account_.end_life(false);
  }
  /// Sends SIGTERM and waits. `is_healthy`: the exit code must be 0.
  void stop(bool is_healthy = true) {
    daemon_->signal(SIGTERM);
    await_end(is_healthy);
  }
  void await_end(bool is_healthy) {
    const auto end = daemon_->wait_end(kStop + kTimeout);
    if (!end) {
      fault("SIGTERM does not end the daemon");
      return kill();
    }
    const bool is_orderly = *end == 0;
    account_.end_life(is_orderly);
    if (is_healthy && !is_orderly) fault("SIGTERM ends the daemon with " + end_text(*end));
  }
  void expect_served(const std::string& what) {
    if (!is_running()) return;  // play() reports it
    if (is_served()) return;
    fault("the daemon does not serve " + what);
    kill();
    start();
  }

  // ---- faults that a daemon survives

  void disturb() {
    using Event = std::pair<const char*, void (Chaos::*)()>;
    static constexpr std::array<Event, 9> kEvents{
        Event{"SIGSTOP and SIGCONT", &Chaos::pause},
        Event{"the socket is removed", &Chaos::remove_socket},
        Event{"the runtime directory is made anew", &Chaos::remake_runtime_directory},
        Event{"the spool is removed", &Chaos::remove_spool},
        Event{"the state directory is removed", &Chaos::remove_state_directory},
        Event{"the log reader is stopped", &Chaos::stop_log_reader},
        Event{"the disk is full", &Chaos::fill_disk},
        Event{"bad records", &Chaos::send_bad_records},
        Event{"clients come and go", &Chaos::come_and_go},
    };
    const auto& [name, event] = kEvents.at(dice_() % kEvents.size());
    note(name);
    (this->*event)();
    expect_served(std::string("after ") + name);
  }

  void pause() {
    daemon_->signal(SIGSTOP);
    wait(20, 1500);
    daemon_->signal(SIGCONT);
  }
  void remove_socket() { fs::remove(places_.socket()); }
  void remake_runtime_directory() {
    const fs::path grave = graves_ / std::to_string(++graves_made_);
    fs::rename(places_.run(), grave);
    if (one_in(2)) wait(1, 200);
    fs::create_directory(places_.run());
    fs::permissions(places_.run(), fs::perms::owner_all);
    // The spool and the file that counts lost records remain for the account.
    std::error_code error;
    for (const char* const name : {"atm.sock", "atm.sock.lock"}) fs::remove(grave / name, error);
  }
  void remove_spool() {
    std::error_code error;
    fs::rename(places_.spool(), graves_ / std::to_string(++graves_made_), error);
  }
  void remove_state_directory() {
    std::error_code error;
    fs::remove_all(places_.state() / "atm", error);
  }
  void stop_log_reader() {
    log_.stop();
    if (one_in(2)) send_bad_records();
    wait(100, 1500);
    expect_served("while nobody reads the log");
    log_.go_on();
  }
  void fill_disk() {
    if (!disk_.problem().empty()) return;
    disk_.fill();
    wait(100, 1000);
    expect_served("while the disk is full");
    disk_.empty();
  }
  void send_bad_records() {
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
    throw_in(places_.socket(), hello + lines);
    throw_in(places_.socket(), lines);
    throw_in(places_.socket(), hello + R"({"type":"ingest","channel":"claude_code/hook","pay)");
    if (one_in(4)) throw_in(places_.socket(), hello + std::string(3'000'000, '['));
  }
  void come_and_go() {
    for (int i = 0; i < 50; ++i) throw_in(places_.socket(), "");
  }

  // ---- faults that end a daemon

  void end_and_start() {
    using Event = std::pair<const char*, void (Chaos::*)()>;
    static constexpr std::array<Event, 8> kEvents{
        Event{"SIGKILL", &Chaos::kill_and_start},
        Event{"SIGSTOP and SIGKILL", &Chaos::kill_stopped},
        Event{"SIGTERM", &Chaos::restart},
        Event{"SIGTERM while nobody reads the log", &Chaos::restart_without_log_reader},
        Event{"SIGKILL during starts", &Chaos::kill_during_starts},
        Event{"a start and a stop on a full disk", &Chaos::restart_on_full_disk},
        Event{"a start without descriptors", &Chaos::start_without_descriptors},
        Event{"a bad plugin", &Chaos::start_with_bad_plugin},
    };
    const auto& [name, event] = kEvents.at(dice_() % kEvents.size());
    note(name);
    (this->*event)();
  }

  void kill_and_start() {
    kill();
    if (one_in(2)) wait(1, 500);
    start();
  }
  void kill_stopped() {
    daemon_->signal(SIGSTOP);
    wait(20, 1000);
    kill_and_start();
  }
  void restart() {
    if (one_in(3)) {
      daemon_->signal(SIGSTOP);
      wait(20, 500);
      daemon_->signal(SIGTERM);
      daemon_->signal(SIGCONT);
    }
    stop();
    if (one_in(2)) wait(1, 500);
    start();
  }
  void restart_without_log_reader() {
    log_.stop();
    if (one_in(2)) wait(1, 500);
    stop();
    if (one_in(2)) {
      spawn();
      if (!daemon_->wait_ready()) fault("a daemon is not ready while nobody reads the log");
      log_.go_on();
      if (is_served()) return;
      kill();
    }
    log_.go_on();
    start();
  }
  void kill_during_starts() {
    kill();
    for (std::uint32_t i = between(1, 4); i > 0; --i) {
      spawn();
      wait(0, 80);
      kill();
    }
    start();
  }
  void restart_on_full_disk() {
    if (!disk_.problem().empty()) return restart();
    disk_.fill();
    const std::int64_t begin = now_ns();
    stop();
    start();
    account_.note_full_disk(begin, now_ns());
    if (one_in(2)) {
      const std::int64_t begin_again = now_ns();
      one_in(2) ? stop() : kill();
      wait(1, 300);
      disk_.empty();
      account_.note_full_disk(begin_again, now_ns());
      start();
    }
    disk_.empty();
  }
  void start_without_descriptors() {
    stop();
    const std::uint32_t which = between(1, 7);
    const std::array<bool, 3> is_closed{(which & 1U) != 0, (which & 2U) != 0, (which & 4U) != 0};
    start(is_closed);
    for (std::size_t fd = 0; fd < is_closed.size(); ++fd) {
      std::error_code error;
      const fs::path at = "/proc/" + std::to_string(daemon_->pid()) + "/fd/" + std::to_string(fd);
      const fs::path target = fs::read_symlink(at, error);
      if (is_closed[fd] && !error && target != "/dev/null")
        fault("descriptor " + std::to_string(fd) + " was closed at the start, and is " + target.string());
    }
  }
  void start_with_bad_plugin() {
    auto plugin = bad_plugins_.begin();
    std::advance(plugin, dice_() % bad_plugins_.size());
    const auto& [id, directory] = *plugin;
    note("a bad plugin: " + id);
    constexpr std::array<const char*, 4> kWays{"behave", "throw", "slow", "flood"};
    const std::string way = kWays.at(dice_() % kWays.size());
    stop();
    places_.prepare(config(id == "parser" ? "[plugins.parser]\nhow = \"" + way + "\"\n" : ""));
    // A plugin that ends the daemon at its start may do so until it is quarantined.
    bool is_ready = false;
    for (int i = 0; i < kMostStarts && !is_ready; ++i) {
      spawn({"--plugin-dir", directory});
      is_ready = daemon_->wait_ready();
      if (!is_ready) kill();
    }
    if (!is_ready) {
      fault("no daemon starts beside the plugin " + id);
    } else {
      std::string lines = R"({"type":"hello","protocol_version":"1.0","client_type":"session"})"
                          "\n";
      for (int i = 0; i < 12; ++i) {
        for (const std::string& channel : {std::string("bad"), id}) {
          lines += R"({"type":"ingest","channel":")" + channel + R"(/hook","payload":"b)" +
                   std::to_string(i) + "\"}\n";
        }
      }
      throw_in(places_.socket(), lines);
      wait(100, 1500);
      const bool has_ended = !is_running();
      if (has_ended) {
        account_.end_life(false);
      } else if (one_in(4)) {
        kill();
      } else {
        stop(id != "stuck" && id != "hang");
      }
    }
    places_.prepare(config(""));
    start();
  }

  // ---- the end

  /// One daemon survives all faults for the rest of the time, and holds no more resources at the end.
  void play_last_life(Clock::time_point end) {
    note("the last life begins");
    stop();
    start();
    if (!becomes_true([this] { return sessions().size() >= agents_.size(); }))
      return fault("not every agent becomes a session");
    const std::uint32_t life = account_.lives();
    disturb_all();
    const Holdings before = calm();
    while (Clock::now() < end) {
      wait(50, 400);
      disturb();
      if (!is_running()) return fault("the daemon ended by itself");
    }
    note("the last life is compared");
    if (account_.lives() != life) return;  // a fault was already found
    const bool is_flat = becomes_true([&] {
      const Holdings after = calm();
      return after.threads <= before.threads && after.descriptors <= before.descriptors + kSpareDescriptors &&
             after.resident_kib <= before.resident_kib + before.resident_kib / 4 + kSpareKib;
    });
    const Holdings after = calm();
    std::array<char, 200> text{};
    std::snprintf(text.data(), text.size(),
                  "%zu threads, %zu descriptors, %zu KiB at the begin; %zu, %zu, %zu KiB at the end",
                  before.threads, before.descriptors, before.resident_kib, after.threads, after.descriptors,
                  after.resident_kib);
    std::printf("  the last life: %s\n", text.data());
    if (!is_flat) fault(std::string("the daemon holds more than at its begin: ") + text.data());
  }
  /// Allocates the resources that a first use needs.
  void disturb_all() {
    for (int i = 0; i < 5; ++i) come_and_go();
    send_bad_records();
    expect_served("after bad records");
  }
  /// The minimum over a moment, because clients come and go.
  Holdings calm() const {
    Holdings least = holdings_of(daemon_->pid());
    for (int i = 0; i < 30; ++i) {
      std::this_thread::sleep_for(milliseconds(10));
      const Holdings now = holdings_of(daemon_->pid());
      least = {std::min(least.threads, now.threads), std::min(least.descriptors, now.descriptors),
               std::min(least.resident_kib, now.resident_kib)};
    }
    return least;
  }

  /// Each agent sends one more record, half of them to the spool, and all must be known.
  void finish() {
    note("the end");
    agents_.pause();
    stop();
    agents_.send_last(true);
    start();
    agents_.send_last(false);
    std::string different;
    const bool is_right = becomes_true([&] {
      different = differences();
      return different.empty();
    });
    if (!is_right) fault("the agents are not in the state that their last records said: " + different);
  }

  /// The status of each session, with its tool.
  std::map<std::string, std::string> sessions() const {
    std::map<std::string, std::string> all;
    const auto answer = ask(places_.socket(), {R"({"type":"get_all_sessions"})"});
    json::Reader reader;
    const json::Value* root = answer ? reader.parse(answer->front()) : nullptr;
    const json::Value* list = root == nullptr ? nullptr : json::get_array(*root, "sessions");
    if (list == nullptr) return all;
    for (const json::Value& session : list->GetArray()) {
      const json::Value* status = json::get_object(session, "status");
      if (status == nullptr) continue;
      std::string& text = all[std::string(json::get_string(session, "id").value_or(""))];
      text = json::get_string(*status, "status").value_or("");
      if (text == "running_tool")
        text.append(" ").append(json::get_string(*status, "tool_name").value_or(""));
    }
    return all;
  }
  std::string differences() const {
    std::string text;
    const auto known = sessions();
    for (std::size_t i = 0; i < agents_.size(); ++i) {
      const auto sent = agents_.sent(i);
      std::string wanted(agent_events()[sent.back().event].status);
      if (wanted == "running_tool") wanted += " T" + std::to_string(sent.size());
      const auto found = known.find(agents_.session(i));
      const std::string is = found == known.end() ? "unknown" : found->second;
      if (is != wanted) text += agents_.session(i) + " is " + is + ", wanted " + wanted + "; ";
    }
    return text;
  }

  /// Reads the counters of each life until it ends.
  void sample() {
    while (!is_over_) {
      const std::uint32_t life = account_.lives();
      const auto stats = ask(places_.socket(), {R"({"type":"get_stats"})"}, milliseconds(2000));
      if (stats && account_.lives() == life) account_.note_losses(stats->front());
      std::this_thread::sleep_for(milliseconds(100));
    }
  }

  std::size_t report(Clock::time_point begin) {
    const Balance balance = account_.balance(agents_, places_.run(), graves_);
    std::printf("  %.0f s, %u daemons, %.1f records/s\n",
                std::chrono::duration<double>(Clock::now() - begin).count(), account_.lives(),
                static_cast<double>(agents_.sent()) / seconds());
    for (const auto& [event, times] : events_) std::printf("  %4u times: %s\n", times, event.c_str());
    std::printf("%s", balance.text().c_str());
    return faults_.size() + balance.faults.size();
  }

  const ChaosOptions options_;
  const Clock::time_point begin_ = Clock::now();
  std::mt19937 dice_;
  const Home tools_;
  const SmallDisk disk_;
  const Places places_;
  const fs::path graves_;
  Account account_;
  Agents agents_;  // forks, so before any thread
  LogPipe log_;
  std::map<std::string, fs::path> bad_plugins_;
  int graves_made_ = 0;
  std::unique_ptr<Daemon> daemon_;
  std::string current_ = "the first start";
  std::map<std::string, std::uint32_t> events_;
  std::vector<std::string> faults_;
  std::atomic<bool> is_over_{false};
};

}  // namespace

std::size_t run_chaos(const ChaosOptions& options) {
  return Chaos(options).play();
}

}  // namespace atm::test
