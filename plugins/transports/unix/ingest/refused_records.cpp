// SPDX-License-Identifier: MIT
#include "ingest/refused_records.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atm/file_descriptor.hpp>
#include <atm/posix/ownership.hpp>
#include <atm/protocol/version.hpp>
#include <cerrno>
#include <cstdint>
#include <variant>

#include "ingest/envelope.hpp"

namespace unix_socket {

namespace protocol = atm::protocol;

namespace {

constexpr std::size_t kMostSent = 4 << 20;        // more than a socket holds
constexpr std::uint64_t kMostSpooled = 16 << 20;  // the limit of the hooks

bool is_hello(const protocol::Request* request) {
  const auto* hello = request == nullptr ? nullptr : std::get_if<protocol::Hello>(&request->message);
  return hello != nullptr && protocol::kProtocolVersion.compatible(hello->protocol_version);
}

bool is_record_without_answer(std::string_view line, protocol::ClientMessageReader& reader) {
  if (const auto envelope = parse_ingest_envelope(line)) return !envelope->ack;
  const auto read = reader.read(line);
  const auto* request = std::get_if<protocol::Request>(&read);
  const auto* ingest = request == nullptr ? nullptr : std::get_if<protocol::Ingest>(&request->message);
  return ingest != nullptr && !ingest->ack;
}

bool is_own_file(int fd, struct stat& about) {
  return ::fstat(fd, &about) == 0 && atm::posix::is_own_file(about) &&
         !atm::posix::is_writable_by_others(about);
}

/// The records file, under a shared lock. A daemon that renames the file waits for that lock before it finishes it.
atm::FileDescriptor open_records(int directory, struct stat& about) {
  constexpr int kTries = 3;  // another daemon may rename the file meanwhile
  for (int i = 0; i < kTries; ++i) {
    atm::FileDescriptor file(::openat(
        directory, "records", O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600));
    struct stat named {};
    if (!file || ::flock(file.get(), LOCK_SH | LOCK_NB) != 0 || !is_own_file(file.get(), about)) return {};
    if (::fstatat(directory, "records", &named, AT_SYMLINK_NOFOLLOW) == 0 && named.st_dev == about.st_dev &&
        named.st_ino == about.st_ino)
      return file;
  }
  return {};
}

}  // namespace

std::string take_what_was_sent(int socket) {
  // First, so that the peer can send nothing after the last byte read.
  ::shutdown(socket, SHUT_RD);
  std::string sent;
  for (;;) {
    constexpr std::size_t kChunk = 64 * 1024;
    const std::size_t size = sent.size();
    if (size >= kMostSent) return sent;
    sent.resize(size + kChunk);
    const ssize_t got = ::recv(socket, sent.data() + size, kChunk, MSG_DONTWAIT);
    sent.resize(size + static_cast<std::size_t>(got > 0 ? got : 0));
    if (got == 0 || (got < 0 && errno != EINTR)) return sent;
  }
}

std::vector<std::string_view> unanswered_records(std::string_view sent,
                                                 protocol::ClientMessageReader& reader) {
  std::vector<std::string_view> records;
  bool is_greeted = false;
  while (!sent.empty()) {
    std::string_view line = sent.substr(0, sent.find('\n'));
    sent.remove_prefix(std::min(line.size() + 1, sent.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
    if (is_greeted) {
      if (is_record_without_answer(line, reader)) records.push_back(line);
      continue;
    }
    const auto read = reader.read(line);
    if (!is_hello(std::get_if<protocol::Request>(&read))) return {};
    is_greeted = true;
  }
  return records;
}

bool append_to_spool(const std::string& directory, std::string_view record) {
  static_cast<void>(::mkdir(directory.c_str(), 0700));
  const atm::FileDescriptor place(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat about {};
  if (!place || ::fstat(place.get(), &about) != 0 || !atm::posix::is_own(about) ||
      atm::posix::is_writable_by_others(about))
    return false;
  const atm::FileDescriptor file = open_records(place.get(), about);
  std::string line = "\n";
  line.append(record) += '\n';
  if (!file || static_cast<std::uint64_t>(about.st_size) + line.size() > kMostSpooled) return false;
  // The reader counts a partial record.
  return ::write(file.get(), line.data(), line.size()) > 1;
}

}  // namespace unix_socket
