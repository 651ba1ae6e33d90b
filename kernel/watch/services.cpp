// SPDX-License-Identifier: MIT
#include "kernel/watch/services.hpp"

#include <atm/domain/utf8.hpp>
#include <atm/plugin/values.hpp>
#include <cstddef>
#include <vector>

namespace atm::kernel {
namespace {

// Text for a plugin; copied only if it is not valid UTF-8.
class PluginText {
 public:
  explicit PluginText(std::string_view bytes) : text_(bytes) {
    if (utf8_valid(bytes)) return;
    mended_ = utf8_sanitize(bytes);
    text_ = mended_;
  }
  PluginText(const PluginText&) = delete;
  PluginText& operator=(const PluginText&) = delete;

  [[nodiscard]] atm_str c() const noexcept { return to_c(text_); }

 private:
  std::string mended_;
  std::string_view text_;
};

template <class Body>
atm_status guarded(Body&& body) noexcept {
  try {
    return body();
  } catch (...) {
    return ATM_E_INTERNAL;
  }
}

atm_status status_of(WatchError error) {
  switch (error) {
    case WatchError::kNone:
      return ATM_OK;
    case WatchError::kInvalid:
      return ATM_E_INVALID;
    case WatchError::kFull:
      return ATM_E_FULL;
    case WatchError::kNotFound:
      return ATM_E_NOT_FOUND;
    case WatchError::kClosed:
      break;
  }
  return ATM_E_CLOSED;
}

atm_status status_of(ProcessReading reading) {
  switch (reading) {
    case ProcessReading::kRead:
      return ATM_OK;
    case ProcessReading::kNotSet:
      return ATM_SKIP;
    case ProcessReading::kNotThere:
      return ATM_E_NOT_FOUND;
    case ProcessReading::kTooLarge:
      return ATM_E_TOO_LARGE;
    case ProcessReading::kNotReadable:
      break;
  }
  return ATM_E_UNSUPPORTED;
}

atm_status status_of(FileState state) {
  if (state == FileState::kGone) return ATM_E_NOT_FOUND;
  return state == FileState::kTooLarge ? ATM_E_TOO_LARGE : ATM_OK;
}

ConsumeResult taken(atm_status status) {
  return status == ATM_E_BUSY ? ConsumeResult::kBusy : ConsumeResult::kTaken;
}

bool is_usable(const atm_process_sink* sink) {
  return sink != nullptr && sink->process != nullptr;
}
bool is_usable(const atm_text_sink* sink) {
  return sink != nullptr && sink->text != nullptr;
}

atm_status give(const atm_process_sink& sink, const ProcessEntry& entry) {
  const PluginText tty(entry.tty);
  const PluginText comm(entry.comm);
  const PluginText exe(entry.exe);
  const PluginText cwd(entry.cwd);
  const atm_process process{sizeof(atm_process),
                            entry.uid,
                            entry.pid,
                            entry.ppid,
                            entry.start_ticks,
                            entry.age_ns,
                            static_cast<unsigned char>(entry.state),
                            entry.is_zombie ? 1U : 0U,
                            tty.c(),
                            comm.c(),
                            exe.c(),
                            cwd.c()};
  return sink.process(sink.self, &process);
}

bool is_variable_name(std::string_view name) {
  constexpr std::size_t kLongest = 256;
  // An entry of /proc/PID/environ is NAME=VALUE, and a zero byte ends it.
  constexpr std::string_view kNever("=\0", 2);
  return !name.empty() && name.size() <= kLongest && name.find_first_of(kNever) == std::string_view::npos;
}

}  // namespace

atm_status process_lookup(Watcher& watcher, std::int64_t pid, const atm_process_sink* sink) noexcept {
  if (!is_usable(sink)) return ATM_E_INVALID;
  return guarded([&] {
    const auto entry = watcher.processes().lookup(pid);
    return entry ? give(*sink, *entry) : ATM_E_NOT_FOUND;
  });
}

atm_status process_find(Watcher& watcher, std::uint64_t pid_ns, std::int64_t pid, std::uint64_t start_ticks,
                        const atm_process_sink* sink) noexcept {
  if (!is_usable(sink)) return ATM_E_INVALID;
  return guarded([&] {
    const auto entry = watcher.processes().find(pid_ns, pid, start_ticks);
    return entry ? give(*sink, *entry) : ATM_E_NOT_FOUND;
  });
}

atm_status process_list(Watcher& watcher, const atm_str* names, std::uint64_t name_count,
                        const atm_process_sink* sink) noexcept {
  constexpr std::uint64_t kMostNames = 1024;
  if (!is_usable(sink) || name_count > kMostNames || (names == nullptr && name_count > 0))
    return ATM_E_INVALID;
  return guarded([&]() -> atm_status {
    std::vector<std::string_view> wanted;
    for (std::uint64_t i = 0; i < name_count; ++i) wanted.push_back(to_view(names[i]));
    for (const ProcessEntry& entry : watcher.processes().list(wanted)) {
      const atm_status status = give(*sink, entry);
      if (status != ATM_OK) return status;
    }
    return ATM_OK;
  });
}

atm_status process_environment(Watcher& watcher, std::int64_t pid, std::uint64_t start_ticks, atm_str name,
                               const atm_text_sink* sink) noexcept {
  if (!is_usable(sink) || !is_variable_name(to_view(name))) return ATM_E_INVALID;
  return guarded([&] {
    std::string value;
    const ProcessReading reading = watcher.processes().environment(pid, start_ticks, to_view(name), value);
    if (reading != ProcessReading::kRead) return status_of(reading);
    return sink->text(sink->self, PluginText(value).c());
  });
}

atm_status process_arguments(Watcher& watcher, std::int64_t pid, std::uint64_t start_ticks,
                             const atm_text_sink* sink) noexcept {
  if (!is_usable(sink)) return ATM_E_INVALID;
  return guarded([&] {
    std::vector<std::string> values;
    atm_status status = status_of(watcher.processes().arguments(pid, start_ticks, values));
    for (const std::string& value : values) {
      if (status == ATM_OK) status = sink->text(sink->self, PluginText(value).c());
    }
    return status;
  });
}

atm_status process_boot_id(Watcher& watcher, const atm_text_sink* sink) noexcept {
  if (!is_usable(sink)) return ATM_E_INVALID;
  return guarded([&] {
    const std::string& id = watcher.processes().boot_id();
    return id.empty() ? ATM_E_UNSUPPORTED : sink->text(sink->self, to_c(id));
  });
}

atm_status process_watch(Watcher& watcher, Watcher::Owner owner, std::int64_t pid, std::uint64_t start_ticks,
                         atm_process_exit_fn fn, void* context, std::uint64_t* watch) noexcept {
  if (fn == nullptr || watch == nullptr) return ATM_E_INVALID;
  return guarded([&] {
    // An exception of a plugin must not end the thread, which serves all plugins.
    const auto ended = [=](Watcher::Id id) {
      static_cast<void>(guarded([&] { return fn(context, id, pid, start_ticks), ATM_OK; }));
    };
    return status_of(watcher.watch_process(owner, pid, start_ticks, ended, *watch));
  });
}

atm_status process_unwatch(Watcher& watcher, Watcher::Owner owner, std::uint64_t watch) noexcept {
  return guarded([&] { return status_of(watcher.remove(owner, Watcher::Kind::kProcess, watch)); });
}

atm_status file_follow(Watcher& watcher, Watcher::Owner owner, const atm_file_follow* options,
                       std::uint64_t* follow) noexcept {
  // The size of the first version of the struct. A plugin with a newer SDK may pass a longer one.
  constexpr std::size_t kLeast = offsetof(atm_file_follow, event) + sizeof(atm_file_follow::event);
  if (follow == nullptr || options == nullptr || options->size < kLeast || options->line == nullptr ||
      options->start > ATM_FILE_FROM_TAIL)
    return ATM_E_INVALID;
  return guarded([&] {
    FileTailOptions tail;
    tail.path = to_view(options->path);
    tail.start = static_cast<TailStart>(options->start);
    tail.offset = options->offset;
    if (options->max_line_bytes != 0) tail.max_line_bytes = options->max_line_bytes;
    const auto line = [fn = options->line, context = options->context](Watcher::Id id, const TailLine& l) {
      return taken(guarded([&] {
        const PluginText text(l.text);
        const atm_file_line out{sizeof(atm_file_line), 0, l.offset, l.next_offset, text.c()};
        return fn(context, id, &out);
      }));
    };
    const auto event = [fn = options->event, context = options->context](Watcher::Id id, TailEvent e) {
      if (fn == nullptr) return;
      static_cast<void>(guarded([&] { return fn(context, id, static_cast<std::uint32_t>(e)), ATM_OK; }));
    };
    return status_of(watcher.follow(owner, std::move(tail), line, event, *follow));
  });
}

atm_status directory_watch(Watcher& watcher, Watcher::Owner owner, const atm_directory_watch* options,
                           std::uint64_t* watch) noexcept {
  constexpr std::size_t kLeast =
      offsetof(atm_directory_watch, changed) + sizeof(atm_directory_watch::changed);
  if (watch == nullptr || options == nullptr || options->size < kLeast || options->changed == nullptr ||
      options->names > ATM_DIRECTORY_DIGITS)
    return ATM_E_INVALID;
  return guarded([&] {
    const DirectoryWatchOptions directory{std::string(to_view(options->path)),
                                          std::string(to_view(options->suffix)),
                                          options->names == ATM_DIRECTORY_DIGITS};
    const auto changed = [fn = options->changed, context = options->context](Watcher::Id id,
                                                                             const FileChange& change) {
      return taken(guarded([&] {
        const PluginText name(change.name);
        const PluginText content(change.content);
        const atm_file_change out{sizeof(atm_file_change), status_of(change.state), name.c(), content.c()};
        return fn(context, id, &out);
      }));
    };
    return status_of(watcher.watch_directory(owner, directory, changed, *watch));
  });
}

atm_status directory_retry(Watcher& watcher, Watcher::Owner owner, std::uint64_t watch, atm_str name,
                           std::int64_t delay_ns) noexcept {
  return guarded([&] { return status_of(watcher.retry(owner, watch, to_view(name), delay_ns)); });
}

atm_status file_close(Watcher& watcher, Watcher::Owner owner, std::uint64_t id) noexcept {
  return guarded([&] { return status_of(watcher.remove(owner, Watcher::Kind::kFile, id)); });
}

}  // namespace atm::kernel
