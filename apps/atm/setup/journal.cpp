// SPDX-License-Identifier: MIT
#include "journal.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atm/json.hpp>
#include <atm/posix/ownership.hpp>
#include <cerrno>
#include <charconv>
#include <ctime>
#include <filesystem>
#include <system_error>
#include <tuple>
#include <utility>

#include "content_id.hpp"
#include "settings_file.hpp"
#include "text_file.hpp"

namespace atm::cli::setup {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostJournalBytes = 8 * 1024 * 1024;

std::string text_in(const json::Value& object, std::string_view key) {
  return std::string(json::get_string(object, key).value_or(""));
}

std::vector<std::string> texts_in(const json::Value& object, std::string_view key) {
  std::vector<std::string> texts;
  const json::Value* list = json::get_array(object, key);
  if (list == nullptr) return texts;
  for (const json::Value& one : list->GetArray()) {
    if (one.IsString()) texts.emplace_back(json::text_of(one));
  }
  return texts;
}

std::optional<Journal> parse(std::string_view text) {
  json::Reader reader;
  const json::Value* root = reader.parse(text);
  const json::Value* made = root == nullptr ? nullptr : json::get_object(*root, "made");
  if (made == nullptr) return std::nullopt;
  Journal journal;
  journal.file = text_in(*root, "file");
  journal.existed = json::get_bool(*root, "existed").value_or(true);
  journal.made_directory = text_in(*root, "made_directory");
  journal.written = texts_in(*root, "written");
  journal.size =
      static_cast<std::size_t>(std::max<std::int64_t>(0, json::get_int(*root, "written_bytes").value_or(0)));
  journal.backup = text_in(*root, "backup");
  journal.original = text_in(*root, "original");
  journal.former_status_line = text_in(*root, "former_status_line");
  journal.hook = text_in(*root, "hook");
  journal.time = text_in(*root, "time");
  journal.made.hooks = json::get_bool(*made, "hooks").value_or(false);
  journal.made.events = texts_in(*made, "events");
  journal.made.status_line = json::get_bool(*made, "status_line").value_or(false);
  journal.made.inherited = json::get_bool(*made, "inherited").value_or(false);
  return journal;
}

class Text final {
 public:
  void text(std::string_view key, std::string_view value) {
    json::member(writer_, key, utf8_sanitize(value));
  }
  void flag(std::string_view key, bool value) {
    json::key(writer_, key);
    writer_.Bool(value);
  }
  void texts(std::string_view key, const std::vector<std::string>& values) {
    json::key(writer_, key);
    writer_.StartArray();
    for (const std::string& value : values) json::string(writer_, utf8_sanitize(value));
    writer_.EndArray();
  }
  std::string of(const Journal& journal) {
    writer_.StartObject();
    text("file", journal.file);
    flag("existed", journal.existed);
    text("made_directory", journal.made_directory);
    texts("written", journal.written);
    json::key(writer_, "written_bytes");
    writer_.Uint64(journal.size);
    text("backup", journal.backup);
    text("original", journal.original);
    json::key(writer_, "made");
    writer_.StartObject();
    flag("hooks", journal.made.hooks);
    texts("events", journal.made.events);
    flag("status_line", journal.made.status_line);
    flag("inherited", journal.made.inherited);
    writer_.EndObject();
    text("former_status_line", journal.former_status_line);
    text("hook", journal.hook);
    text("time", journal.time);
    writer_.EndObject();
    return std::string(json::text_of(buffer_)) + '\n';
  }

 private:
  json::Buffer buffer_;
  json::Writer writer_{buffer_};
};

/// A stored text: `ID.TIME[-NUMBER].ENDING`.
struct Kept {
  std::string ending;
  std::string time;
  unsigned long number = 0;
  fs::path path{};

  friend bool operator<(const Kept& a, const Kept& b) {
    return std::tie(a.ending, a.time, a.number) < std::tie(b.ending, b.time, b.number);
  }
};

/// `rest` is the name without its id.
std::optional<Kept> parse_kept(std::string_view rest) {
  const std::size_t dot = rest.find('.');
  if (dot == rest.npos) return std::nullopt;
  const std::string_view when = rest.substr(0, dot);
  const std::size_t dash = when.find('-');
  Kept kept{std::string(rest.substr(dot + 1)), std::string(when.substr(0, dash))};
  if (kept.ending != "backup" && kept.ending != "original") return std::nullopt;
  if (dash != when.npos) {
    const std::string_view digits = when.substr(dash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), kept.number);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  }
  return kept;
}

/// By ending, oldest first.
std::vector<Kept> all_kept(const std::string& directory, const std::string& id) {
  const std::string stem = id + '.';
  std::vector<Kept> all;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(directory, ignored)) {
    const std::string name = entry.path().filename().string();
    auto kept =
        name.starts_with(stem) ? parse_kept(std::string_view(name).substr(stem.size())) : std::nullopt;
    if (!kept) continue;
    kept->path = entry.path();
    all.push_back(std::move(*kept));
  }
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace

