// SPDX-License-Identifier: MIT
#include "daemon_checks.hpp"

#include <algorithm>
#include <atm/client/endpoint.hpp>
#include <atm/domain/relative_time.hpp>

namespace atm::cli::doctor {

namespace {

constexpr std::size_t kNamed = 5;  // entries of a list that are named; the rest is counted

std::string milliseconds_text(std::chrono::microseconds took) {
  std::string text = std::to_string(static_cast<double>(took.count()) / 1000);
  return text.substr(0, text.find('.') + 2) + " ms";
}

std::string pid_text(const Place& place) {
  return place.pid ? "pid " + std::to_string(*place.pid) : "pid unknown";
}

std::string tried(const DaemonView& daemon) {
  std::string text;
  for (const Place& place : daemon.places()) {
    text += text.empty() ? "no daemon answers at " : ", nor at ";
    switch (place.state) {
      case Place::State::kNothing:
        text += place.path + " (not found)";
        break;
      case Place::State::kLeftOver:
        text += place.path + " (a socket without a listener)";
        break;
      default:
        text += place.path + " (" + place.why + ")";
    }
  }
  return text.empty() ? "no path of a socket is known: neither XDG_RUNTIME_DIR nor HOME is set" : text;
}

// `a (2), b (1) and 3 more`
std::string tally_text(const json::Value* tally) {
  std::string text;
  std::size_t count = 0;
  if (tally == nullptr || !tally->IsObject()) return text;
  for (const auto& member : tally->GetObject()) {
    if (++count > kNamed || !member.value.IsUint64()) continue;
    text.append(text.empty() ? "" : ", ").append(json::text_of(member.name));
    text += " (" + std::to_string(member.value.GetUint64()) + ")";
  }
  return count > kNamed ? text + " and " + std::to_string(count - kNamed) + " more" : text;
}

struct Loss {
  std::vector<std::string_view> path;
  std::string_view what;  ///< singular
  std::string_view reason;
  std::string_view remedy;
};

}  // namespace

void check_daemon(const DaemonView& daemon, const std::string& autostart, Findings& out) {
  const std::string_view start = "run atm setup --autostart, or atmd in a terminal";
  if (const Place* place = daemon.answering()) {
    const std::string who =
        "atmd " + daemon.version() + " (" + pid_text(*place) + ", protocol " + daemon.protocol() + ")";
    if (!place->why.empty()) {
      out.push_back(finding("daemon", Severity::kError,
                            who + " accepts connections at " + place->path + " and then fails: " + place->why,
                            "see its log, and restart it"));
      return;
    }
    out.push_back(finding("daemon", Severity::kOk,
                          who + " answers at " + place->path + " in " + milliseconds_text(daemon.took())));
    return;
  }
  for (const Place& place : daemon.places()) {
    if (place.state == Place::State::kRefuses) {
      out.push_back(finding("daemon", Severity::kError, place.path + ": " + place.why,
                            "use programs of the same version"));
      return;
    }
    if (place.state != Place::State::kSilent) continue;
    out.push_back(
        finding("daemon", Severity::kError,
                "a process (" + pid_text(place) + ") listens at " + place.path + " and does not answer",
                "it hangs, is stopped or is overloaded: check it with ps, and restart it"));
    return;
  }
  if (!autostart.empty()) {
    out.push_back(finding("daemon", Severity::kNote,
                          tried(daemon) + "; the next event or atm list starts " + autostart));
    return;
  }
  out.push_back(finding("daemon", Severity::kError, tried(daemon), start));
}

void check_sockets(const DaemonView& daemon, const std::vector<std::string>& usual, const std::string& named,
                   Findings& out) {
  const Place* const first = daemon.answering();
  for (const Place& place : daemon.places()) {
    if (place.state == Place::State::kAnswers && &place != first) {
      out.push_back(finding(
          "socket", Severity::kWarning, "another daemon (" + pid_text(place) + ") answers at " + place.path,
          "stop one of the two: each agent reports to the one that its environment selects"));
    } else if (place.state == Place::State::kLeftOver && first != nullptr) {
      out.push_back(
          finding("socket", Severity::kNote, place.path + " is a socket without a listener", "remove it"));
    } else if (place.state == Place::State::kUnreachable) {
      out.push_back(finding("socket", Severity::kWarning, place.path + ": " + place.why,
                            "programs that try this path first find no daemon; correct its permissions"));
    }
  }
  if (first != nullptr || named.empty()) return;
  for (const std::string& path : usual) {
    if (path == named || !client::connect_to(path, std::chrono::milliseconds(100))) continue;
    out.push_back(finding("socket", Severity::kNote,
                          "a program listens at " + path + ", one of the default paths",
                          "omit --socket and ATM_SOCKET to use it"));
  }
}

void check_plugins(const DaemonView& daemon, Findings& out) {
  const json::Value* const list = daemon.plugins();
  if (list == nullptr || !list->IsArray()) return;
  std::size_t loaded = 0;
  std::string disabled;
  std::string replaced;
  bool is_well = true;
  for (const json::Value& plugin : list->GetArray()) {
    const std::string id(json::get_string(plugin, "id").value_or("?"));
    const std::string_view status = json::get_string(plugin, "status").value_or("?");
    const json::Value* error = json::get_object(plugin, "error");
    if (const json::Value* hung = json::get_object(plugin, "hung");
        hung != nullptr && !json::get_bool(*hung, "has_returned").value_or(true)) {
      is_well = false;
      out.push_back(finding("plugin", Severity::kError,
                            "a call of " + id + " (" +
                                std::string(json::get_string(*hung, "call").value_or("?")) +
                                ") has not returned for " +
                                std::to_string(json::get_int(*hung, "ms").value_or(0) / 1000) + " s",
                            "restart atmd"));
    }
    if (json::get_bool(plugin, "replaced").value_or(false)) {
      replaced.append(replaced.empty() ? "" : ", ").append(id);
    }
    if (status == "disabled") {
      disabled.append(disabled.empty() ? "; disabled: " : ", ").append(id);
    } else if (status != "loaded") {
      const auto text = [error](std::string_view key) {
        return error == nullptr ? std::string() : std::string(json::get_string(*error, key).value_or(""));
      };
      is_well = false;
      out.push_back(finding("plugin", Severity::kError,
                            id + " is " + std::string(status) + ": " + text("message"),
                            text("remedy").empty() ? "see atm plugins" : text("remedy")));
    } else if (const json::Value* pause = json::get_object(plugin, "pause")) {
      is_well = false;
      const auto text = [pause](std::string_view key) {
        return std::string(json::get_string(*pause, key).value_or("?"));
      };
      out.push_back(finding("plugin", Severity::kWarning,
                            id + " is paused until " + text("until") + ": " + text("reason"),
                            "it resumes automatically; the daemon's log names its slow calls"));
    } else {
      ++loaded;
    }
  }
  if (!replaced.empty()) {
    is_well = false;
    out.push_back(finding("plugin", Severity::kWarning,
                          "atmd runs older versions of replaced libraries: " + replaced,
                          "restart atmd: systemctl --user restart atmd, or stop it and start it again"));
  }
  if (is_well)
    out.push_back(finding("plugin", Severity::kOk, counted(loaded, "plugin") + " loaded" + disabled));
}

void check_transports(const DaemonView& daemon, Findings& out) {
  if (daemon.has_plugin("zmq")) out.push_back(finding("transport", Severity::kOk, "zmq serves clients"));
  if (!daemon.has_plugin("http")) return;
  const std::uint64_t refused = daemon.count({"plugins", "http", "unauthorized"});
  if (refused == 0) {
    out.push_back(finding("transport", Severity::kOk, "http accepts hooks"));
  } else {
    out.push_back(finding(
        "transport", Severity::kWarning, "http refused " + counted(refused, "request") + " without its token",
        "if they were hooks, run atm setup claude --http to write the current token into the settings"));
  }
}

void check_drift(const DaemonView& daemon, Findings& out) {
  if (daemon.stats() == nullptr) return;
  bool is_well = true;
  if (const std::string unknown = tally_text(daemon.stats_at({"registry", "unknown_events"}));
      !unknown.empty()) {
    is_well = false;
    out.push_back(finding("drift", Severity::kNote, "events that this version does not know: " + unknown,
                          "all other events are processed; a newer version of atm may know these"));
  }
  const json::Value* channels = daemon.stats_at({"ingest", "channels"});
  if (channels != nullptr && channels->IsObject()) {
    for (const auto& channel : channels->GetObject()) {
      const auto count = [&channel](std::string_view key) {
        return json::get_int(channel.value, key).value_or(0);
      };
      const auto unread = count("invalid") + count("malformed") + count("failed");
      if (unread <= 0) continue;
      is_well = false;
      out.push_back(finding("drift", Severity::kWarning,
                            counted(static_cast<std::uint64_t>(unread), "record") + " of " +
                                std::string(json::text_of(channel.name)) + " could not be read",
                            "the agent's format may have changed; the daemon's log shows what was found"));
    }
  }
  if (const auto unrouted = daemon.count({"ingest", "unrouted"}); unrouted > 0) {
    is_well = false;
    out.push_back(finding("drift", Severity::kWarning,
                          counted(unrouted, "record") + " on channels without a parser",
                          "check with atm plugins that the agent's plugin is loaded"));
  }
  if (is_well) out.push_back(finding("drift", Severity::kOk, "every received event is known"));
}

void check_history(const DaemonView& daemon, Timestamp now, Findings& out) {
  const json::Value* history = daemon.stats_at({"plugins", "history"});
  if (history == nullptr || !json::get_int(*history, "inputs_written")) return;
  const auto value = [history](std::string_view name) { return json::get_int(*history, name).value_or(0); };
  if (value("paused") != 0) {
    out.push_back(finding("history", Severity::kError, "the history is paused: its file cannot be written",
                          "make room on the disk of history.db, and see the log of atmd for the reason"));
    return;
  }
  if (value("inputs_dropped") != 0) {
    out.push_back(finding(
        "history", Severity::kWarning,
        counted(static_cast<std::uint64_t>(value("inputs_dropped")), "input") + " missing in the history",
        "atm history losses shows when and why"));
  }
  if (value("faults") > 0) {
    out.push_back(
        finding("history", Severity::kError,
                counted(static_cast<std::uint64_t>(value("faults")), "fault") + " in history.db",
                "atm history verify names them; stop atmd, copy the file with atm history backup, and "
                "move it away"));
  }
  const auto ago = [now](std::int64_t ns) {
    return format_relative(Timestamp(std::chrono::nanoseconds(ns)), now);
  };
  std::string held = "the history holds " + std::to_string((value("bytes") + (1 << 20) - 1) >> 20) + " MiB";
  if (value("first_ns") != 0) held += ", the oldest input arrived " + ago(value("first_ns"));
  out.push_back(finding("history", Severity::kOk, held + "; last write " + ago(value("last_write_ns"))));
}

void check_losses(const DaemonView& daemon, Findings& out) {
  for (const Loss& loss : std::initializer_list<Loss>{
           {{"registry", "rejected_full"},
            "new session",
            "refused: the registry is full",
            "raise limits.sessions"},
           {{"plugins", "unix", "records_dropped"},
            "record",
            "dropped: the registry was busy",
            "find the client that sends too many records: atm stats counts them by channel"},
           {{"plugins", "unix", "records_lost"},
            "record",
            "lost: a hook exceeded the connection limit, or a plugin was paused, and the spool did not "
            "accept it",
            "raise plugins.unix.max_connections; atm plugins shows what is paused"},
           {{"plugins", "unix", "error_too_many_clients"},
            "client",
            "refused: too many clients",
            "raise plugins.unix.max_connections or limits.subscribers"},
           {{"plugins", "unix", "spool_dropped"},
            "record",
            "lost while no daemon ran or a plugin was paused: the spool was full",
            "keep the daemon running: systemctl --user enable --now atmd.socket"},
           {{"plugins", "unix", "spool_too_old"}, "spooled record", "discarded: too old", ""},
           {{"plugins", "unix", "spool_torn"}, "spooled record", "discarded: incomplete", ""},
       }) {
    const std::uint64_t count = daemon.count(loss.path);
    if (count == 0) continue;
    out.push_back(finding("loss", loss.remedy.empty() ? Severity::kNote : Severity::kWarning,
                          counted(count, loss.what) + ' ' + std::string(loss.reason), loss.remedy));
  }
  if (const json::Value* dead = daemon.stats_at({"registry", "dead"}); dead != nullptr && dead->IsTrue()) {
    out.push_back(
        finding("loss", Severity::kError, "the registry has stopped", "restart atmd and report its log"));
  }
}

void check_clock(const DaemonView& daemon, Timestamp now, Findings& out) {
  constexpr std::chrono::seconds kTolerance{5};
  if (daemon.answering() == nullptr) return;
  std::chrono::nanoseconds most{};
  for (const protocol::Session& session : daemon.sessions()) {
    most =
        std::max({most, elapsed(now, session.domain.last_activity), elapsed(now, session.domain.started_at)});
  }
  if (most <= kTolerance) {
    out.push_back(finding("clock", Severity::kOk, "no session has a time in the future"));
    return;
  }
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(most).count();
  out.push_back(finding("clock", Severity::kWarning,
                        "a session has a time " + std::to_string(seconds) + " s in the future",
                        "the clock may have been set back; new events get correct times"));
}

}  // namespace atm::cli::doctor
