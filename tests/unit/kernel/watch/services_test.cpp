// SPDX-License-Identifier: MIT
// The C tables and their C++ wrappers, connected to a watcher as in the plugin host.
#include "kernel/watch/services.hpp"

#include <atm/plugin/files.hpp>
#include <atm/plugin/processes.hpp>
#include <stdexcept>

#include "kernel/system/clock.hpp"
#include "proc_tree.hpp"
#include "support/catch.hpp"

using namespace std::string_literals;
using atm::FileStart;
using atm::Status;
using atm::kernel::ManualClock;
using atm::kernel::PosedProcess;
using atm::kernel::ProcTree;
using atm::kernel::Scratch;
using atm::kernel::Watcher;

namespace kernel = atm::kernel;

namespace {

// One plugin's host: `self` is the owner of its watches.
struct PluginHost {
  explicit PluginHost(Watcher& w)
      : watcher(w), host{sizeof(atm_host), ATM_ABI_MAJOR, ATM_ABI_MINOR, 0, this, &PluginHost::query} {}
  ~PluginHost() { watcher.remove_all(this); }

  static Watcher& of(void* self) { return static_cast<PluginHost*>(self)->watcher; }
  static const void* query(void*, atm_str wanted) {
    static const atm_host_processes kProcesses{
        sizeof(atm_host_processes),
        0,
        [](void* self, std::int64_t pid, const atm_process_sink* sink) {
          return kernel::process_lookup(of(self), pid, sink);
        },
        [](void* self, const atm_str* names, std::uint64_t count, const atm_process_sink* sink) {
          return kernel::process_list(of(self), names, count, sink);
        },
        [](void* self, std::int64_t pid, std::uint64_t start, atm_str name, const atm_text_sink* sink) {
          return kernel::process_environment(of(self), pid, start, name, sink);
        },
        [](void* self, std::int64_t pid, std::uint64_t start, const atm_text_sink* sink) {
          return kernel::process_arguments(of(self), pid, start, sink);
        },
        [](void* self, const atm_text_sink* sink) { return kernel::process_boot_id(of(self), sink); },
        [](void* self, std::int64_t pid, std::uint64_t start, atm_process_exit_fn fn, void* context,
           std::uint64_t* watch) {
          return kernel::process_watch(of(self), self, pid, start, fn, context, watch);
        },
        [](void* self, std::uint64_t watch) { return kernel::process_unwatch(of(self), self, watch); },
        [](void* self, std::uint64_t pid_ns, std::int64_t pid, std::uint64_t start_ticks,
           const atm_process_sink* sink) {
          return kernel::process_find(of(self), pid_ns, pid, start_ticks, sink);
        }};
    static const atm_host_files kFiles{
        sizeof(atm_host_files),
        0,
        [](void* self, const atm_file_follow* options, std::uint64_t* follow) {
          return kernel::file_follow(of(self), self, options, follow);
        },
        [](void* self, const atm_directory_watch* options, std::uint64_t* watch) {
          return kernel::directory_watch(of(self), self, options, watch);
        },
        [](void* self, std::uint64_t watch, atm_str name, std::int64_t delay_ns) {
          return kernel::directory_retry(of(self), self, watch, name, delay_ns);
        },
        [](void* self, std::uint64_t id) { return kernel::file_close(of(self), self, id); }};
    if (atm::to_view(wanted) == ATM_HOST_PROCESSES) return &kProcesses;
    if (atm::to_view(wanted) == ATM_HOST_FILES) return &kFiles;
    return nullptr;
  }

  Watcher& watcher;
  const atm_host host;
};

struct ServicesFixture {
  ProcTree tree;
  Scratch files;
  ManualClock clock;
  Watcher watcher{clock, {tree.root(), false, 8192}};
  PluginHost plugin{watcher};
  atm::Processes processes{&plugin.host};
  atm::Files file_service{&plugin.host};
};

struct Recorder final : atm::FileFollower, atm::DirectoryFollower {
  Status on_line(std::uint64_t, const atm_file_line& line) override {
    if (throws) throw std::runtime_error("a plugin's own");
    log.emplace_back(atm::to_view(line.text));
    return answer;
  }
  void on_event(std::uint64_t, atm::FileEvent event) override {
    log.push_back("event " + std::to_string(static_cast<int>(event)));
  }
  Status on_file(std::uint64_t, const atm_file_change& change) override {
    log.push_back(std::to_string(change.status) + " " + std::string(atm::to_view(change.name)) + " " +
                  std::string(atm::to_view(change.content)));
    return answer;
  }
  std::vector<std::string> log;
  Status answer = Status::kOk;
  bool throws = false;
};

using ServiceLog = std::vector<std::string>;

}  // namespace

