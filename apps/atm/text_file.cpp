// SPDX-License-Identifier: MIT
#include "text_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atm/file_descriptor.hpp>
#include <cerrno>
#include <system_error>

namespace atm::cli {

namespace {

Error failure() {
  return {ErrorCode::kIo, std::generic_category().message(errno)};
}

}  // namespace

Result<std::optional<std::string>> read_text_file(const std::string& path, std::size_t most) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!file) {
    if (errno == ENOENT || errno == ENOTDIR) return std::optional<std::string>{};
    return failure();
  }
  struct stat about {};
  if (::fstat(file.get(), &about) != 0) return failure();
  if (!S_ISREG(about.st_mode)) return Error{ErrorCode::kIo, "not a regular file"};
  std::string text;
  std::array<char, 16 * 1024> block{};
  for (;;) {
    const ssize_t got = ::read(file.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failure();
    if (got == 0) return std::optional(std::move(text));
    text.append(block.data(), static_cast<std::size_t>(got));
    if (text.size() > most) {
      return Error{ErrorCode::kIo, "longer than " + std::to_string(most) + " bytes"};
    }
  }
}

}  // namespace atm::cli
