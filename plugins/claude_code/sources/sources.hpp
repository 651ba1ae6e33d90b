// SPDX-License-Identifier: MIT
#pragma once

#include <atm/plugin/files.hpp>
#include <atm/plugin/host.hpp>
#include <atm/plugin/interfaces.hpp>
#include <atm/plugin/processes.hpp>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "sources/config_dirs.hpp"
#include "sources/session_directory.hpp"
#include "sources/session_file_index.hpp"
#include "sources/source_options.hpp"
#include "sources/startup_question.hpp"
#include "sources/transcripts.hpp"

namespace claude_code {

/// Collects sessions from files without hooks: session files and the tails of transcripts. The host's watch thread
/// hands over the content; one thread of this source decides which files are watched.
class Sources : public atm::Source {
 public:
  /// Throws std::invalid_argument for an invalid configuration.
  Sources(const atm::Host& host, std::string_view config_json);
  ~Sources() override { stop_now(); }
  Sources(const Sources&) = delete;
  Sources& operator=(const Sources&) = delete;

  /// kUnsupported on a host without the services; the parser still works.
  atm::Status start(atm::ErrorText& error) override;
  atm::Status stop(std::uint32_t deadline_ms) override;
  atm::Status discover(atm_discovery& result, atm::ErrorText& error) override;

 private:
  static void ready(void* context, std::uint64_t subscription);
  static void due(void* context, std::uint64_t timer);

  [[nodiscard]] bool has_services() const noexcept;
  void subscribe();
  void stop_now();
  void release();
  void run();
  void leave_word(bool& word);
  void read_events();
  void read_sessions();
  void erase_ended();
  std::vector<RunningClient> look(bool for_clients);
  void watch(const std::set<std::string>& config_dirs);

  const atm::Host host_;
  const atm::Files files_;
  const atm::Processes processes_;
  const std::string default_dir_;
  const SourceOptions options_;
  std::uint64_t subscription_ = 0;
  std::uint64_t timer_ = 0;
  std::thread thread_;
  Transcripts transcripts_;  // of thread_; stop() after it has joined

  std::mutex mutex_;  // guards the members below; never held during a call of the host
  std::condition_variable changed_;
  bool has_events_ = false;
  bool has_sessions_ = false;
  bool is_due_ = true;
  bool is_stopping_ = false;

  SessionFileIndex index_;
  std::mutex looking_;  // guards the members below: one search at a time
  std::map<std::string, std::unique_ptr<SessionDirectory>> directories_;
  StartupQuestions startup_questions_;
};

}  // namespace claude_code