TEST_CASE("a plugin sees a process with its texts as UTF-8", "[watch][services]") {
  ServicesFixture f;
  PosedProcess p;
  p.comm = "cl\xFF"s + "de";
  p.environment = "TMUX_PANE=%1\0BAD=\xC0\0"s;
  p.arguments = "claude\0\xFE\0"s;
  f.tree.put(p);
  const auto process = f.processes.lookup(p.pid);
  REQUIRE(process);
  CHECK(process->comm == "cl\xEF\xBF\xBD"s + "de");
  CHECK(process->state == 'S');
  CHECK(process->tty == "/dev/pts/3");
  CHECK(process->cwd == p.cwd);
  CHECK_FALSE(process->is_zombie);
  CHECK_FALSE(f.processes.lookup(1));
  CHECK(f.processes.list({"claude"}).size() == 1);
  CHECK(f.processes.list({"codex"}).empty());
  CHECK(f.processes.boot_id() == "0f1e2d3c-boot");

  std::string value;
  CHECK(f.processes.environment(p.pid, p.start_ticks, "TMUX_PANE", value) == Status::kOk);
  CHECK(value == "%1");
  CHECK(f.processes.environment(p.pid, p.start_ticks, "BAD", value) == Status::kOk);
  CHECK(value == "\xEF\xBF\xBD");
  CHECK(f.processes.environment(p.pid, p.start_ticks, "NONE", value) == Status::kSkip);
  CHECK(f.processes.environment(p.pid, p.start_ticks + 1, "BAD", value) == Status::kNotFound);
  for (const std::string& name : {""s, "A=B"s, "A\0B"s, std::string(257, 'A')})
    CHECK(f.processes.environment(p.pid, p.start_ticks, name, value) == Status::kInvalid);
  std::vector<std::string> arguments;
  CHECK(f.processes.arguments(p.pid, p.start_ticks, arguments) == Status::kOk);
  CHECK(arguments == ServiceLog{"claude", "\xEF\xBF\xBD"});
}

TEST_CASE("a sink that returns an error ends the listing with it", "[watch][services]") {
  ServicesFixture f;
  PosedProcess p;
  f.tree.put(p);
  p.pid = 5000;
  f.tree.put(p);
  int taken = 0;
  const atm_process_sink sink{sizeof sink, 0, &taken, [](void* self, const atm_process*) {
                                ++*static_cast<int*>(self);
                                return ATM_E_FULL;
                              }};
  CHECK(kernel::process_list(f.watcher, nullptr, 0, &sink) == ATM_E_FULL);
  CHECK(taken == 1);
  CHECK(kernel::process_list(f.watcher, nullptr, 1, &sink) == ATM_E_INVALID);
  CHECK(kernel::process_lookup(f.watcher, 1, nullptr) == ATM_E_INVALID);
}

