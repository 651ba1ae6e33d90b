// SPDX-License-Identifier: MIT
#include "status_line.hpp"

namespace claude_code {

namespace {

constexpr Field kModel[] = {
    {"id", Take::kText, "model.id"},
    {"display_name", Take::kText, "model.name"},
};
constexpr Field kRepo[] = {
    {"host", Take::kText, "git.repo.host"},
    {"owner", Take::kText, "git.repo.owner"},
    {"name", Take::kText, "git.repo.name"},
};
constexpr Field kWorkspace[] = {
    {"project_dir", Take::kText, "project_dir"},
    {"git_worktree", Take::kText, "git.worktree"},
    {"repo", Take::kObject, {}, table(kRepo)},
};
constexpr Field kCost[] = {
    {"total_cost_usd", Take::kMicros, "cost.total_usd_micros"},
    {"total_duration_ms", Take::kCount, "duration.total_ms"},
    {"total_api_duration_ms", Take::kCount, "duration.api_ms"},
    {"total_lines_added", Take::kCount, "lines.added"},
    {"total_lines_removed", Take::kCount, "lines.removed"},
};
constexpr Field kCurrentUsage[] = {
    {"input_tokens", Take::kCount, "context.input_tokens"},
    {"output_tokens", Take::kCount, "context.output_tokens"},
    {"cache_creation_input_tokens", Take::kCount, "context.cache_creation_tokens"},
    {"cache_read_input_tokens", Take::kCount, "context.cache_read_tokens"},
};
constexpr Field kContextWindow[] = {
    {"total_input_tokens", Take::kCount, "context.total_input_tokens"},
    {"total_output_tokens", Take::kCount, "context.total_output_tokens"},
    {"context_window_size", Take::kCount, "context.window"},
    {"current_usage", Take::kObject, {}, table(kCurrentUsage)},
    {"used_percentage", Take::kNumber, "context.used_percentage"},
};
constexpr Field kPromptCache[] = {
    {"warm", Take::kBool, "prompt_cache.warm"},
    {"ttl", Take::kText, "prompt_cache.ttl"},
    {"expires_at", Take::kCount, "prompt_cache.expires_at"},
    {"requests", Take::kCount, "prompt_cache.requests"},
    {"misses", Take::kCount, "prompt_cache.misses"},
    {"hit_ratio", Take::kNumber, "prompt_cache.hit_ratio"},
    {"cache_write_tokens", Take::kCount, "prompt_cache.cache_write_tokens"},
    {"miss_recache_tokens", Take::kCount, "prompt_cache.miss_recache_tokens"},
    {"last_miss_at", Take::kCount, "prompt_cache.last_miss_at"},
    {"recache_tokens_if_cold", Take::kCount, "prompt_cache.recache_tokens_if_cold"},
};
constexpr Field kFiveHour[] = {
    {"used_percentage", Take::kNumber, "limits.five_hour.used_percentage"},
    {"resets_at", Take::kCount, "limits.five_hour.resets_at"},
};
constexpr Field kSevenDay[] = {
    {"used_percentage", Take::kNumber, "limits.seven_day.used_percentage"},
    {"resets_at", Take::kCount, "limits.seven_day.resets_at"},
};
constexpr Field kSpendLimit[] = {
    {"used_percentage", Take::kNumber, "limits.spend_limit.used_percentage"},
    {"resets_at", Take::kCount, "limits.spend_limit.resets_at"},
};
constexpr Field kRateLimits[] = {
    {"five_hour", Take::kObject, {}, table(kFiveHour)},
    {"seven_day", Take::kObject, {}, table(kSevenDay)},
    {"spend_limit", Take::kObject, {}, table(kSpendLimit)},
};
constexpr Field kEffort[] = {{"level", Take::kText, "effort"}};
constexpr Field kOutputStyle[] = {{"name", Take::kText, "output_style"}};
constexpr Field kThinking[] = {{"enabled", Take::kBool, "thinking"}};
constexpr Field kVim[] = {{"mode", Take::kText, "vim_mode"}};
constexpr Field kAgent[] = {{"name", Take::kText, "agent_type"}};
constexpr Field kWorktree[] = {
    {"name", Take::kText, "worktree.name"},
    {"path", Take::kText, "worktree.path"},
    {"branch", Take::kText, "worktree.branch"},
};
constexpr Field kPullRequest[] = {
    {"number", Take::kCount, "pr.number"},
    {"url", Take::kText, "pr.url"},
    {"review_state", Take::kText, "pr.review_state"},
};
constexpr Field kRemote[] = {{"session_id", Take::kText, "remote.session_id"}};

// In the order of version 2.1.330.
constexpr Field kStatusLine[] = {
    {"transcript_path", Take::kText, "transcript_path"},
    {"cwd", Take::kText, "cwd"},
    {"prompt_id", Take::kText, "prompt.id"},
    {"effort", Take::kObject, {}, table(kEffort)},
    {"session_name", Take::kText, "session.name"},
    {"model", Take::kObject, {}, table(kModel)},
    {"workspace", Take::kObject, {}, table(kWorkspace)},
    {"version", Take::kText, "version"},
    {"output_style", Take::kObject, {}, table(kOutputStyle)},
    {"cost", Take::kObject, {}, table(kCost)},
    {"context_window", Take::kObject, {}, table(kContextWindow)},
    {"exceeds_200k_tokens", Take::kBool, "context.exceeds_200k"},
    {"prompt_cache", Take::kObject, {}, table(kPromptCache)},
    {"fast_mode", Take::kBool, "fast_mode"},
    {"thinking", Take::kObject, {}, table(kThinking)},
    {"rate_limits", Take::kObject, {}, table(kRateLimits)},
    {"vim", Take::kObject, {}, table(kVim)},
    {"agent", Take::kObject, {}, table(kAgent)},
    {"worktree", Take::kObject, {}, table(kWorktree)},
    {"pr", Take::kObject, {}, table(kPullRequest)},
    {"remote", Take::kObject, {}, table(kRemote)},
};

}  // namespace

void collect_status_line(const atm::json::Value& payload, Attributes& out) noexcept {
  collect(payload, table(kStatusLine), out);
  // Claude Code does not run its status line command while a dialog is open.
  out.add("unblocked", true);
}

}  // namespace claude_code
