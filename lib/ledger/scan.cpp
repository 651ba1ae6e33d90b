// SPDX-License-Identifier: MIT
#include "ledger/scan.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atm/posix/file_descriptor.hpp>
#include <cerrno>
#include <cstring>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "ledger/claude_code.hpp"

namespace atm::ledger {

namespace {

constexpr std::size_t kBlock = 256U << 10;
constexpr std::size_t kKeptBuffer = 4U << 20;
constexpr std::size_t kMaxLine = 256U << 20;
constexpr std::size_t kFingerprintBytes = 4096;
constexpr int kMaxDirectories = 64;

std::string reason() {
  return std::strerror(errno);
}

std::int64_t nanoseconds(const timespec& time) noexcept {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

class Finder final {
 public:
  explicit Finder(FoundFiles& found) : found_(found) {
    for (const FoundFile& file : found.files) files_.emplace(file.device, file.inode);
  }

  /// The files that follow are of this source.
  void set_source(const UsageSource* source) {
    source_ = source;
    directories_.clear();
  }

  void walk(const std::string& directory, const std::string& below, int depth) {
    struct stat status {};
    if (stat(directory.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return;
    // A link may lead to a directory above: each directory is read once.
    if (depth > kMaxDirectories || !directories_.emplace(status.st_dev, status.st_ino).second) return;
    DIR* const stream = opendir(directory.c_str());
    if (stream == nullptr) {
      found_.problems.push_back(directory + ": " + reason());
      return;
    }
    std::vector<std::string> names;
    while (const dirent* entry = readdir(stream)) names.emplace_back(entry->d_name);
    closedir(stream);
    // A sorted order gives each inode the same path every time.
    std::sort(names.begin(), names.end());
    for (const std::string& name : names) {
      if (name == "." || name == "..") continue;
      visit(directory + "/" + name, below.empty() ? name : below + "/" + name, depth);
    }
  }

 private:
  void visit(const std::string& path, const std::string& below, int depth) {
    struct stat status {};
    if (stat(path.c_str(), &status) != 0) return;
    if (S_ISDIR(status.st_mode)) return walk(path, below, depth + 1);
    if (!S_ISREG(status.st_mode) || !path.ends_with(".jsonl")) return;
    if (source_ != nullptr && !source_->is_file(below)) return;
    if (status.st_uid != geteuid() && status.st_uid != 0) {
      found_.problems.push_back(path + ": belongs to another user; it is not read");
      return;
    }
    if (files_.emplace(status.st_dev, status.st_ino).second)
      found_.files.push_back({path, below, status.st_dev, status.st_ino,
                              static_cast<std::uint64_t>(status.st_size), nanoseconds(status.st_mtim),
                              nanoseconds(status.st_ctim), source_});
  }

  FoundFiles& found_;
  const UsageSource* source_ = nullptr;
  std::set<std::pair<dev_t, ino_t>> directories_;
  std::set<std::pair<dev_t, ino_t>> files_;
};

// FNV-1a of the bytes before `offset`; 0 if they cannot be read.
std::uint64_t fingerprint(int fd, std::uint64_t offset) {
  std::array<unsigned char, kFingerprintBytes> bytes{};
  const std::size_t wanted = std::min<std::uint64_t>(offset, bytes.size());
  const ssize_t got = pread(fd, bytes.data(), wanted, static_cast<off_t>(offset - wanted));
  if (got != static_cast<ssize_t>(wanted)) return 0;
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (std::size_t i = 0; i < wanted; ++i) hash = (hash ^ bytes[i]) * 0x100000001B3U;
  return hash;
}

}  // namespace

FoundFiles find_transcripts(const std::vector<std::string>& config_directories) {
  FoundFiles found;
  Finder finder(found);
  for (const std::string& directory : config_directories) finder.walk(directory + "/projects", "", 0);
  return found;
}

void find_files(const std::vector<UsageSource>& sources, FoundFiles& found) {
  Finder finder(found);
  for (const UsageSource& source : sources) {
    finder.set_source(&source);
    for (const std::string& directory : source.directories) finder.walk(directory, "", 0);
  }
}

bool is_changed(const FoundFile& file, const FileState& state) noexcept {
  return std::tie(file.device, file.inode, file.size, file.modified, file.changed) !=
         std::tie(state.device, state.inode, state.size, state.modified, state.changed);
}

LineCounts all_counts(const FileState& state) {
  LineCounts counts = state.counts;
  ++counts[static_cast<std::size_t>(state.tail)];
  return counts;
}

UsageReader& FileReader::reader_of(const FoundFile& file) {
  std::unique_ptr<UsageReader>& reader = readers_[file.source];
  if (!reader)
    reader = file.source == nullptr ? std::make_unique<ClaudeCodeReader>() : file.source->make_reader();
  return *reader;
}

void FileReader::take_line(UsageReader& reader, std::string_view line, std::uint64_t offset, bool is_last,
                           FileState& state, Name name) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (offset == 0 && line.starts_with(kByteOrderMark)) {
    line.remove_prefix(kByteOrderMark.size());
    offset += kByteOrderMark.size();
  }
  if (is_last) state.reader = reader.state();
  const LineResult result = reader.read(line, is_last, record_);
  if (result == LineResult::kResponse)
    ledger_.add(record_, {name, offset, static_cast<std::uint32_t>(line.size())});
  if (is_last) {
    state.tail = result;
  } else {
    ++state.counts[static_cast<std::size_t>(result)];
  }
}

posix::FileDescriptor LineReader::open(const FoundFile& file, struct stat& status, std::string& problem) {
  // O_NONBLOCK: the file may have become a pipe since it was found.
  posix::FileDescriptor fd(::open(file.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd || ::fstat(fd.get(), &status) != 0) {
    problem = file.path + ": " + reason();
    return {};
  }
  return S_ISREG(status.st_mode) ? std::move(fd) : posix::FileDescriptor();
}

bool LineReader::read(int fd, std::uint64_t offset, std::uint64_t size, std::size_t max_line,
                      const std::function<void(const FileLine&)>& on_line,
                      const std::function<void(std::size_t)>& on_progress) {
  if (buffer_.size() < kBlock) buffer_.resize(kBlock);
  std::size_t filled = 0;                // bytes of the buffer that are read
  std::size_t searched = 0;              // of them, bytes that hold no line feed
  std::uint64_t base = offset;           // offset of the buffer's first byte in the file
  std::optional<std::uint64_t> skipped;  // offset of a line that is too long; its rest is passed over
  while (base + filled < size) {
    if (filled == buffer_.size()) {
      if (filled >= max_line) {
        if (!skipped) skipped = base;
        base += filled;
        filled = searched = 0;
      } else {
        buffer_.resize(filled * 2);
      }
    }
    const std::size_t room = std::min<std::uint64_t>({buffer_.size() - filled, kBlock, size - base - filled});
    const ssize_t got = pread(fd, buffer_.data() + filled, room, static_cast<off_t>(base + filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    if (got == 0) break;  // shorter than a moment ago
    filled += static_cast<std::size_t>(got);
    std::size_t begin = 0;
    while (const void* feed = std::memchr(buffer_.data() + searched, '\n', filled - searched)) {
      const auto end = static_cast<std::size_t>(static_cast<const char*>(feed) - buffer_.data());
      if (skipped) {
        on_line({{}, *skipped, base + end + 1, false, true});
        skipped.reset();
      } else {
        on_line({{buffer_.data() + begin, end - begin}, base + begin, base + end + 1, false, false});
      }
      begin = searched = end + 1;
    }
    if (begin > 0) std::memmove(buffer_.data(), buffer_.data() + begin, filled - begin);
    filled -= begin;
    searched = filled;
    base += begin;
    if (on_progress) on_progress(static_cast<std::size_t>(got));
  }
  if (skipped) {
    on_line({{}, *skipped, base + filled, true, true});
  } else if (filled > 0) {
    on_line({{buffer_.data(), filled}, base, base + filled, true, false});
  }
  if (buffer_.size() > kKeptBuffer) std::vector<char>(kBlock).swap(buffer_);
  return true;
}

bool FileReader::read(const FoundFile& file, FileState& state, std::string& problem,
                      const std::function<void(std::size_t)>& on_progress) {
  struct stat status {};
  const posix::FileDescriptor fd = LineReader::open(file, status, problem);
  if (!fd) return problem.empty();
  const auto size = static_cast<std::uint64_t>(status.st_size);
  const bool is_continued = state.inode == status.st_ino && state.device == status.st_dev &&
                            size >= state.offset && fingerprint(fd.get(), state.offset) == state.fingerprint;
  if (!is_continued) state = {};
  state.tail = LineResult::kNothing;

  UsageReader& reader = reader_of(file);
  reader.open(file.below, state.reader);
  state.reader.clear();
  bool has_last = false;
  const Name name = ledger_.names().add(file.path);
  const auto on_line = [&](const FileLine& line) {
    if (line.is_too_long) {
      if (line.is_last)
        state.tail = LineResult::kTorn;
      else
        ++state.counts[static_cast<std::size_t>(LineResult::kUnreadable)];
    } else {
      take_line(reader, line.text, line.offset, line.is_last, state, name);
      has_last = has_last || line.is_last;
    }
    if (!line.is_last) state.offset = line.next;
  };
  if (!lines_.read(fd.get(), state.offset, size, kMaxLine, on_line, on_progress)) {
    problem = file.path + ": " + reason();
    return false;
  }
  // The state is that at `offset`: before the last line if that has no line feed.
  if (!has_last) state.reader = reader.state();
  state.device = status.st_dev;
  state.inode = status.st_ino;
  state.size = size;
  state.modified = nanoseconds(status.st_mtim);
  state.changed = nanoseconds(status.st_ctim);
  state.fingerprint = fingerprint(fd.get(), state.offset);
  return true;
}

}  // namespace atm::ledger
