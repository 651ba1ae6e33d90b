// SPDX-License-Identifier: MIT
// Posts records of agents over HTTP to a real daemon: docs/operate/http.md.
#include <sys/stat.h>

#include <algorithm>
#include <atm/client/session_copy.hpp>
#include <atm/json.hpp>
#include <chrono>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "http_client.hpp"
#include "support/catch.hpp"
#include "wire_client.hpp"

using namespace atm::test;
using Catch::Matchers::Contains;

namespace {

constexpr const char* kHooks = "/v1/ingest/claude_code/hook";

class HttpDaemon final {
 public:
  explicit HttpDaemon(const std::string& settings = "")
      : daemon("[plugins.http]\nenabled = true\nport = 0\n" + settings),
        port(static_cast<std::uint16_t>(stat("port"))) {}

  [[nodiscard]] std::int64_t stat(std::string_view name) const {
    return daemon.stat({"plugins", "http", name});
  }
  [[nodiscard]] bool stat_reaches(std::string_view name, std::int64_t wanted) const {
    return daemon.stat_reaches({"plugins", "http", name}, wanted);
  }
  [[nodiscard]] std::filesystem::path token_file() const {
    return daemon.home().dir().path() / "config/atm/http-token";
  }
  [[nodiscard]] std::string token() const {
    std::ifstream file(token_file());
    std::string text;
    std::getline(file, text);
    return text;
  }
  [[nodiscard]] HttpClient::Headers headers() const {
    return {
        {"Authorization", "Bearer " + token()}, {"X-Atm-Tmux-Pane", "%5"}, {"X-Atm-Tmux", "/tmp/tmux,1,0"}};
  }
  [[nodiscard]] HttpClient connect() const { return HttpClient(port); }

  const ServedDaemon daemon;
  const std::uint16_t port;
};

std::string event(const std::string& name, const std::string& session) {
  return R"({"hook_event_name":")" + name + R"(","session_id":")" + session + R"(","cwd":"/w","prompt":"x"})";
}

/// The hooks of a recorded flow that Claude Code posts: it does not post SessionStart.
struct Hook {
  std::string event;
  std::string payload;
};
std::vector<Hook> recorded(const std::string& flow) {
  std::ifstream file(std::string(ATM_TEST_RECORDINGS) + flow);
  atm::json::Reader reader;
  std::vector<Hook> hooks;
  for (std::string line; std::getline(file, line);) {
    const atm::json::Value* const root = reader.parse(line);
    REQUIRE(root != nullptr);
    const auto name = atm::json::get_string(*root, "event");
    if (atm::json::get_string(*root, "kind") != "hook" || name == "SessionStart") continue;
    atm::json::Buffer buffer;
    atm::json::Writer writer(buffer);
    atm::json::find(*root, "stdin")->Accept(writer);
    hooks.push_back({std::string(name.value_or("")), std::string(atm::json::text_of(buffer))});
  }
  return hooks;
}

/// A subscriber of the Unix socket and the copy it keeps.
class Watcher final {
 public:
  explicit Watcher(const ServedDaemon& daemon) : wire_(daemon) {
    copy_.apply(wire_.greet());
    wire_.send(R"({"type":"subscribe"})");
  }
  /// The first state of this session for which the condition holds; throws after the deadline.
  const atm::protocol::Session& until(const std::string& id,
                                      const std::function<bool(const atm::SessionStatus&)>& holds) {
    for (;;) {
      const auto* const session = copy_.find(id);
      if (session != nullptr && holds(session->domain.status)) return *session;
      copy_.apply(wire_.reply().message);
    }
  }

 private:
  Wire wire_;
  atm::client::SessionCopy copy_;
};

}  // namespace

TEST_CASE("a session reported only over HTTP is shown from its first prompt to its end",
          "[integration][http]") {
  const HttpDaemon daemon;
  Watcher watcher(daemon.daemon);
  HttpClient agent = daemon.connect();
  const std::string id = "0bb3f80d-a738-4ce2-9838-732658516426";
  int steps = 0;
  for (const Hook& hook : recorded("/2.1.330/permission.jsonl")) {
    const HttpAnswer answer = agent.post(kHooks, hook.payload, daemon.headers());
    REQUIRE(answer.status == 200);
    REQUIRE(answer.body == "{}");
    const auto sees = [&](const std::function<bool(const atm::SessionStatus&)>& holds) -> const auto& {
      ++steps;
      return watcher.until(id, holds);
    };
    if (hook.event == "UserPromptSubmit") {
      const auto& session = sees([](const atm::SessionStatus& status) { return status.is_active(); });
      CHECK(session.domain.agent == "claude_code");
      CHECK(session.runtime.tmux_pane == "%5");
      CHECK(session.runtime.socket_path == "/tmp/tmux");
      CHECK_FALSE(session.runtime.pid);
    } else if (hook.event == "PermissionRequest") {
      sees([](const atm::SessionStatus& status) { return status.needs_attention(); });
    } else if (hook.event == "Stop") {
      sees([](const atm::SessionStatus& status) { return !status.is_active(); });
    } else if (hook.event == "SessionEnd") {
      sees([](const atm::SessionStatus& status) { return status.is_removable(); });
    }
  }
  CHECK(steps > 8);
  CHECK(daemon.stat("connections") == 1);
}

