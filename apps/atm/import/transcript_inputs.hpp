// SPDX-License-Identifier: MIT
// The lines of a transcript as inputs of the history, made by the parser of the daemon.
#pragma once

#include <atm/plugin/host.hpp>
#include <atm/plugin/interfaces.hpp>
#include <cstdint>
#include <history/input.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/claude_code.hpp"

namespace atm::cli {

/// Longer lines are passed over.
inline constexpr std::size_t kMaxImportedLine = std::size_t{8} << 20;

/// Which lines become inputs.
struct ImportRange {
  std::int64_t since_ns = 0;
  std::int64_t until_ns = 0;  ///< later lines have an impossible time
  /// The first input of each session that the daemon has stored; later lines are left out.
  const std::map<std::string, std::int64_t, std::less<>>* first_live = nullptr;
};

/// The outcome of a line.
enum class ImportedLine : std::uint8_t {
  kNothing,  ///< no information, older than the range, or known to the daemon
  kTaken,
  kCopy,     ///< of another session, as in the file of a fork
  kInvalid,  ///< no JSON, no time, or a value that the parser refuses
};

/// Reads the lines of one transcript after the other. Not synchronised.
class TranscriptInputs final {
 public:
  /// Throws std::runtime_error if the parser cannot be created.
  TranscriptInputs();
  ~TranscriptInputs();
  TranscriptInputs(const TranscriptInputs&) = delete;
  TranscriptInputs& operator=(const TranscriptInputs&) = delete;

  /// The next lines are of this file.
  void open(const ledger::TranscriptPath& path, const ImportRange& range);
  /// Appends the inputs of a line.
  ImportedLine take(std::string_view line, std::vector<history::Input>& inputs);
  /// Appends the end of the session, unless the daemon knows what follows.
  void close(std::vector<history::Input>& inputs);

 private:
  struct Line;

  [[nodiscard]] bool parse(std::string_view line, const std::string& session, std::int64_t time_ns);
  void begin(const Line& line, std::int64_t time_ns, std::vector<history::Input>& inputs);
  void end(std::vector<history::Input>& inputs);
  [[nodiscard]] history::Input input(std::string type, std::int64_t time_ns) const;

  atm_host host_;
  void* parser_ = nullptr;
  const atm_parser* table_ = nullptr;

  ledger::TranscriptPath path_;
  ImportRange range_;
  std::string session_;
  std::string model_;
  std::string version_;
  std::vector<history::Input> parsed_;
  std::int64_t last_ns_ = 0;
  bool is_begun_ = false;
  bool is_in_turn_ = false;
  bool is_cut_ = false;  ///< the daemon knows what follows
};

}  // namespace atm::cli
