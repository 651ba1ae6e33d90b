// SPDX-License-Identifier: MIT
#include "manifest.hpp"

#include <atm/json.hpp>
#include <atm/plugin/thread.hpp>
#include <atm/posix/xdg.hpp>
#include <chrono>
#include <utility>
#include <vector>

#include "hook.hpp"
#include "observation.hpp"

namespace manifest {

namespace json = atm::json;
using atm::Status;

namespace {

constexpr std::chrono::seconds kLookEvery{5};
constexpr std::chrono::milliseconds kReadEvery{500};
// Between two reads of the manifests that records without a manifest cause.
constexpr std::chrono::nanoseconds kRefreshForRecord = std::chrono::milliseconds(200);
constexpr std::string_view kHook = "hook";
constexpr std::string_view kNotify = "notify";
constexpr std::string_view kObservation = "observation";
constexpr std::string_view kTranscript = "transcript";

// Keeps its memory between records. At namespace scope, because clang-tidy 14 assumes that a local one is destroyed at
// each return.
thread_local json::Reader reader_of_this_thread;

/// The table for a channel; nullptr: no manifest has it. Valid as long as `all`.
template <class Rules>
const EventTable* table_for(const Rules& all, std::string_view name, std::string_view kind,
                            atm::Attrs context) {
  const auto found = all.find(name);
  if (found == all.end()) return nullptr;
  const AgentRules& agent = found->second;
  if (kind == kHook) return agent.hook ? &*agent.hook : nullptr;
  if (kind == kNotify) return agent.notify ? &*agent.notify : nullptr;
  const auto index = static_cast<std::uint64_t>(context.integer("follow").value_or(0));
  return index < agent.follows.size() ? &agent.follows[index].table : nullptr;
}

/// `homes` of the configuration: the directories of each agent.
Logs::Homes homes_in(std::string_view config) {
  Logs::Homes homes;
  json::Reader reader;
  const json::Value* const root = reader.parse(config.empty() ? "{}" : config);
  const json::Value* const agents = root == nullptr ? nullptr : json::get_object(*root, "homes");
  if (agents == nullptr) return homes;
  for (const auto& agent : agents->GetObject()) {
    const json::Value* const list = json::get_array(agent.value, "home");
    if (list == nullptr) continue;
    for (const json::Value& home : list->GetArray())
      homes[std::string(json::text_of(agent.name))].emplace_back(json::text_of(home));
  }
  return homes;
}

}  // namespace

Manifest::Manifest(const atm::Host& host, std::string_view config_json)
    : host_(host),
      agents_(host),
      logs_(host, atm::posix::XdgDirectories::of_this_process().home, homes_in(config_json)) {
  refresh();
}

Manifest::~Manifest() {
  static_cast<void>(stop(0));
}

std::shared_ptr<const Manifest::Rules> Manifest::rules() const {
  const std::lock_guard lock(mutex_);
  return rules_;
}

bool Manifest::refresh_for_record() const {
  std::uint64_t before = 0;
  {
    const std::lock_guard lock(refresh_mutex_);
    const std::int64_t now = host_.monotonic_ns();
    if (refreshed_for_record_ns_ && now - *refreshed_for_record_ns_ < kRefreshForRecord.count()) return false;
    refreshed_for_record_ns_ = now;
    before = revision_;
  }
  refresh();
  const std::lock_guard lock(refresh_mutex_);
  return revision_ != before;
}

void Manifest::refresh() const {
  const std::lock_guard refresh_lock(refresh_mutex_);
  std::uint64_t revision = revision_;
  if (agents_.refresh(revision) != Status::kOk || revision == revision_) return;
  revision_ = revision;
  std::vector<std::string> manifests;
  std::vector<std::string> problems;
  static_cast<void>(agents_.list(manifests));
  static_cast<void>(agents_.problems(problems));
  auto rules = std::make_shared<Rules>();
  json::Reader reader;
  for (const std::string& text : manifests) {
    const json::Value* manifest = reader.parse(text);
    if (manifest == nullptr) continue;
    AgentRules agent = compile(*manifest);
    std::string id = agent.id;
    rules->insert_or_assign(std::move(id), std::move(agent));
  }
  for (const std::string& problem : problems) host_.log(atm::LogLevel::kWarn, problem);
  host_.gauge("agents", static_cast<std::int64_t>(rules->size()));
  host_.gauge("problems", static_cast<std::int64_t>(problems.size()));
  const std::lock_guard lock(mutex_);
  rules_ = std::move(rules);
}

Status Manifest::start(atm::ErrorText&) {
  thread_ = atm::start_thread("atm-manifest", [this] { watch(); });
  return Status::kOk;
}

void Manifest::watch() {
  auto look_at = std::chrono::steady_clock::now();
  std::size_t files = 0;
  for (;;) {
    const auto now = std::chrono::steady_clock::now();
    try {
      if (now >= look_at) {
        look_at = now + kLookEvery;
        refresh();
        logs_.look(*rules());
        files = 1;
      }
      if (files > 0) files = logs_.read();
    } catch (const std::exception& error) {
      host_.log(atm::LogLevel::kError, "cannot read the manifests or the files of agents",
                {atm::attr("error", error.what())});
    }
    std::unique_lock lock(mutex_);
    const auto until = files > 0 ? std::min(look_at, now + kReadEvery) : look_at;
    if (wake_.wait_until(lock, until, [this] { return is_stopping_; })) return;
  }
}

Status Manifest::stop(std::uint32_t) {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  return Status::kOk;
}

Status Manifest::parse(const atm::Record& record, const atm::ObservationSink& sink,
                       atm::ErrorText& error) const {
  const std::size_t slash = record.channel.find('/');
  const std::string_view name = record.channel.substr(0, slash);
  const std::string_view kind =
      slash == std::string_view::npos ? std::string_view() : record.channel.substr(slash + 1);
  auto all = kind == kObservation ? nullptr : rules();
  const EventTable* table = all ? table_for(*all, name, kind, record.context) : nullptr;
  if (all && table == nullptr && refresh_for_record()) {
    all = rules();
    table = table_for(*all, name, kind, record.context);
  }
  if (kind != kObservation && table == nullptr) {
    error.set("no manifest describes channel '" + std::string(record.channel.substr(0, 128)) +
              "'; write one, or send observations to channel NAME/observation");
    return Status::kNotFound;
  }
  const json::Value* payload = reader_of_this_thread.parse(record.payload);
  if (payload == nullptr)
    return refuse(error, record.channel, reader_of_this_thread.error(), "JSON", "send one JSON document");
  if (kind == kObservation) return parse_observations(name, record, *payload, sink, error);
  return parse_event(name, *table, kind == kTranscript, record, *payload, sink, error);
}

}  // namespace manifest
