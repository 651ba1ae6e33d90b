// SPDX-License-Identifier: MIT
#include "tmux_setup.hpp"

#include <array>
#include <atm/posix/xdg.hpp>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <vector>

#include "environment.hpp"
#include "program.hpp"
#include "settings_file.hpp"
#include "unified_diff.hpp"

namespace atm::cli::setup {

namespace {

constexpr std::string_view kBegin = "# atm: begin; atm setup tmux --remove removes these lines\n";
// The file did not exist before.
constexpr std::string_view kBeginOfNew =
    "# atm: begin of a new file; atm setup tmux --remove removes these lines\n";
constexpr std::string_view kEnd = "# atm: end\n";
// Those of tmux itself in the table prefix, as far as they are letters.
constexpr std::string_view kDefaultKeys = " C D E L M c d f i l m n o p q r s t w x z ";
constexpr std::array<std::string_view, 10> kCandidates{"A", "a", "G", "g", "B", "b", "Y", "y", "U", "u"};

std::string file_of_tmux() {
  const auto directories = posix::XdgDirectories::of_this_process();
  if (directories.home.empty()) return {};
  const std::string file = directories.home + "/.tmux.conf";
  const std::string in_config = directories.config + "/tmux/tmux.conf";
  std::error_code ignored;
  return !std::filesystem::exists(file, ignored) && std::filesystem::exists(in_config, ignored) ? in_config
                                                                                                : file;
}

Result<SettingsFile> open_configuration() {
  const std::string file = file_of_tmux();
  if (file.empty())
    return Error{ErrorCode::kInvalidField,
                 "cannot find the configuration of tmux: HOME is not set; set HOME"};
  return open_settings(file);
}

// What a running server has bound, such as by a plugin.
std::string keys_of_server() {
  const std::string tmux = doctor::Environment::of_this_process("").find_program("tmux");
  if (tmux.empty()) return {};
  const ProcessResult ran = run_program({tmux, "list-keys", "-T", "prefix"}, std::chrono::seconds(2));
  return ran.in_time && ran.code == 0 ? ran.output : "";
}

bool is_plain(std::string_view path) {
  return path.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-") ==
         path.npos;
}

struct Keys {
  std::string popup;
  std::string menu;
};

Result<Keys> free_keys(const std::string& configuration) {
  const std::string used =
      std::string(kDefaultKeys) + bound_tmux_keys(configuration) + bound_tmux_keys(keys_of_server());
  std::vector<std::string> free;
  for (const std::string_view key : kCandidates) {
    if (used.find(" " + std::string(key) + " ") == used.npos) free.emplace_back(key);
  }
  if (free.size() >= 2) return Keys{free[0], free[1]};
  return Error{
      ErrorCode::kInvalidField,
      "tmux has bound A, a, G, g, B, b, Y, y, U and u, expected two free keys; bind keys of your choice as "
      "dashboard.md in the documentation shows"};
}

std::string lines_for(const std::string& atm, const Keys& keys, bool is_new) {
  std::string lines(is_new ? kBeginOfNew : kBegin);
  lines += "bind-key " + keys.popup + " run-shell '" + atm + " popup'\n";
  lines += "bind-key " + keys.menu + " run-shell '" + atm + " menu'\n";
  // A file that is read again must not add a second segment.
  lines += "if-shell -F '#{m:*segment --tmux*,#{status-right}}' '' \"set-option -ga status-right ' #(" + atm +
           " segment --tmux)'\"\n";
  return lines.append(kEnd);
}

Result<std::string> finish(const SettingsFile& file, const std::string& text, bool deletes, bool is_dry,
                           const std::string& report) {
  if (is_dry) return unified_diff(file.text, text, file.path);
  if (auto done = deletes ? remove_settings(file) : replace_settings(file, text); !done) return done.error();
  return report;
}

}  // namespace

Result<std::string> without_tmux_lines(std::string_view text) {
  std::string out;
  bool is_ours = false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end);
    if (line == kBegin || line == kBeginOfNew) {
      is_ours = true;
    } else if (is_ours) {
      is_ours = line != kEnd && line != kEnd.substr(0, kEnd.size() - 1);
    } else {
      out += line;
    }
  }
  if (!is_ours) return out;
  return Error{
      ErrorCode::kInvalidField,
      "the lines of atm have no end, expected '# atm: end'; remove the lines from '# atm: begin' yourself"};
}

std::string bound_tmux_keys(std::string_view text) {
  std::string keys = " ";
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    std::vector<std::string_view> words;
    while (true) {
      const std::size_t begin = line.find_first_not_of(" \t");
      if (begin == line.npos) break;
      line.remove_prefix(begin);
      const std::size_t length = std::min(line.find_first_of(" \t"), line.size());
      words.push_back(line.substr(0, length));
      line.remove_prefix(length);
    }
    // A line may contain several commands, and a condition may contain one in quotes.
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
      const std::size_t from = words[i].find_first_not_of("'\"{");
      const std::string_view command = from == words[i].npos ? "" : words[i].substr(from);
      if (command != "bind" && command != "bind-key") continue;
      std::string_view table = "prefix";
      std::size_t at = i + 1;
      for (; at < words.size() && words[at].size() > 1 && words[at].front() == '-'; ++at) {
        const std::string_view option = words[at];
        if (option.find('n') != option.npos) table = "root";
        if ((option.back() == 'T' || option.back() == 'N') && at + 1 < words.size()) {
          ++at;
          if (option.back() == 'T') table = words[at];
        }
      }
      if (at < words.size() && table == "prefix") keys.append(words[at]).append(" ");
    }
  }
  return keys;
}

Result<std::string> connect_tmux(const SetupOptions& options) {
  const auto file = open_configuration();
  if (!file) return file.error();
  auto text = without_tmux_lines(file->text);
  if (!text) return Error{text.error().code, file->path + ": " + text.error().message};
  std::error_code ignored;
  const std::string atm = std::filesystem::read_symlink("/proc/self/exe", ignored).string();
  if (atm.empty() || !is_plain(atm))
    return Error{ErrorCode::kInvalidField,
                 "the path of atm is '" + atm +
                     "', expected letters, digits, '_', '-', '.' and '/'; install it in such a "
                     "directory"};
  // Keys that ATM has bound before are free.
  const auto keys = free_keys(*text);
  if (!keys) return keys.error();
  if (!text->empty() && text->back() != '\n') *text += '\n';
  const bool is_new = !file->exists || file->text.starts_with(kBeginOfNew);
  *text += lines_for(atm, *keys, is_new);
  return finish(
      *file, *text, false, options.dry_run,
      "tmux    prefix " + keys->popup + " opens the dashboard in a popup, prefix " + keys->menu +
          " a menu of the sessions that need you;\n        the status bar shows how many need you, work and "
          "are done\nload    tmux source-file " +
          file->path + "\nundo    atm setup --remove tmux\n");
}

Result<std::string> disconnect_tmux(const SetupOptions& options) {
  const auto file = open_configuration();
  if (!file) return file.error();
  const auto text = without_tmux_lines(file->text);
  if (!text) return Error{text.error().code, file->path + ": " + text.error().message};
  if (*text == file->text) return std::string("tmux    nothing to remove\n");
  const bool deletes = text->empty() && file->text.starts_with(kBeginOfNew);
  return finish(*file, *text, deletes, options.dry_run,
                "tmux    removed the lines of atm from " + file->path +
                    "; a running server keeps its keys until it ends\n");
}

}  // namespace atm::cli::setup