bool Journal::is_unedited(std::string_view text) const {
  return std::count(written.begin(), written.end(), content_id(text)) != 0;
}

Result<void> JournalDirectory::hold() {
  if (path_.empty())
    return Error{ErrorCode::kInvalidField, "cannot store backups: HOME is not set; set HOME"};
  struct stat about {};
  fs::path there(path_);
  while (::stat(there.c_str(), &about) != 0 && there.has_relative_path()) there = there.parent_path();
  // sudo can keep the HOME of the user, who could not replace a file of root.
  if (::geteuid() == 0 && !posix::is_own(about))
    return Error{ErrorCode::kInvalidField,
                 there.string() + ' ' + posix::owner_text(about) + "; run this command as its owner"};
  std::error_code error;
  // A backup is a copy of the settings, which may contain tokens.
  const mode_t before = ::umask(077);
  fs::create_directories(path_, error);
  ::umask(before);
  if (error || ::stat(path_.c_str(), &about) != 0)
    return Error{ErrorCode::kIo, "cannot create " + path_ + " for backups: " + error.message()};
  if (!posix::is_own(about))
    return Error{ErrorCode::kInvalidField, path_ + ' ' + posix::owner_text(about) + "; move it away"};
  if (posix::is_accessible_by_others(about) && ::chmod(path_.c_str(), 0700) != 0)
    return Error{ErrorCode::kIo, path_ + " is readable by other users; run chmod 700 on it"};
  lock_ = FileDescriptor(::open((path_ + "/lock").c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!lock_ || ::flock(lock_.get(), LOCK_EX) != 0)
    return Error{ErrorCode::kIo, "cannot lock " + path_ + ": " + std::generic_category().message(errno)};
  return {};
}

std::string JournalDirectory::id_of(const std::string& file) const {
  return agent_ + '-' + content_id(file);
}

std::string JournalDirectory::path_of(const std::string& file) const {
  return path_ + '/' + id_of(file) + ".json";
}

std::optional<Journal> JournalDirectory::read(const std::string& file) const {
  const auto text = read_text_file(path_of(file), kMostJournalBytes);
  return text && *text ? parse(**text) : std::nullopt;
}

std::vector<Journal> JournalDirectory::all() const {
  std::vector<Journal> journals;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(path_, ignored)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(agent_ + '-') || entry.path().extension() != ".json") continue;
    const auto text = read_text_file(entry.path().string(), kMostJournalBytes);
    if (auto journal = text && *text ? parse(**text) : std::nullopt) journals.push_back(std::move(*journal));
  }
  std::sort(journals.begin(), journals.end(),
            [](const Journal& a, const Journal& b) { return a.file < b.file; });
  return journals;
}

Result<void> JournalDirectory::write(const Journal& journal) const {
  return write_private(path_of(journal.file), Text().of(journal));
}

void JournalDirectory::forget(const std::string& file) const {
  ::unlink(path_of(file).c_str());
}

Result<std::string> JournalDirectory::keep(const std::string& file, std::string_view ending,
                                           std::string_view text) const {
  const std::string now = utc_now();
  std::optional<unsigned long> newest;
  for (const Kept& kept : all_kept(path_, id_of(file))) {
    if (kept.time == now) newest = std::max(newest.value_or(0), kept.number);
  }
  const std::string number = newest ? '-' + std::to_string(*newest + 1) : "";
  const std::string name = id_of(file) + '.' + now + number + '.' + std::string(ending);
  if (auto written = write_private(path_ + '/' + name, text); !written) return written.error();
  return name;
}

std::optional<std::string> JournalDirectory::kept(const std::string& name) const {
  // The name is from the journal, which the user can edit.
  if (name.empty() || name.find('/') != name.npos) return std::nullopt;
  auto text = read_text_file(path_ + '/' + name, kMostSettingsBytes);
  return text ? std::move(*text) : std::nullopt;
}

void JournalDirectory::prune(const std::string& file) const {
  const auto journal = read(file);
  const auto all = all_kept(path_, id_of(file));
  for (auto first = all.begin(); first != all.end();) {
    const auto end =
        std::find_if(first, all.end(), [&](const Kept& kept) { return kept.ending != first->ending; });
    const auto last = end - std::min<std::ptrdiff_t>(end - first, kMostKept);
    for (auto at = first; at < last; ++at) {
      const fs::path name = at->path.filename();
      std::error_code ignored;
      // The first one is the file before any change by ATM.
      if (at == first || (journal && (name == journal->original || name == journal->backup))) continue;
      fs::remove(at->path, ignored);
    }
    first = end;
  }
}

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &parts)};
}

}  // namespace atm::cli::setup
