// SPDX-License-Identifier: MIT
#include "status_input.hpp"

#include <atm/domain/utf8.hpp>
#include <atm/json.hpp>

namespace atm::cli {

namespace {

constexpr std::size_t kTextBytes = 4096;

std::string text(const json::Value* object, std::string_view key) {
  if (object == nullptr) return {};
  return std::string(utf8_cut(json::get_string(*object, key).value_or(""), kTextBytes));
}

std::optional<std::uint64_t> count(const json::Value* object, std::string_view key) {
  const auto value = object == nullptr ? std::nullopt : json::get_int(*object, key);
  if (!value || *value < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*value);
}

std::optional<double> number(const json::Value* object, std::string_view key) {
  return object == nullptr ? std::nullopt : json::get_double(*object, key);
}

const json::Value* member(const json::Value* object, std::string_view key) {
  return object == nullptr ? nullptr : json::get_object(*object, key);
}

ContextUsage read_context(const json::Value* window) {
  const json::Value* usage = member(window, "current_usage");
  ContextUsage context;
  context.context_window_size = count(window, "context_window_size");
  context.used_percentage = number(window, "used_percentage");
  context.current_input_tokens = count(usage, "input_tokens");
  context.current_output_tokens = count(usage, "output_tokens");
  context.cache_creation_tokens = count(usage, "cache_creation_input_tokens");
  context.cache_read_tokens = count(usage, "cache_read_input_tokens");
  return context;
}

void read_cost(const json::Value* cost, StatusInput& input) {
  if (const auto usd = number(cost, "total_cost_usd")) input.cost = Money::from_usd(*usd);
  if (const auto total = count(cost, "total_duration_ms")) {
    input.duration = SessionDuration{*total, count(cost, "total_api_duration_ms").value_or(0)};
  }
  input.lines = {count(cost, "total_lines_added").value_or(0),
                 count(cost, "total_lines_removed").value_or(0)};
}

}  // namespace

std::optional<StatusInput> read_status_input(std::string_view bytes) {
  const bool is_valid = utf8_valid(bytes);
  json::Reader reader;
  const json::Value* root = reader.parse(is_valid ? bytes : std::string_view(utf8_sanitize(bytes)));
  if (root == nullptr || !root->IsObject()) return std::nullopt;
  StatusInput input;
  input.session_id = text(root, "session_id");
  input.session_name = text(root, "session_name");
  input.directory = text(member(root, "workspace"), "current_dir");
  if (input.directory.empty()) input.directory = text(root, "cwd");
  input.worktree_branch = text(member(root, "worktree"), "branch");
  input.version = text(root, "version");
  input.effort = text(member(root, "effort"), "level");
  input.agent = text(member(root, "agent"), "name");
  input.vim_mode = text(member(root, "vim"), "mode");
  const json::Value* model = member(root, "model");
  input.model = {text(model, "id"), text(model, "display_name")};
  input.context = read_context(member(root, "context_window"));
  read_cost(member(root, "cost"), input);
  const json::Value* limits = member(root, "rate_limits");
  input.five_hour_percent = number(member(limits, "five_hour"), "used_percentage");
  input.seven_day_percent = number(member(limits, "seven_day"), "used_percentage");
  input.five_hour_resets_at = count(member(limits, "five_hour"), "resets_at");
  input.seven_day_resets_at = count(member(limits, "seven_day"), "resets_at");
  input.pull_request = count(member(root, "pr"), "number");
  return input;
}

}  // namespace atm::cli
