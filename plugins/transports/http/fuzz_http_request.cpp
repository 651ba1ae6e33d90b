// SPDX-License-Identifier: MIT
// Sends the bytes of an HTTP client through a connection over a socket pair, once whole and once split. Both runs give
// the same answers and records, and no record without the token. Each answer is complete and counted once, and a client
// that has sent everything is closed without a deadline.
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atm/domain/utf8.hpp>
#include <atm/file_descriptor.hpp>
#include <atm/testing/fake_host.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "connection.hpp"

using namespace http_ingest;
using atm::Status;

namespace {

constexpr std::size_t kMostPieces = 8;
constexpr std::string_view kToken = "7a7a7a7a7a7a7a7a";

void require(bool holds) {
  if (!holds) std::abort();
}

Settings settings() {
  Settings small;
  small.header_bytes = 512;
  small.body_bytes = 1024;
  small.busy = std::chrono::milliseconds(0);
  return small;
}

struct Outcome {
  std::string answers;
  std::vector<atm::testing::OwnedRecord> records;
  std::map<std::string, std::int64_t, std::less<>> metrics;

  [[nodiscard]] std::int64_t count(std::string_view name) const {
    const auto found = metrics.find(name);
    return found == metrics.end() ? 0 : found->second;
  }
};

/// Creating one is slower than most requests.
boost::asio::io_context& io() {
  static boost::asio::io_context one{1};
  return one;
}

/// A client whose connection runs on this thread after each send.
class Exchange final {
 public:
  explicit Exchange(Status status) {
    fake_.set_ingest_status(status);
    std::array<int, 2> ends{};
    require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    client_ = atm::FileDescriptor(ends[0]);
    Connection::Socket socket(io());
    socket.assign(boost::asio::ip::tcp::v4(), ends[1]);
    std::make_shared<Connection>(std::move(socket), context_, kId, [this](std::uint64_t id) {
      require(id == kId);
      ++closed_;
    })->start();
  }

  void send(std::string_view part) {
    // May be closed already: the server does not read a refused request to the end.
    static_cast<void>(::send(client_.get(), part.data(), part.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
    run_server();
  }

  Outcome finish() {
    ::shutdown(client_.get(), SHUT_WR);
    // Twice, because the server may have waited for room for its answers.
    for (int i = 0; i < 2; ++i) {
      run_server();
      receive();
    }
    require(closed_ == 1);
    return {std::move(answers_), fake_.records(), fake_.metrics()};
  }

 private:
  static constexpr std::uint64_t kId = 7;

  /// Until it waits for the client.
  static void run_server() {
    io().restart();
    io().poll();
  }

  void receive() {
    std::array<char, 16 * 1024> bytes;
    for (;;) {
      const ssize_t got = ::recv(client_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
      if (got <= 0) return;
      answers_.append(bytes.data(), static_cast<std::size_t>(got));
    }
  }

  atm::testing::FakeHost fake_;
  const atm::Host host_{fake_.c()};
  const Settings settings_ = settings();
  ServerContext context_{host_, settings_, RequestAuthorizer(std::string(kToken), settings_.body_bytes)};
  std::string answers_;
  int closed_ = 0;
  atm::FileDescriptor client_;
};

Outcome serve(std::string_view bytes, std::size_t step, Status status) {
  Exchange exchange(status);
  for (; !bytes.empty(); bytes.remove_prefix(std::min(step, bytes.size())))
    exchange.send(bytes.substr(0, step));
  return exchange.finish();
}

/// Number of answers, without 100 Continue.
std::int64_t count_answers(std::string_view text, std::int64_t& ok) {
  std::int64_t count = 0;
  while (!text.empty()) {
    require(text.starts_with("HTTP/1.1 "));
    const std::size_t end = text.find("\r\n\r\n");
    require(end != text.npos);
    const std::string head(text.substr(0, end));
    text.remove_prefix(end + 4);
    const std::size_t length = head.find("Content-Length: ");
    const std::size_t size = length == head.npos ? 0 : std::strtoul(&head[length + 16], nullptr, 10);
    require(size <= text.size());
    const std::string_view body = text.substr(0, size);
    require(body.empty() || body == "{}" || body.starts_with("{\"error\":\""));
    require(body.empty() == head.starts_with("HTTP/1.1 100"));
    require((body == "{}") == head.starts_with("HTTP/1.1 200"));
    text.remove_prefix(size);
    if (!body.empty()) ++count;
    if (body == "{}") ++ok;
  }
  return count;
}

std::size_t count_tokens(std::string_view bytes) {
  std::size_t count = 0;
  for (std::size_t at = bytes.find(kToken); at != bytes.npos; at = bytes.find(kToken, at + 1)) ++count;
  return count;
}

bool has_chunks(std::string_view bytes) {
  constexpr std::string_view kWord = "chunked";
  return std::search(bytes.begin(), bytes.end(), kWord.begin(), kWord.end(), [](char a, char b) {
           return (static_cast<unsigned char>(a) | 0x20U) == static_cast<unsigned char>(b);
         }) != bytes.end();
}

void check(const Outcome& outcome, std::string_view bytes) {
  std::int64_t ok = 0;
  const std::int64_t answered = count_answers(outcome.answers, ok);
  require(ok == outcome.count("records") + outcome.count("records_skipped"));
  std::int64_t counted = ok;
  for (const char* const name : {"requests_malformed", "forbidden", "unauthorized", "requests_unknown",
                                 "requests_too_large", "records_refused", "records_dropped"})
    counted += outcome.count(name);
  require(answered == counted && outcome.count("timeouts") == 0);

  require(outcome.records.size() == static_cast<std::size_t>(outcome.count("records")));
  require(outcome.records.size() <= count_tokens(bytes));
  for (const auto& record : outcome.records) {
    require(record.payload.size() <= settings().body_bytes && atm::utf8_valid(record.payload));
    require(bytes.find("/v1/ingest/" + record.channel) != bytes.npos);
    require(has_chunks(bytes) || bytes.find(record.payload) != bytes.npos);
  }
}

bool is_same(const Outcome& a, const Outcome& b) {
  const auto shorter = std::min(a.records.size(), b.records.size());
  for (std::size_t i = 0; i < shorter; ++i) {
    if (a.records[i].channel != b.records[i].channel || a.records[i].payload != b.records[i].payload)
      return false;
  }
  // Beast may detect an invalid header or one over header_bytes sooner or later, depending on the split; both are
  // valid.
  if (a.count("requests_malformed") + b.count("requests_malformed") != 0) return true;
  return a.answers == b.answers && a.metrics == b.metrics && a.records.size() == b.records.size();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // The first byte: position of the split; the second: the host's result for records.
  if (size < 2) return 0;
  constexpr std::array kStatus{Status::kOk,       Status::kOk,      Status::kSkip,   Status::kBusy,
                               Status::kNotFound, Status::kInvalid, Status::kClosed, Status::kTooLarge};
  const Status status = kStatus[data[1] % kStatus.size()];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const Outcome whole = serve(bytes, std::max<std::size_t>(bytes.size(), 1), status);
  check(whole, bytes);
  const Outcome cut = serve(bytes, std::max(std::size_t{1} + data[0], bytes.size() / kMostPieces), status);
  check(cut, bytes);
  require(is_same(whole, cut));
  return 0;
}
