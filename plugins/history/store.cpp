// SPDX-License-Identifier: MIT
#include "store.hpp"

#include <atm/domain/timestamp.hpp>
#include <atm/plugin/thread.hpp>
#include <atm/plugin/values.hpp>
#include <chrono>
#include <fstream>
#include <history/past_reader.hpp>
#include <limits>
#include <memory>
#include <string>

namespace history {
namespace {

constexpr std::int64_t kRestoreLimitNs = 2'000'000'000;

std::string boot_id() {
  std::ifstream in("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(in, id);
  return id;
}

atm::Status status_of(atm::ErrorCode code) {
  switch (code) {
    case atm::ErrorCode::kBusy:
      return atm::Status::kExists;
    case atm::ErrorCode::kUnsupported:
      return atm::Status::kUnsupported;
    case atm::ErrorCode::kInvalidField:
      return atm::Status::kInvalid;
    default:
      return atm::Status::kInternal;
  }
}

/// Passes what the reader finds to a sink of the host, until that returns an error.
class SinkFold final : public atm::history::PastFold {
 public:
  explicit SinkFold(const atm_past_sink& sink) : sink_(sink) {}

  bool restore(std::string_view checkpoint) override {
    return sink_.checkpoint(sink_.self, data_of(checkpoint), checkpoint.size()) == ATM_OK;
  }
  std::string state() override {
    const std::uint8_t* data = nullptr;
    std::uint64_t size = 0;
    if (sink_.state(sink_.self, &data, &size) != ATM_OK) return {};
    return {reinterpret_cast<const char*>(data), size};
  }
  bool input(const atm::history::Input& input) override {
    input.lend([&](const atm_stored& one) { result_ = sink_.input(sink_.self, &one, input.arrived_ns); });
    return result_ == ATM_OK;
  }
  bool hole(const atm::history::Hole& hole, const std::string* checkpoint, bool& is_restored) override {
    const std::string_view state = checkpoint == nullptr ? std::string_view() : *checkpoint;
    result_ =
        sink_.gap(sink_.self, hole.from_ns, hole.to_ns, atm::to_c(hole.why), data_of(state), state.size());
    is_restored = checkpoint != nullptr && result_ == ATM_OK;
    if (result_ == ATM_SKIP) result_ = ATM_OK;
    return result_ == ATM_OK;
  }
  void begin() noexcept { result_ = ATM_OK; }
  [[nodiscard]] atm_status result() const noexcept { return result_; }

 private:
  static const std::uint8_t* data_of(std::string_view text) noexcept {
    return reinterpret_cast<const std::uint8_t*>(text.data());
  }

  const atm_past_sink& sink_;
  atm_status result_ = ATM_OK;
};

std::string time_text(std::int64_t ns) {
  return atm::to_rfc3339(atm::Timestamp(std::chrono::nanoseconds(ns)));
}

/// A history that is open for as long as a replay lasts.
struct OpenPast {
  explicit OpenPast(const std::string& path) : file(atm::history::HistoryFile::open_read_only(path)) {}

  std::unique_ptr<atm::history::HistoryFile> file;
  atm::history::PastReader reader{*file, time_text};
};

/// Passes the past from one time. `why` is set if the result is not that of the sink.
atm_status pass(std::unique_ptr<OpenPast>& past, const std::string& path, std::int64_t at_ns,
                std::int64_t now_ns, SinkFold& fold, std::string& why) {
  fold.begin();
  try {
    if (!past) past = std::make_unique<OpenPast>(path);
    const auto found = past->reader.seek(at_ns, now_ns, fold);
    if (!found) {
      why = found.error().message;
      return ATM_E_NOT_FOUND;
    }
    constexpr std::int64_t kEnd = std::numeric_limits<std::int64_t>::max();
    if (fold.result() == ATM_OK) static_cast<void>(past->reader.play(kEnd, fold));
    return fold.result();
  } catch (const atm::sqlite::SqlError& failed) {
    past.reset();
    why = path + " cannot be read: " + failed.what();
    return ATM_E_INTERNAL;
  }
}

}  // namespace

HistoryStore::HistoryStore(const atm::Host& host, std::string_view config_json)
    : host_(host), settings_(Settings::parse(config_json)) {}

HistoryStore::~HistoryStore() {
  static_cast<void>(stop(1000));
}

atm::Status HistoryStore::start(atm::ErrorText& error) {
  WriterOptions options;
  options.settings = settings_;
  options.boot = boot_id();
  options.version = ATM_HISTORY_VERSION;
  options.wall_ns = [host = host_] { return host.wall_ns(); };
  options.monotonic_ns = [host = host_] { return host.monotonic_ns(); };
  options.report = [host = host_](bool is_problem, const std::string& text) {
    host.log(is_problem ? atm::LogLevel::kError : atm::LogLevel::kInfo, text);
  };
  options.gauge = [host = host_](std::string_view name, std::int64_t value) { host.gauge(name, value); };
  writer_ = std::make_shared<Writer>(std::move(options));
  thread_ = atm::start_thread("atm-history", [writer = writer_] { writer->run(); });
  // A disk that does not answer is a matter of restore(): the daemon starts without its state, and writes later.
  if (!writer_->wait_open(kRestoreLimitNs)) return atm::Status::kOk;
  const auto failure = writer_->failure();
  if (!failure) return atm::Status::kOk;
  error.set(failure->message);
  return status_of(failure->code);
}

atm::Status HistoryStore::restore(const atm_restore_sink& sink, atm_restored& result, atm::ErrorText& error) {
  const auto opened = writer_->take_opened();
  if (!opened) {
    error.set(settings_.directory +
              "/history.db: the disk does not answer within 2 s, expected an open file; the "
              "history begins with a gap");
    return atm::Status::kBusy;
  }
  const atm::history::Restored& kept = opened->restored;
  if (kept.is_empty) {
    host_.log(atm::LogLevel::kInfo,
              "the history begins now; atm import adds the turns of existing transcripts");
    return atm::Status::kSkip;
  }
  result.is_unclean = kept.is_unclean ? 1 : 0;
  result.next_seq = kept.next_seq;
  std::size_t checkpoint = 0;
  for (; checkpoint < kept.checkpoints.size(); ++checkpoint) {
    const std::string& state = kept.checkpoints[checkpoint];
    if (sink.checkpoint(sink.self, reinterpret_cast<const std::uint8_t*>(state.data()), state.size()) ==
        ATM_OK)
      break;
  }
  pass_inputs(*opened, checkpoint, sink);
  return atm::Status::kOk;
}

/// The inputs after the newest checkpoint are in memory; those after an older one are read from the file.
void HistoryStore::pass_inputs(const Opened& opened, std::size_t checkpoint,
                               const atm_restore_sink& sink) const {
  const auto pass = [&sink](const atm::history::Input& input) {
    input.lend([&sink](const atm_stored& one) { static_cast<void>(sink.input(sink.self, &one)); });
  };
  if (checkpoint == 0) {
    for (const atm::history::Input& input : opened.inputs) pass(input);
    return;
  }
  const auto file = atm::history::HistoryFile::open_read_only(settings_.directory + "/history.db");
  const bool is_none = checkpoint >= opened.restored.positions.size();
  constexpr std::int64_t kDayNs = 86'400'000'000'000;
  const std::int64_t since_ns = is_none ? host_.wall_ns() - kDayNs : 0;
  file->read(is_none ? file->position_at(since_ns) : opened.restored.positions[checkpoint],
             [&](const atm::history::Input& input, std::uint64_t) {
               if (input.arrived_ns >= since_ns) pass(input);
               return true;
             });
}

atm_status HistoryStore::append(std::span<const atm_stored* const> inputs) {
  return writer_->append(inputs);
}

atm::Status HistoryStore::checkpoint(std::span<const std::uint8_t> state, std::uint64_t seq) {
  const std::string_view bytes(reinterpret_cast<const char*>(state.data()), state.size());
  return writer_->checkpoint(bytes, seq) ? atm::Status::kOk : atm::Status::kBusy;
}

atm::Status HistoryStore::past(std::int64_t at_ns, const atm_past_sink& sink, atm::ErrorText& /*error*/) {
  // Copies: the disk may hold this thread until the instance is gone.
  const std::string path = settings_.directory + "/history.db";
  const atm::Host host = host_;
  std::unique_ptr<OpenPast> past;
  SinkFold fold(sink);
  while (true) {
    std::string why;
    const atm_status result = pass(past, path, at_ns, host.wall_ns(), fold, why);
    const atm_status next = sink.next(sink.self, result, atm::to_c(why), &at_ns);
    if (next != ATM_OK) return static_cast<atm::Status>(next);
  }
}

atm::Status HistoryStore::stop(std::uint32_t deadline_ms) {
  if (!thread_.joinable()) return atm::Status::kOk;
  if (writer_->stop(std::int64_t{deadline_ms} * 1'000'000)) {
    thread_.join();
    return atm::Status::kOk;
  }
  // The disk holds the thread; it shares the ownership of all that it uses, and ends with the process.
  thread_.detach();
  return atm::Status::kBusy;
}

}  // namespace history
