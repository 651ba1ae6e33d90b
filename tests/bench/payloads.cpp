// SPDX-License-Identifier: MIT
#include "payloads.hpp"

#include <unistd.h>

#include <cstdio>

#include "support/process_stat.hpp"

namespace atm::bench {

namespace {

constexpr int kMicrosPerStep = 1'250;

// The sessions belong to a live process: this program.
const std::string& own_start_ticks() {
  static const std::string ticks = std::to_string(test::start_ticks_of(::getpid()));
  return ticks;
}

std::string ingest(const char* channel, const std::string& payload) {
  const std::string pid = std::to_string(::getpid());
  return std::string("{\"type\":\"ingest\",\"channel\":\"claude_code/") + channel +
         "\",\"context\":{\"pid\":" + pid + ",\"start_ticks\":" + own_start_ticks() +
         ",\"tty\":\"/dev/pts/3\",\"tmux_pane\":\"%4\",\"cwd\":\"/home/dev/project\","
         "\"env\":{\"CLAUDE_PID\":\"" +
         pid + "\",\"TERM\":\"tmux-256color\"}},\"payload\":" + payload + "}\n";
}

std::string opening(int session) {
  const std::string id = session_name(session);
  return "{\"session_id\":\"" + id +
         "\",\"transcript_path\":\"/home/dev/.claude/projects/-home-dev-project/" + id +
         ".jsonl\",\"cwd\":\"/home/dev/project\",\"prompt_id\":\"858c890c-4d0b-485a-9085-848b835ef721\"";
}

}  // namespace

std::string session_name(int index) {
  char text[48];
  std::snprintf(text, sizeof text, "6f1301ed-c562-4214-9bfc-%012d", index);
  return text;
}

std::string status_payload(int session, int step) {
  const int input = 20'000 + step % 150'000;
  char numbers[1024];
  std::snprintf(
      numbers, sizeof numbers,
      ",\"cost\":{\"total_cost_usd\":%.5f,\"total_duration_ms\":%d,\"total_api_duration_ms\":%d,"
      "\"total_lines_added\":%d,\"total_lines_removed\":3},\"context_window\":{\"total_input_tokens\":%d,"
      "\"total_output_tokens\":%d,\"context_window_size\":200000,\"current_usage\":{\"input_tokens\":10,"
      "\"output_tokens\":20,\"cache_creation_input_tokens\":1000,\"cache_read_input_tokens\":%d},"
      "\"used_percentage\":%d,\"remaining_percentage\":%d}",
      static_cast<double>(step) * kMicrosPerStep / 1e6, 2'633 + step * 40, 51 + step * 9, step, input + 1'010,
      20 + step, input, input / 2'000, 100 - input / 2'000);
  return opening(session) +
         ",\"effort\":{\"level\":\"high\"},\"model\":{\"id\":\"claude-sonnet-4-6\",\"display_name\":\"Sonnet "
         "4.6\"},"
         "\"workspace\":{\"current_dir\":\"/home/dev/project\",\"project_dir\":\"/home/dev/project\","
         "\"added_dirs\":[]},\"version\":\"2.1.330\",\"output_style\":{\"name\":\"default\"}" +
         numbers +
         ",\"exceeds_200k_tokens\":false,\"prompt_cache\":{\"warm\":true,\"caching_observed\":true,\"ttl\":"
         "\"1h\","
         "\"expires_at\":1795355992,\"requests\":1,\"misses\":0,\"expected_rebuilds\":0,"
         "\"hit_ratio\":0.13332444503699753,\"cache_write_tokens\":130000,\"miss_recache_tokens\":0,"
         "\"last_miss_at\":null,\"last_miss_cause\":null,\"miss_causes\":{},\"recache_tokens_if_cold\":"
         "150010},"
         "\"fast_mode\":false,\"thinking\":{\"enabled\":true}}";
}

std::string hook_payload(int session, const std::string& tool, const std::string& event) {
  return opening(session) +
         ",\"permission_mode\":\"default\",\"effort\":{\"level\":\"high\"},\"hook_event_name\":\"" + event +
         "\",\"tool_name\":\"" + tool +
         "\",\"tool_input\":{\"command\":\"ls -la\",\"description\":\"List files\"},"
         "\"tool_use_id\":\"toolu_" +
         tool + "\"}";
}

std::string status_line(int session, int step) {
  return ingest("status_line", status_payload(session, step));
}
std::string hook_line(int session, const std::string& tool, const std::string& event) {
  return ingest("hook", hook_payload(session, tool, event));
}
std::string cost_usd_micros(int step) {
  return std::to_string(step * kMicrosPerStep);
}

}  // namespace atm::bench