TEST_CASE("a plugin gets the end of a process by pid and start time", "[watch][services]") {
  ServicesFixture f;
  PosedProcess p;
  f.tree.put(p);
  ServiceLog log;
  const atm_process_exit_fn tell = [](void* context, std::uint64_t watch, std::int64_t pid,
                                      std::uint64_t start) {
    static_cast<ServiceLog*>(context)->push_back(std::to_string(watch) + " " + std::to_string(pid) + " " +
                                                 std::to_string(start));
    throw std::runtime_error("a plugin made without the wrapper");
  };
  std::uint64_t watch = 0;
  REQUIRE(f.processes.watch(p.pid, p.start_ticks, tell, &log, watch) == Status::kOk);
  f.watcher.run_until_idle();
  f.tree.remove(p.pid);
  f.clock.advance(1'000'000'000);
  f.watcher.run_until_idle();
  CHECK(log == ServiceLog{std::to_string(watch) + " 4242 1000"});
  CHECK(f.processes.unwatch(watch) == Status::kNotFound);
  CHECK(f.processes.watch(p.pid, p.start_ticks, nullptr, &log, watch) == Status::kInvalid);
}

TEST_CASE("a plugin follows a file; invalid UTF-8 becomes U+FFFD", "[watch][services]") {
  ServicesFixture f;
  Recorder to;
  std::uint64_t id = 0;
  const auto follow = [&](FileStart start, std::uint64_t offset) {
    return f.file_service.follow(f.files.path("log"), start, offset, 0, to, id);
  };
  f.files.write("log", "one\n\xFF|\0|\n"s);
  REQUIRE(follow(FileStart::kBeginning, 0) == Status::kOk);
  f.watcher.run_until_idle();
  CHECK(to.log == ServiceLog{"one", "\xEF\xBF\xBD|\0|"s});
  to.log.clear();
  f.files.write("log", "");
  f.watcher.run_until_idle();
  CHECK(to.log == ServiceLog{"event " + std::to_string(ATM_FILE_TRUNCATED)});

  to.log.clear();
  to.answer = Status::kBusy;
  f.files.append("log", "busy\n");
  f.watcher.run_until_idle();
  to.answer = Status::kOk;
  f.clock.advance(kernel::kFirstBusyNs);
  f.watcher.run_until_idle();
  CHECK(to.log == ServiceLog{"busy", "busy"});

  to.throws = true;  // counts as taken, because the same line would throw again
  f.files.append("log", "thrown\n");
  f.watcher.run_until_idle();
  to.throws = false;
  to.log.clear();
  f.files.append("log", "next\n");
  f.watcher.run_until_idle();
  CHECK(to.log == ServiceLog{"next"});

  CHECK(f.file_service.close(id) == Status::kOk);
  CHECK(f.file_service.close(id) == Status::kNotFound);
  CHECK(follow(static_cast<FileStart>(4), 0) == Status::kInvalid);
}

TEST_CASE("a plugin watches the small files of a directory", "[watch][services]") {
  ServicesFixture f;
  Recorder to;
  std::uint64_t id = 0;
  f.files.write("12.json", "{}");
  f.files.write("12.key", "secret");
  REQUIRE(f.file_service.watch(f.files.path(), ".json", true, to, id) == Status::kOk);
  f.watcher.run_until_idle();
  CHECK(f.file_service.retry(id, "12.json", 0) == Status::kOk);
  CHECK(f.file_service.retry(id, "12.key", 0) == Status::kInvalid);
  f.watcher.run_until_idle();
  f.files.remove("12.json");
  f.watcher.run_until_idle();
  CHECK(to.log == ServiceLog{"0 12.json {}", "0 12.json {}", std::to_string(ATM_E_NOT_FOUND) + " 12.json "});
}

TEST_CASE("a plugin cannot remove another's watch, and its own watches end with it", "[watch][services]") {
  ServicesFixture f;
  Recorder to;
  std::uint64_t id = 0;
  {
    const PluginHost other(f.watcher);
    const atm::Files others(&other.host);
    REQUIRE(others.follow(f.files.path("log"), FileStart::kBeginning, 0, 0, to, id) == Status::kOk);
    REQUIRE(others.watch(f.files.path(), ".json", false, to, id) == Status::kOk);
    CHECK(f.file_service.close(id) == Status::kNotFound);
    CHECK(f.file_service.retry(id, "1.json", 0) == Status::kNotFound);
    CHECK(f.watcher.stats().files == 2);
  }
  f.files.write("log", "late\n");
  f.files.write("1.json", "late");
  f.watcher.run_until_idle();
  CHECK(to.log.empty());
  CHECK(f.watcher.stats().files == 0);
}

TEST_CASE("a struct of an older or broken plugin is refused", "[watch][services]") {
  ServicesFixture f;
  std::uint64_t id = 0;
  atm_file_follow follow{};
  follow.size = sizeof follow - 1;
  follow.path = atm::to_c("/log");
  follow.line = [](void*, std::uint64_t, const atm_file_line*) { return ATM_OK; };
  CHECK(kernel::file_follow(f.watcher, &f, &follow, &id) == ATM_E_INVALID);
  follow.size = sizeof follow;
  CHECK(kernel::file_follow(f.watcher, &f, &follow, nullptr) == ATM_E_INVALID);
  CHECK(kernel::file_follow(f.watcher, &f, nullptr, &id) == ATM_E_INVALID);
  CHECK(kernel::file_follow(f.watcher, &f, &follow, &id) == ATM_OK);
  atm_directory_watch watch{};
  watch.size = sizeof watch;
  watch.path = atm::to_c("/d");
  watch.suffix = atm::to_c(".json");
  CHECK(kernel::directory_watch(f.watcher, &f, &watch, &id) == ATM_E_INVALID);
  watch.changed = [](void*, std::uint64_t, const atm_file_change*) { return ATM_OK; };
  watch.names = 2;
  CHECK(kernel::directory_watch(f.watcher, &f, &watch, &id) == ATM_E_INVALID);
  watch.names = ATM_DIRECTORY_DIGITS;
  CHECK(kernel::directory_watch(f.watcher, &f, &watch, &id) == ATM_OK);
}
