// SPDX-License-Identifier: MIT
#include "status_line.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atm/posix/xdg.hpp>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "attention.hpp"
#include "branch.hpp"
#include "render.hpp"
#include "status_input.hpp"
#include "terminal.hpp"
#include "text.hpp"
#include "text_file.hpp"

namespace atm::cli {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kInputTime{2000};    // Claude Code writes at once
constexpr milliseconds kAttentionTime{90};  // of the whole request to the daemon
constexpr std::size_t kFormatBytes = 4096;
constexpr std::size_t kClientMargin = 4;  // Claude Code cuts that many columns before COLUMNS

constexpr std::string_view kExample =
    R"({"session_id":"","cwd":"/home/dev/api","model":{"display_name":"Sonnet 4.6"},"version":"2.1.330",)"
    R"("session_name":"orders","effort":{"level":"high"},"agent":{"name":"reviewer"},"vim":{"mode":"NORMAL"},)"
    R"("worktree":{"branch":"main"},"pr":{"number":12},"cost":{"total_cost_usd":1.234,"total_duration_ms":1830000,)"
    R"("total_lines_added":150,"total_lines_removed":30},"context_window":{"context_window_size":200000,)"
    R"("used_percentage":42,"current_usage":{"input_tokens":1000,"cache_creation_input_tokens":3000,)"
    R"("cache_read_input_tokens":80000}},"rate_limits":{"five_hour":{"used_percentage":23.5},)"
    R"("seven_day":{"used_percentage":61}}})";

std::string variable(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): no thread sets it
  return value == nullptr ? "" : value;
}

// Standard input up to its end or the timeout. Input beyond the limit is ignored.
std::string read_input() {
  const Clock::time_point end = Clock::now() + kInputTime;
  std::string text;
  std::array<char, 16 * 1024> block{};
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(end - Clock::now()).count();
    pollfd input{STDIN_FILENO, POLLIN, 0};
    const int ready = poll(&input, 1, static_cast<int>(std::max<milliseconds::rep>(left, 0)));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return text;
    const ssize_t got = read(STDIN_FILENO, block.data(), block.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got <= 0) return text;
    text.append(block.data(), static_cast<std::size_t>(got));
    if (text.size() > kStatusInputBytes) return {};
  }
}

std::string format_file() {
  const std::string config = posix::XdgDirectories::of_this_process().config;
  return config.empty() ? config : config + "/atm/status-line";
}

void warn(const std::string& about, const std::string& text) {
  std::fprintf(stderr, "atm: %s: %s\n", terminal_safe(about).c_str(), terminal_safe(text).c_str());
}

struct Source {
  std::string name;
  std::string text;
};

Source format_source(const StatusLineOptions& options) {
  if (options.format) return {"--format", *options.format};
  const std::string path = format_file();
  if (!path.empty()) {
    auto content = read_text_file(path, kFormatBytes);
    if (!content) warn(path, content.error().message + ", expected a format text; using the default format");
    if (content && *content && (*content)->find_first_not_of(" \t\r\n") != std::string::npos) {
      return {path, std::move(**content)};
    }
  }
  return {"the default", std::string(kDefaultFormat)};
}

Canvas canvas_of(Colour colour) {
  Canvas canvas = output_canvas();
  const bool is_client = !variable("CLAUDECODE").empty();
  if (is_client && !output_is_terminal()) {
    canvas.colour = variable("NO_COLOR").empty() && variable("TERM") != "dumb";
    if (canvas.columns) *canvas.columns -= std::min(*canvas.columns - 1, kClientMargin);
  }
  if (colour != Colour::kAuto) canvas.colour = colour == Colour::kAlways;
  return canvas;
}

std::string rendered(const Global& global, const Format& format, const StatusLineOptions& options,
                     StatusInput input) {
  StatusScene scene;
  scene.input = std::move(input);
  scene.home = variable("HOME");
  scene.canvas = canvas_of(options.colour);
  if (format.uses(Field::kBranch) && scene.input.worktree_branch.empty()) {
    scene.branch = branch_of(scene.input.directory);
  }
  if (format.uses(Field::kSpent) && options.spent) {
    const SpentBySession spent = options.check ? SpentBySession{{"", {"$1.18", 1'180'000, 12, 0}}}
                                               : options.spent(scene.input.session_id);
    if (const auto found = spent.find(scene.input.session_id); found != spent.end())
      scene.spent = found->second.amount;
  }
  if (format.uses(Field::kAttention)) {
    scene.attention = options.check ? "web needs you (permission)"
                                    : ask_attention(global.socket, scene.input.session_id, kAttentionTime);
  }
  return render_status(format, scene);
}

}  // namespace

ExitCode run_status_line(const Global& global, const StatusLineOptions& options) {
  if (!options.check && isatty(STDIN_FILENO) == 1) {
    std::fputs(
        "atm: standard input is a terminal, expected the status JSON of Claude Code; run atm status-line "
        "--check to see a format\n",
        stderr);
    return kUsage;
  }
  const Source source = format_source(options);
  const Format format = parse_format(source.text);
  for (const std::string& problem : format.problems) warn(source.name, problem);
  auto input = read_status_input(options.check ? std::string(kExample) : read_input());
  if (!input) {
    std::fputs(
        "atm: no JSON object of at most 1 MiB on standard input, expected the status JSON of Claude Code\n",
        stderr);
    return kOk;
  }
  static_cast<void>(put(rendered(global, format, options, *input)));
  if (options.keep_limits && !options.check) options.keep_limits(*input);
  return options.check && !format.problems.empty() ? kFailed : kOk;
}

}  // namespace atm::cli
