// SPDX-License-Identifier: MIT
#include "ingest/spool_file.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace unix_socket {

namespace {

constexpr std::size_t kChunkBytes = 256 * 1024;
constexpr std::size_t kLeastChunkBytes = 4 * 1024;
constexpr std::size_t kOverwriteBytes = 16 * 1024;
// The first byte of a partly struck out line, if the daemon was killed; no record begins with it.
constexpr char kStruckOut = '\x18';  // CAN

// The first byte of a record that is or was being parsed; other records begin with a brace. JSON has neither byte.
constexpr char kMarks[] = {'{', '\x01', '\x02'};

unsigned deaths_in(char first) noexcept {
  return first == kMarks[1] ? 1U : first == kMarks[2] ? 2U : 0U;
}

/// Reads up to `size` bytes.
std::size_t read_at(int fd, char* to, std::size_t size, std::uint64_t offset) noexcept {
  std::size_t all = 0;
  while (all < size) {
    const ssize_t got = ::pread(fd, to + all, size - all, static_cast<off_t>(offset + all));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    all += static_cast<std::size_t>(got);
  }
  return all;
}

}  // namespace

SpoolFile::SpoolFile(SpoolInput input, std::size_t line_bytes)
    : input_(std::move(input)), line_bytes_(line_bytes) {}

bool SpoolFile::read_on(const Judge& judge, bool is_renamed) {
  if (is_complete_) return true;
  // First, so that bytes written meanwhile are read.
  const bool is_left = is_renamed && is_left_by_writers(input_.fd);
  // Filling a large buffer takes longer than reading a small file.
  const std::size_t chunk = std::clamp<std::size_t>(input_.size, kLeastChunkBytes, kChunkBytes);
  if (buffer_.size() < chunk) buffer_.resize(chunk);
  while (read_at_ < kMostBytes) {
    const std::size_t size = read_at(input_.fd.get(), buffer_.data(), buffer_.size(), read_at_);
    if (size == 0) break;
    take({buffer_.data(), size}, judge);
  }
  is_complete_ = is_left || read_at_ >= kMostBytes;
  // A record without a newline is judged by its bytes.
  if (is_complete_) end_line({}, judge);
  settle_earliest();
  return is_complete_;
}

void SpoolFile::take(std::string_view chunk, const Judge& judge) {
  while (!chunk.empty()) {
    if (read_at_ == line_at_) is_struck_out_ = chunk.front() == kStruckOut;
    const std::size_t end = chunk.find('\n');
    if (end == std::string_view::npos) {
      keep(chunk);
      read_at_ += chunk.size();
      return;
    }
    read_at_ += end;
    end_line(chunk.substr(0, end), judge);
    chunk.remove_prefix(end + 1);
    line_at_ = ++read_at_;
  }
}

void SpoolFile::keep(std::string_view part) {
  is_too_long_ = is_too_long_ || begun_.size() + part.size() > line_bytes_;
  if (is_too_long_) {
    begun_.clear();
  } else {
    begun_.append(part);
  }
}

void SpoolFile::end_line(std::string_view last_part, const Judge& judge) {
  std::string_view line = last_part;
  bool is_unwanted = is_struck_out_;
  if (is_struck_out_) {
    line = {};
  } else if (is_too_long_ || begun_.size() + last_part.size() > line_bytes_) {
    static_cast<void>(judge({}));
    line = {};
    is_unwanted = true;
  } else if (!begun_.empty()) {
    line = begun_.append(last_part);
  }
  if (!line.empty()) {
    const unsigned deaths = deaths_in(line.front());
    if (deaths > 0) {
      if (begun_.empty()) begun_.assign(line);
      begun_.front() = kMarks[0];
      line = begun_;
    }
    if (const auto judged = judge(line)) {
      add({line_at_, line.size(), judged->time_ns, judged->time_ns, deaths, judged->group});
    } else {
      is_unwanted = true;
    }
  }
  // Already counted; must not be counted again.
  if (is_unwanted) static_cast<void>(strike_out(line_at_, read_at_ - line_at_));
  begun_.clear();
  is_too_long_ = is_struck_out_ = false;
}

void SpoolFile::limit_times(std::int64_t most_ns) noexcept {
  if (latest_ns_ <= most_ns) return;
  latest_ns_ = most_ns;
  for (Place& place : places_) place.time_ns = std::min(place.time_ns, most_ns);
  settle_earliest();
}

