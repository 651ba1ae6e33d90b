// SPDX-License-Identifier: MIT
// The commands of atm. Each connects, runs one operation and returns an exit code.
#pragma once

#include <atm/client.hpp>
#include <atm/domain/error.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "exit_code.hpp"
#include "explain_reasons.hpp"
#include "session_table.hpp"

namespace atm::cli {

/// What `wait` waits for.
enum class Until : std::uint8_t { kNeedsInput, kIdle, kEnded };

struct Global {
  std::string socket;  // empty: the default paths
};

struct ListOptions {
  bool json = false;
  std::function<SpentBySession()> spent{};  // from the ledger; empty: without it
};
struct WatchOptions {
  bool json = false;
  std::optional<unsigned long> count;  // changes to show
  std::optional<double> seconds;
};
struct ShowOptions {
  std::string id;  // or a unique beginning or end
  bool json = false;
  std::function<SpentBySession(std::string_view session)> spent{};  // from the ledger; empty: without it
};
struct ExplainOptions {
  std::string id;
  bool json = false;
  ReportsOf reports_of{};
};
struct WaitOptions {
  std::optional<std::string> id;  // absent: any
  Until until = Until::kIdle;
  std::optional<double> seconds;
  bool json = false;
};
struct AckOptions {
  std::string id;
};
struct ReportOptions {
  bool json = false;
};

[[nodiscard]] ExitCode run_list(const Global& global, const ListOptions& options);
[[nodiscard]] ExitCode run_watch(const Global& global, const WatchOptions& options);
[[nodiscard]] ExitCode run_show(const Global& global, const ShowOptions& options);
[[nodiscard]] ExitCode run_explain(const Global& global, const ExplainOptions& options);
// What the commands show of the sessions, now or at an earlier time; the message holds protocol::Sessions.
[[nodiscard]] ExitCode show_list(const Client::Message& reply, const ListOptions& options,
                                 const Scene& scene);
[[nodiscard]] ExitCode show_one(const Client::Message& reply, const ShowOptions& options, const Scene& scene);
[[nodiscard]] ExitCode show_reasons(const Client::Message& reply, const ExplainOptions& options,
                                    const Scene& scene);
[[nodiscard]] ExitCode run_wait(const Global& global, const WaitOptions& options);
[[nodiscard]] ExitCode run_ack(const Global& global, const AckOptions& options);
[[nodiscard]] ExitCode run_plugins(const Global& global, const ReportOptions& options);
[[nodiscard]] ExitCode run_stats(const Global& global, const ReportOptions& options);
[[nodiscard]] ExitCode run_ping(const Global& global);

/// Shared by the commands. connect() starts the daemon if autostart is on.
[[nodiscard]] ClientOptions client_options(const Global& global, protocol::ClientType type);
[[nodiscard]] Result<Client> connect(const Global& global,
                                     protocol::ClientType type = protocol::ClientType::kCli);
[[nodiscard]] Scene scene_now();
/// Prints an error on standard error and returns its exit code.
ExitCode complain(const Error& error);
/// Reports an invalid command line and returns its exit code.
ExitCode complain_of_usage(const std::string& what);
/// Reports a put() that failed and returns its exit code.
ExitCode complain_of_output();
/// Prints `text` on standard output.
[[nodiscard]] ExitCode print(const std::string& text);
/// The same for JSON. Other programs wrote its strings, so characters that control a terminal are escaped.
[[nodiscard]] ExitCode print_json(const std::string& json);

}  // namespace atm::cli
