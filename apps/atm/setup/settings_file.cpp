// SPDX-License-Identifier: MIT
#include "settings_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <atm/file_descriptor.hpp>
#include <atm/posix/ownership.hpp>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <system_error>

#include "file_attributes.hpp"
#include "text_file.hpp"

namespace atm::cli::setup {

namespace {

Error failed(const std::string& doing) {
  return {ErrorCode::kIo, doing + ": " + std::generic_category().message(errno)};
}
Error refused(const std::string& path, const std::string& what) {
  return {ErrorCode::kInvalidField, path + ' ' + what};
}

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<void> check_directory(const std::string& directory) {
  struct stat about {};
  if (::stat(directory.c_str(), &about) != 0) {
    // It is created later if the parent directories permit it.
    if (errno == ENOENT && directory != "/") return check_directory(directory_of(directory));
    return failed("cannot use directory " + directory);
  }
  if (!S_ISDIR(about.st_mode)) return refused(directory, "is not a directory; move it away");
  // The owner could not use what root creates there.
  if (::geteuid() == 0 && !posix::is_own(about))
    return refused(directory, posix::owner_text(about) + "; run this command as its owner");
  const bool is_closed = posix::is_own(about) && (about.st_mode & S_IWUSR) == 0;
  if (is_closed || ::access(directory.c_str(), W_OK | X_OK) != 0)
    return refused(
        directory,
        "is read-only, expected a writable directory; run chmod u+w on it, or change the file where "
        "it is managed");
  return {};
}

Result<void> check_file(const std::string& path, const struct stat& about) {
  if (S_ISDIR(about.st_mode)) return refused(path, "is a directory, expected a file; move it away");
  if (!S_ISREG(about.st_mode)) return refused(path, "is not a regular file; move it away");
  if (!posix::is_own(about))
    return refused(path, posix::owner_text(about) + "; run this command as its owner, or change the owner");
  if ((about.st_mode & S_IWUSR) == 0)
    return refused(path, "is read-only, expected a writable file; run chmod u+w on it");
  if (about.st_nlink > 1) {
    return refused(
        path, "has " + std::to_string(about.st_nlink) +
                  " hard links, which a replacement would separate; make it a separate file or a symbolic "
                  "link");
  }
  return {};
}

Result<std::string> real_path(const std::string& path) {
  char* const found = ::realpath(path.c_str(), nullptr);
  if (found == nullptr) return failed("cannot resolve " + path);
  std::string real(found);
  std::free(found);
  return real;
}

Result<SettingsFile> missing(const std::string& named) {
  SettingsFile file;
  file.path = named;
  std::string there = directory_of(named);
  if (auto right = check_directory(there); !right) return right.error();
  std::size_t missing_size = 0;
  while (there != "/" && ::access(there.c_str(), F_OK) != 0) {
    missing_size = there.size();
    there = directory_of(there);
  }
  const auto real = real_path(there);
  if (!real) return file;
  // The path that the file has once its directories exist.
  const std::size_t known_size = there == "/" ? 0 : there.size();
  const std::string begin = *real == "/" ? "" : *real;
  file.path = begin + named.substr(known_size);
  if (missing_size > 0) file.missing_directory = begin + named.substr(known_size, missing_size - known_size);
  return file;
}

Result<void> make_directories(const std::string& directory) {
  if (::access(directory.c_str(), F_OK) == 0) return {};
  for (std::size_t slash = directory.find('/', 1);; slash = directory.find('/', slash + 1)) {
    const std::string part = directory.substr(0, slash);
    if (::mkdir(part.c_str(), 0700) != 0 && errno != EEXIST && errno != EROFS)
      return failed("cannot create " + part);
    if (slash == std::string::npos) return {};
  }
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = ::write(fd, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

void sync_directory(const std::string& directory) {
  const FileDescriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // The rename is done; a file system that cannot sync directories persists it later.
  if (fd) static_cast<void>(::fsync(fd.get()));
}

Result<void> replace(const SettingsFile& file, std::string_view text, bool is_checked) {
  const std::string directory = directory_of(file.path);
  if (auto made = make_directories(directory); !made) return made.error();
  // A fixed name, so that the next run removes what a crash leaves; a lock excludes concurrent runs.
  const std::string draft = directory + "/." + file.path.substr(file.path.rfind('/') + 1) + ".atm-new";
  ::unlink(draft.c_str());
  FileDescriptor fd(::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd) return failed("cannot write in " + directory);
  const auto give_up = [&draft](Error error) {
    ::unlink(draft.c_str());
    return error;
  };
  // The default access list of the directory does not apply to this file.
  static_cast<void>(::fremovexattr(fd.get(), "system.posix_acl_access"));
  const bool is_grouped = file.group == static_cast<gid_t>(-1) || ::fchown(fd.get(), -1U, file.group) == 0;
  // Without its group or its access list the file becomes private to its owner.
  const mode_t mode = is_grouped ? file.mode : file.mode & 0700U;
  bool is_written = write_all(fd.get(), text) && ::fchmod(fd.get(), mode) == 0;
  const FileDescriptor old(file.exists ? ::open(file.path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC) : -1);
  if (is_written && old && is_grouped && !copy_attributes(old.get(), fd.get()))
    is_written = ::fchmod(fd.get(), mode & 0700U) == 0;
  if (!is_written || ::fsync(fd.get()) != 0)
    return give_up(failed("cannot write " + file.path + ", which is unchanged"));
  fd = FileDescriptor();
  if (is_checked) {
    const auto now = open_settings(file.path);
    if (!now || now->exists != file.exists || now->text != file.text)
      return give_up({ErrorCode::kBusy, file.path + " changed meanwhile; try again"});
  }
  if (::rename(draft.c_str(), file.path.c_str()) != 0)
    return give_up(failed("cannot replace " + file.path + ", which is unchanged"));
  sync_directory(directory);
  return {};
}

}  // namespace

Result<SettingsFile> open_settings(const std::string& named) {
  struct stat about {};
  if (::lstat(named.c_str(), &about) != 0) {
    if (errno == ENOENT) return missing(named);
    return failed("cannot use " + named);
  }
  const auto real = real_path(named);
  if (!real && S_ISLNK(about.st_mode))
    return refused(named, "is a link to a file that does not exist; create that file or remove the link");
  if (!real) return real.error();
  if (::stat(real->c_str(), &about) != 0) return failed("cannot use " + *real);
  if (auto right = check_file(*real, about); !right) return right.error();
  if (auto right = check_directory(directory_of(*real)); !right) return right.error();
  auto text = read_text_file(*real, kMostSettingsBytes);
  if (!text) return Error{ErrorCode::kIo, "cannot read " + *real + ": " + text.error().message};
  if (!*text) return Error{ErrorCode::kBusy, *real + " was removed; try again"};
  return SettingsFile{*real, true, std::move(**text), about.st_mode & 07777U, about.st_gid};
}

Result<void> replace_settings(const SettingsFile& file, std::string_view text) {
  return replace(file, text, true);
}

Result<void> remove_settings(const SettingsFile& file, const std::string& made_directory) {
  const auto now = open_settings(file.path);
  if (!now || now->text != file.text)
    return Error{ErrorCode::kBusy, file.path + " changed meanwhile; try again"};
  if (::unlink(file.path.c_str()) != 0) return failed("cannot remove " + file.path);
  std::string directory = directory_of(file.path);
  const auto is_made = [&] {
    return !made_directory.empty() && (directory + '/').starts_with(made_directory + '/');
  };
  while (is_made() && ::rmdir(directory.c_str()) == 0) directory = directory_of(directory);
  sync_directory(directory);
  return {};
}

Result<void> write_private(const std::string& path, std::string_view text) {
  SettingsFile file;
  file.path = path;
  return replace(file, text, false);
}

}  // namespace atm::cli::setup
