// SPDX-License-Identifier: MIT
// For tests: a history in a private directory, written input by input.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <history/file.hpp>
#include <history/index.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/temp_dir.hpp"

namespace atm::test {

class WrittenHistory {
 public:
  /// `begin_ns`: Unix time of second 0; `session`: that of inputs without one.
  WrittenHistory(std::int64_t begin_ns, std::string session)
      : begin_ns_(begin_ns),
        session_(std::move(session)),
        file_(history::HistoryFile::open(path("history.db"))) {}

  void add(double seconds, std::string type, std::vector<std::pair<std::string, history::Value>> attrs,
           const std::string& session = {}) {
    history::Input one;
    one.seq = ++seq_;
    one.arrived_ns = one.time_ns = at(seconds);
    one.awake_ns = static_cast<std::int64_t>(seconds * 1e9) - asleep_ns_;
    one.type = std::move(type);
    one.session = session.empty() ? session_ : session;
    one.agent = "claude_code";
    one.origin = "claude_code/hook";
    one.attrs = std::move(attrs);
    sqlite::Transaction transaction(file_->database());
    file_->append(std::vector{one});
    transaction.commit();
  }
  /// The awake time of the later inputs stands still for this long.
  void sleep(double seconds) { asleep_ns_ += static_cast<std::int64_t>(seconds * 1e9); }

  [[nodiscard]] std::int64_t at(double seconds) const {
    return begin_ns_ + static_cast<std::int64_t>(seconds * 1e9);
  }
  [[nodiscard]] std::filesystem::path directory() const { return dir_.path(); }
  [[nodiscard]] std::string path(const std::string& name) const { return (dir_.path() / name).string(); }
  [[nodiscard]] history::HistoryFile& file() { return *file_; }

  /// The rows of a statement on the index, which has all inputs, each as one line; `text` formats a value that is not
  /// NULL.
  template <class... Values>
  [[nodiscard]] std::vector<std::string> rows(
      const std::string& sql, const std::function<std::string(const sqlite::Statement&, int)>& text,
      const Values&... values) {
    history::Index index(path("index.db"));
    index.catch_up(*file_);
    sqlite::Statement statement(index.database().c(), sql);
    statement.with(values...);
    std::vector<std::string> lines;
    while (statement.step()) {
      std::string line;
      for (int i = 0; i < statement.columns(); ++i) {
        if (i != 0) line += ' ';
        line += statement.is_null(i) ? "-" : text(statement, i);
      }
      lines.push_back(line);
    }
    return lines;
  }

 private:
  const std::int64_t begin_ns_;
  const std::string session_;
  TempDir dir_;
  std::unique_ptr<history::HistoryFile> file_;
  std::uint64_t seq_ = 0;
  std::int64_t asleep_ns_ = 0;
};

}  // namespace atm::test
