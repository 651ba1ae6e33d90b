// SPDX-License-Identifier: MIT
#pragma once

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace atm::test {

/// A private directory that the destructor removes.
class TempDir final {
 public:
  TempDir() {
    std::string name = (std::filesystem::temp_directory_path() / "atm-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a temporary directory");
    path_ = std::filesystem::canonical(name);
  }
  ~TempDir() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  /// The path of a file in it.
  [[nodiscard]] std::string path(std::string_view name) const { return (path_ / name).string(); }

  /// Creates a directory with exactly this mode.
  std::filesystem::path directory(std::string_view name, mode_t mode = 0755) const {
    std::filesystem::path made = path_ / name;
    std::filesystem::create_directories(made);
    ::chmod(made.c_str(), mode);
    return made;
  }
  /// Writes a file with exactly this mode, and the directories above it.
  std::filesystem::path file(std::string_view name, std::string_view content, mode_t mode = 0644) const {
    std::filesystem::path made = path_ / name;
    if (!std::filesystem::exists(made.parent_path()))
      directory(made.parent_path().lexically_relative(path_).string());
    std::ofstream(made, std::ios::binary) << content;
    ::chmod(made.c_str(), mode);
    return made;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace atm::test
