// SPDX-License-Identifier: MIT
// Finds transcripts and reads what is new in them.
#pragma once

#include <sys/stat.h>

#include <atm/posix/file_descriptor.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/ledger.hpp"
#include "ledger/record.hpp"
#include "ledger/usage_reader.hpp"

namespace atm::ledger {

/// Where an agent other than Claude Code keeps its files, and how they are read.
struct UsageSource {
  std::vector<std::string> directories;
  /// Whether the file with this path below a directory is one of the agent.
  std::function<bool(std::string_view below)> is_file;
  std::function<std::unique_ptr<UsageReader>()> make_reader;
  std::string program{};  ///< the agent, as its responses name it
};

/// A file of an agent.
struct FoundFile {
  std::string path;
  std::string below;  ///< the path below the agent's directory of transcripts
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t modified = 0;            ///< nanoseconds
  std::int64_t changed = 0;             ///< nanoseconds; no program can set it
  const UsageSource* source = nullptr;  ///< nullptr: a transcript of Claude Code
};

struct FoundFiles {
  std::vector<FoundFile>
      files;  ///< in the order of their paths; one path for each file, also with hard links
  std::vector<std::string> problems;
};

/// Every regular `*.jsonl` below `projects/` of each configuration directory (COST-U30). Links to directories are
/// followed; a file of another user is a problem, not a transcript.
[[nodiscard]] FoundFiles find_transcripts(const std::vector<std::string>& config_directories);

/// Adds the files of the sources, which must outlive the result. A file that is there already is not added again.
void find_files(const std::vector<UsageSource>& sources, FoundFiles& found);

/// One line of a file, or the bytes after its last line feed.
struct FileLine {
  std::string_view text;     ///< without the line feed; empty if it is too long
  std::uint64_t offset = 0;  ///< of its first byte
  std::uint64_t next = 0;    ///< of the byte after its line feed
  bool is_last = false;      ///< it has no line feed
  bool is_too_long = false;
};

/// Reads files line by line. It keeps its buffer for the next file. Not synchronised.
class LineReader final {
 public:
  /// Opens a transcript for reading. No descriptor and no problem: it is no regular file any more.
  [[nodiscard]] static posix::FileDescriptor open(const FoundFile& file, struct stat& status,
                                                  std::string& problem);

  /// Calls `on_line` for the lines of the file between `offset` and `size`, and `on_progress` with the number of bytes
  /// after each block. False: an error of the read, in errno. A line of more than `max_line` bytes is passed over.
  [[nodiscard]] bool read(int fd, std::uint64_t offset, std::uint64_t size, std::size_t max_line,
                          const std::function<void(const FileLine&)>& on_line,
                          const std::function<void(std::size_t)>& on_progress);

 private:
  std::vector<char> buffer_;
};

/// What is known of a file that was read.
struct FileState {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t modified = 0;               ///< nanoseconds
  std::int64_t changed = 0;                ///< nanoseconds; no program can set it
  std::uint64_t offset = 0;                ///< of the first line that is not read completely
  std::uint64_t fingerprint = 0;           ///< of the bytes before `offset`
  LineCounts counts{};                     ///< of the lines before `offset`
  LineResult tail = LineResult::kNothing;  ///< of the line at `offset`
  std::string reader{};                    ///< the state of the reader at `offset`
  friend bool operator==(const FileState&, const FileState&) = default;
};

/// Whether the file is not as it was when `state` was stored.
[[nodiscard]] bool is_changed(const FoundFile& file, const FileState& state) noexcept;

/// The counts of all lines, the last one included.
[[nodiscard]] LineCounts all_counts(const FileState& state);

/// Reads files into a ledger. Not synchronised.
class FileReader final {
 public:
  explicit FileReader(Ledger& ledger) : ledger_(ledger) {}

  /// Reads what `file` has beyond `state`; a file that was replaced or is shorter than before is read from its start.
  /// Calls `on_progress` with the number of bytes after each block. False: the file cannot be read; `problem` says why.
  [[nodiscard]] bool read(const FoundFile& file, FileState& state, std::string& problem,
                          const std::function<void(std::size_t)>& on_progress = {});

 private:
  [[nodiscard]] UsageReader& reader_of(const FoundFile& file);
  void take_line(UsageReader& reader, std::string_view line, std::uint64_t offset, bool is_last,
                 FileState& state, Name name);

  Ledger& ledger_;
  std::map<const UsageSource*, std::unique_ptr<UsageReader>> readers_;
  Record record_;
  LineReader lines_;
};

}  // namespace atm::ledger
