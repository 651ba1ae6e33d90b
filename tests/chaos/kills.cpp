// SPDX-License-Identifier: MIT
#include <atm/json.hpp>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "chaos/chaos.hpp"
#include "chaos/daemon.hpp"
#include "support/atmd_process.hpp"

namespace atm::test {
namespace {

using std::chrono::microseconds;

constexpr std::uint32_t kMostFaults = 20;
const std::set<std::string> kPlugins{"claude_code", "context",   "cost", "history", "http",
                                     "manifest",    "processes", "unix", "zmq"};

/// Sequential daemons in one home.
class Killer final {
 public:
  Killer(std::uint32_t seed, const std::filesystem::path& programs, std::atomic<std::int64_t>& left,
         std::atomic<std::uint32_t>& faults)
      : dice_(seed),
        left_(left),
        faults_(faults),
        places_{programs, home_.dir().path(), home_.dir().path() / "notify.sock"} {
    std::string config(kOwnAgentsOnly);
    for (const std::string id : {"history", "zmq", "http"})
      config += "[plugins." + id + "]\nenabled = true\n";
    places_.prepare(config + "port = 0\n");
  }

  void play() {
    serve("the first start");
    while (left_ > 0 && faults_ < kMostFaults) {
      one_in(4) ? daemon_->kill() : kill_during_stop();
      while (one_in(2)) kill_during_start();
      serve("the start after it");
    }
    daemon_.reset();
  }

 private:
  bool one_in(std::uint32_t n) { return dice_() % n == 0; }
  /// A random moment up to slightly after the usual end of that operation.
  void wait_within(microseconds usual) {
    const auto most = usual + usual / 4 + microseconds(1);
    std::this_thread::sleep_for(microseconds(dice_() % static_cast<std::uint32_t>(most.count())));
  }
  static void learn(microseconds& usual, Clock::duration took) {
    usual += (std::chrono::duration_cast<microseconds>(took) - usual) / 8;
  }

  void count_kill() {
    const std::int64_t left = --left_;
    if (left <= 0 || left % 1000 != 0) return;
    std::printf("  %lld kills are left\n", static_cast<long long>(left));
    std::fflush(stdout);
  }
  void kill_during_start() {
    last_ = "SIGKILL during a start";
    daemon_.reset();
    daemon_ = std::make_unique<Daemon>(places_, StartOptions{});
    wait_within(start_);
    daemon_->kill();
    count_kill();
  }
  void kill_during_stop() {
    last_ = "SIGKILL during a stop";
    const auto begin = Clock::now();
    daemon_->signal(SIGTERM);
    if (one_in(8)) {  // to measure how long it takes
      const auto end = daemon_->wait_end(kTimeout);
      learn(stop_, Clock::now() - begin);
      if (end != 0) found("SIGTERM ends it with " + (end ? end_text(*end) : "nothing"));
      return;
    }
    wait_within(stop_);
    daemon_->kill();
    count_kill();
  }

  void serve(const std::string& what) {
    daemon_.reset();
    const auto begin = Clock::now();
    daemon_ = std::make_unique<Daemon>(places_, StartOptions{});
    std::string problem;
    if (!daemon_->wait_ready()) {
      const auto end = daemon_->wait_end(std::chrono::milliseconds(0));
      problem = "it is not ready: " + (end ? end_text(*end) : "it runs");
    } else {
      learn(start_, Clock::now() - begin);
      problem = missing_plugins();
    }
    if (problem.empty()) return;
    found(what + ": " + problem);
    daemon_->kill();
    std::filesystem::remove_all(places_.markers());  // otherwise each of the following starts would fail too
    daemon_ = std::make_unique<Daemon>(places_, StartOptions{});
    static_cast<void>(daemon_->wait_ready());
  }

  void found(const std::string& fault) {
    ++faults_;
    std::printf("  FAULT %s, %s\n", last_.c_str(), fault.c_str());
    std::fflush(stdout);
  }

  std::string missing_plugins() const {
    const auto answer = ask(places_.socket(), {R"({"type":"get_plugins"})"});
    json::Reader reader;
    const json::Value* root = answer ? reader.parse(answer->front()) : nullptr;
    const json::Value* list = root == nullptr ? nullptr : json::get_array(*root, "plugins");
    if (list == nullptr) return "it does not answer";
    std::set<std::string> missing = kPlugins;
    std::string text;
    for (const json::Value& plugin : list->GetArray()) {
      const std::string id(json::get_string(plugin, "id").value_or(""));
      const std::string status(json::get_string(plugin, "status").value_or(""));
      if (status == "loaded") {
        missing.erase(id);
      } else {
        text += id + " is " + status + "; ";
      }
    }
    if (!missing.empty()) text += std::to_string(missing.size()) + " plugins of ours are not loaded";
    return text;
  }

  std::mt19937 dice_;
  std::atomic<std::int64_t>& left_;
  std::atomic<std::uint32_t>& faults_;
  const Home home_;
  const Places places_;
  microseconds start_{20'000};
  microseconds stop_{10'000};
  std::string last_ = "before anything";
  std::unique_ptr<Daemon> daemon_;
};

}  // namespace

std::size_t run_kills(const KillOptions& options) {
  const TempDir tools;
  const std::filesystem::path programs = install_below(tools.path());
  std::atomic<std::int64_t> left{options.kills};
  std::atomic<std::uint32_t> faults{0};
  std::atomic<unsigned> running{2 * std::max(1U, std::thread::hardware_concurrency())};
  const auto begin = Clock::now();
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < running; ++i) {
    threads.emplace_back([&, i] {
      Killer(options.seed * 1000 + i, programs, left, faults).play();
      --running;
    });
  }
  for (auto& thread : threads) thread.join();
  const auto done = static_cast<std::int64_t>(options.kills) - left;
  std::printf("  %lld kills of %u, %.0f s\n", static_cast<long long>(done), options.kills,
              std::chrono::duration<double>(Clock::now() - begin).count());
  return faults;
}

}  // namespace atm::test