void SpoolFile::settle_earliest() noexcept {
  if (!places_.empty()) places_.back().earliest_ns = places_.back().time_ns;
  for (std::size_t i = places_.size(); i-- > 1;) {
    places_[i - 1].earliest_ns = std::min(places_[i - 1].time_ns, places_[i].earliest_ns);
  }
}

std::optional<std::size_t> SpoolFile::find(std::int64_t until_ns,
                                           std::span<const std::size_t> without) const noexcept {
  for (std::size_t i = 0; i < places_.size() && places_[i].earliest_ns <= until_ns; ++i) {
    const Place& place = places_[i];
    if (place.time_ns <= until_ns && std::find(without.begin(), without.end(), place.group) == without.end())
      return i;
  }
  return std::nullopt;
}

void SpoolFile::add(const Place& place) {
  places_.push_back(place);
  ++groups_[place.group];
  latest_ns_ = std::max(latest_ns_, place.time_ns);
}

bool SpoolFile::append(std::string_view text, const Line& line, unsigned deaths, std::uint64_t most_bytes) {
  if (!is_complete_) return false;
  // Once nothing waits, struck out lines need no space.
  if (places_.empty() && read_at_ > 0 && ::ftruncate(input_.fd.get(), 0) == 0) read_at_ = 0;
  // A newline precedes it, as hooks write it: a killed daemon may have left a partial line.
  std::string bytes = '\n' + std::string(text) + '\n';
  if (deaths > 0 && bytes[1] == kMarks[0]) bytes[1] = kMarks[deaths];
  if (read_at_ + bytes.size() > most_bytes) return false;
  const auto at = static_cast<off_t>(read_at_);
  // On disk, one write is complete unless the disk is full.
  if (::pwrite(input_.fd.get(), bytes.data(), bytes.size(), at) != static_cast<ssize_t>(bytes.size())) {
    static_cast<void>(!::ftruncate(input_.fd.get(), at));
    return false;
  }
  add({read_at_ + 1, text.size(), line.time_ns, line.time_ns, deaths, line.group});
  for (std::size_t i = places_.size() - 1; i-- > 0 && places_[i].earliest_ns > line.time_ns;)
    places_[i].earliest_ns = line.time_ns;
  read_at_ += bytes.size();
  return true;
}

std::optional<std::string_view> SpoolFile::text_of(std::size_t line) {
  const Place& place = places_[line];
  if (buffer_.size() < place.size) buffer_.resize(place.size);
  if (read_at(input_.fd.get(), buffer_.data(), place.size, place.offset) != place.size) return std::nullopt;
  if (deaths_in(buffer_.front()) > 0) buffer_.front() = kMarks[0];
  return std::string_view(buffer_.data(), place.size);
}

void SpoolFile::begin_try(std::size_t line) {
  write_mark(line, std::min(places_[line].deaths + 1, kMostDeaths));
}

void SpoolFile::take_back_try(std::size_t line) {
  write_mark(line, places_[line].deaths);
}

void SpoolFile::write_mark(std::size_t line, unsigned deaths) {
  const Place& place = places_[line];
  char first = '\0';
  // Every record of a hook begins with a brace; other lines are handwritten and have no byte for a mark.
  if (read_at(input_.fd.get(), &first, 1, place.offset) != 1) return;
  if (first != kMarks[0] && deaths_in(first) == 0) return;
  static_cast<void>(!::pwrite(input_.fd.get(), &kMarks[deaths], 1, static_cast<off_t>(place.offset)));
}

bool SpoolFile::drop(std::size_t line) {
  const Place done = places_[line];
  places_.erase(places_.begin() + static_cast<std::ptrdiff_t>(line));
  if (const auto group = groups_.find(done.group); --group->second == 0) groups_.erase(group);
  if (line > 0) settle_earliest();
  return strike_out(done.offset, done.size);
}

/// A kill between two bytes leaves nothing, the whole line, or a line that begins with kStruckOut.
bool SpoolFile::strike_out(std::uint64_t offset, std::uint64_t size) {
  return overwrite(offset, size, kStruckOut) && overwrite(offset, size, '\n');
}

bool SpoolFile::overwrite(std::uint64_t offset, std::uint64_t size, char with) {
  const std::string bytes(std::min<std::uint64_t>(size, kOverwriteBytes), with);
  while (size > 0) {
    const std::size_t most = std::min<std::uint64_t>(size, bytes.size());
    const ssize_t written = ::pwrite(input_.fd.get(), bytes.data(), most, static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    offset += static_cast<std::uint64_t>(written);
    size -= static_cast<std::uint64_t>(written);
  }
  return true;
}

}  // namespace unix_socket
