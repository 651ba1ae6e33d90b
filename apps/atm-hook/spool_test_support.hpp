// SPDX-License-Identifier: MIT
// The two ends of a spool: an environment that names one, and a reader like the daemon.
#pragma once
#include <string>
#include <vector>

#include "environment.h"
#include "run_test_support.hpp"
#include "spool.h"

// The path of a private socket, whose spool lies beside it.
class SpoolPlace {
 public:
  explicit SpoolPlace(std::vector<std::string> more_variables = {});
  const hook_environment* environment() const { return &environment_; }
  std::string socket() const { return directory_.path("atm.sock"); }
  std::string spool_path() const { return directory_.path("atm.sock.spool"); }
  std::string file(const std::string& name) const { return spool_path() + "/" + name; }
  const TempDir& directory() const { return directory_; }
  hook_spooled write(const std::string& record, hook_record kind = HOOK_RECORD_EVENT) const {
    return hook_spool_write(&environment_, kind, record.data(), record.size());
  }

 private:
  TempDir directory_;
  std::vector<std::string> variables_;
  hook_environment environment_{};
};

std::vector<std::string> lines_of(const std::string& text);

// Renames the file, reads it to the end and removes it once no writer holds it; else returns its current content.
class SpoolReader {
 public:
  explicit SpoolReader(std::string directory) : directory_(std::move(directory)) {}
  void take();
  const std::string& text() const { return text_; }

 private:
  std::string directory_;
  std::string text_;
};
