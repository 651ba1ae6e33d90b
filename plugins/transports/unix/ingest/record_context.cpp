// SPDX-License-Identifier: MIT
#include "ingest/record_context.hpp"

#include <array>

namespace unix_socket {

namespace {

using atm::json::Value;

struct Member {
  std::string_view name;
  std::string_view key;  // of the attribute
  bool is_text;
};
constexpr std::array<Member, 12> kMembers{{
    {"pid", "pid", false},
    {"start_ticks", "start_ticks", false},
    {"pid_ns", "pid_ns", false},
    {"boot_id", "boot_id", true},
    {"tty", "tty", true},
    {"tmux_pane", "tmux.pane", true},
    {"tmux_socket", "tmux.socket", true},
    {"cwd", "cwd", true},
    {"host", "host", true},
    {"event", "event", true},
    {"cut_count", "cut_count", false},
    {"elided_count", "elided_count", false},
}};

// The host accepts 128 attributes per observation; a record stays below that.
constexpr std::size_t kMostAttributes = 96;

}  // namespace

void RecordContext::clear() noexcept {
  attrs_.clear();
  texts_used_ = 0;
  time_ns_.reset();
  fault_.clear();
}

bool RecordContext::read(std::string_view json) {
  clear();
  const Value* root = reader_.parse(json);
  if (root == nullptr || !root->IsObject()) {
    fault_ = root == nullptr ? "context is not JSON: " + reader_.error() : "context is not an object";
    return false;
  }
  for (const auto& member : root->GetObject()) {
    const std::string_view name = atm::json::text_of(member.name);
    if (member.value.IsNull() || read_member(name, member.value)) continue;
    fault_ = "field context." + std::string(name.substr(0, 64)) +
             " has an unexpected type, expected the type of the protocol";
    return false;
  }
  return true;
}

void RecordContext::add_process(std::int64_t pid, std::int64_t start_ticks) {
  const auto reported = this->attrs().integer("pid");
  // The peer's PID belongs to our namespace; a record of another namespace names its own.
  if ((reported && *reported != pid) || this->attrs().integer("pid_ns")) return;
  if (!reported) add(atm::attr("pid", pid));
  if (!this->attrs().integer("start_ticks")) add(atm::attr("start_ticks", start_ticks));
}

bool RecordContext::read_member(std::string_view name, const Value& value) {
  for (const Member& member : kMembers) {
    if (member.name == name)
      return member.is_text ? add_text(member.key, value) : add_count(member.key, value);
  }
  if (name == "time_ns") {
    if (!value.IsInt64()) return false;
    time_ns_ = value.GetInt64();
    return true;
  }
  if (name == "ppids") return value.IsArray() && add_compact("ppids", value);
  if (name == "env") return read_group("env.", value, true);
  if (name == "cut") return read_group("cut.", value, false);
  return true;
}

bool RecordContext::read_group(std::string_view prefix, const Value& value, bool is_text) {
  if (!value.IsObject()) return false;
  for (const auto& member : value.GetObject()) {
    if (member.value.IsNull()) continue;
    std::string& key = scratch();
    key.assign(prefix).append(atm::json::text_of(member.name));
    if (!(is_text ? add_text(key, member.value) : add_count(key, member.value))) return false;
  }
  return true;
}

bool RecordContext::add_text(std::string_view key, const Value& value) {
  if (!value.IsString()) return false;
  add(atm::attr(key, atm::json::text_of(value)));
  return true;
}

bool RecordContext::add_count(std::string_view key, const Value& value) {
  if (!value.IsInt64() || value.GetInt64() < 0) return false;
  add(atm::attr(key, std::int64_t{value.GetInt64()}));
  return true;
}

bool RecordContext::add_compact(std::string_view key, const Value& value) {
  buffer_.Clear();
  writer_.Reset(buffer_);
  value.Accept(writer_);
  std::string& text = scratch();
  text = atm::json::text_of(buffer_);
  add(atm::attr(key, std::string_view(text)));
  return true;
}

void RecordContext::add(const atm_attr& attr) {
  if (attrs_.size() < kMostAttributes) attrs_.push_back(attr);
}

std::string& RecordContext::scratch() {
  if (texts_used_ == texts_.size()) texts_.emplace_back();
  return texts_[texts_used_++];
}

}  // namespace unix_socket