TEST_CASE("every recorded event of Claude Code is accepted and gets an empty answer", "[integration][http]") {
  const HttpDaemon daemon;
  HttpClient agent = daemon.connect();
  std::size_t posted = 0;
  for (const char* const flow : {"/2.1.197/tools.jsonl", "/2.1.330/subagent.jsonl", "/2.1.330/mcp.jsonl",
                                 "/2.1.330/errors.jsonl", "/handmade/every_event.jsonl"}) {
    for (const Hook& hook : recorded(flow)) {
      const HttpAnswer answer = agent.post(kHooks, hook.payload, daemon.headers());
      INFO(hook.event);
      CHECK(answer.status == 200);
      CHECK(answer.body == "{}");
      ++posted;
    }
  }
  CHECK(posted > 100);
  CHECK(static_cast<std::size_t>(daemon.stat("records") + daemon.stat("records_skipped")) == posted);
}

TEST_CASE("the token is private to its owner, and persists", "[integration][http]") {
  ServedDaemon daemon("[plugins.http]\nenabled = true\nport = 0\n");
  const auto file = daemon.home().dir().path() / "config/atm/http-token";
  struct stat found {};
  REQUIRE(::stat(file.c_str(), &found) == 0);
  CHECK((found.st_mode & 07777u) == 0600);
  const auto content = [&file] {
    std::ifstream in(file);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  const std::string token = content();
  CHECK(token.size() == 65);
  daemon.restart();
  CHECK(content() == token);
  CHECK_THAT(daemon.process().output(), !Contains(token.substr(0, 64)));
}

TEST_CASE("without the token, or at another path, nothing is accepted", "[integration][http]") {
  const HttpDaemon daemon;
  const auto status = [&daemon](std::string_view target, const HttpClient::Headers& change,
                                const std::string& body) {
    HttpClient::Headers headers = daemon.headers();
    for (const auto& [name, value] : change) headers[name] = value;
    return daemon.connect().post(target, body, headers).status;
  };
  const std::string body = event("UserPromptSubmit", "s");
  CHECK(status(kHooks, {{"Authorization", "Bearer " + std::string(64, '0')}}, body) == 401);
  CHECK(status(kHooks, {{"Authorization", ""}}, body) == 401);
  CHECK(status(kHooks, {{"Host", "evil.example"}}, body) == 403);
  CHECK(status(kHooks, {{"Origin", "http://localhost"}}, body) == 403);
  CHECK(status("/v1/ingest/nobody/hook", {}, body) == 404);
  CHECK(status("/", {}, body) == 404);
  CHECK(status(kHooks, {}, "no JSON") == 400);
  CHECK(status(kHooks, {}, event("UserPromptSubmit", std::string(2'000'000, 'x'))) == 413);
  CHECK(daemon.daemon.sessions().empty());
  CHECK(status(kHooks, {}, body) == 200);
  CHECK(daemon.daemon.sessions().size() == 1);
}

TEST_CASE("incomplete and slow requests are closed, and others are served meanwhile", "[integration][http]") {
  const HttpDaemon daemon;
  HttpClient half = daemon.connect();
  half.send("POST /v1/ingest/claude_code/hook HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " +
            daemon.token() + "\r\nContent-Length: 100\r\n\r\n{");
  HttpClient slow = daemon.connect();
  std::thread dripping([&slow] {
    try {
      for (;;) slow.send("P");
    } catch (const std::exception&) {
      // Closed, as expected.
    }
  });
  // The limit applies to this client too, which can exceed it on a busy machine.
  const auto is_served = [&daemon] {
    try {
      return daemon.connect().post(kHooks, event("UserPromptSubmit", "s"), daemon.headers()).status == 200;
    } catch (const std::exception&) {
      return false;
    }
  };
  const auto until = std::chrono::steady_clock::now() + kTimeout;
  bool is_taken = is_served();
  while (!is_taken && std::chrono::steady_clock::now() < until) is_taken = is_served();
  CHECK(is_taken);
  CHECK(half.is_closed_by_daemon());
  dripping.join();
  CHECK(daemon.stat_reaches("timeouts", 1));
}

TEST_CASE("fifty concurrent agents are all shown", "[integration][http]") {
  const HttpDaemon daemon;
  std::vector<std::thread> agents;
  std::vector<std::string> wrong(50);
  for (std::size_t i = 0; i < wrong.size(); ++i) {
    agents.emplace_back([&daemon, &wrong, i] {
      try {
        HttpClient agent = daemon.connect();
        for (int turn = 0; turn < 10; ++turn) {
          for (const char* const name : {"UserPromptSubmit", "Stop"}) {
            const auto answer = agent.post(kHooks, event(name, "s" + std::to_string(i)), daemon.headers());
            if (answer.status != 200) wrong[i] = answer.body;
          }
        }
      } catch (const std::exception& error) {
        wrong[i] = error.what();
      }
    });
  }
  for (std::thread& agent : agents) agent.join();
  CHECK(std::all_of(wrong.begin(), wrong.end(), [](const std::string& text) { return text.empty(); }));
  CHECK(daemon.stat("records") == 1000);
  CHECK(daemon.daemon.sessions().size() == 50);
}

TEST_CASE("http is off by default", "[integration][http]") {
  const ServedDaemon off;
  CHECK(off.stat({"plugins", "http", "port"}) == 0);
  CHECK_FALSE(std::filesystem::exists(off.home().dir().path() / "config/atm/http-token"));
}
