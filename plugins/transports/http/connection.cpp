// SPDX-License-Identifier: MIT
#include "connection.hpp"

#include <algorithm>
#include <atm/domain/utf8.hpp>
#include <atm/json.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/status.hpp>
#include <utility>

#include "record_context.hpp"

namespace http_ingest {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using atm::Status;

namespace {

// Time for a refused client to stop sending and to read the reason.
constexpr Connection::Milliseconds kLinger{1000};
constexpr Connection::Milliseconds kHostPause{2};
constexpr std::size_t kReadAhead = 64 * 1024;

std::string_view view(boost::beast::string_view text) noexcept {
  return {text.data(), text.size()};
}

template <class Fields, class Name>
std::optional<std::string_view> only(const Fields& fields, Name name) {
  if (fields.count(name) != 1) return std::nullopt;
  return view(fields[name]);
}

template <class Parser>
Head head_of(const Parser& parser) {
  const auto& fields = parser.get();
  Head head;
  head.method = view(fields.method_string());
  head.target = view(fields.target());
  head.host = only(fields, http::field::host);
  head.authorization = only(fields, http::field::authorization);
  if (const auto length = parser.content_length()) head.content_length = *length;
  head.has_origin = fields.count(http::field::origin) != 0;
  return head;
}

/// Clients interpret none of its members as a decision.
std::string error_body(std::string_view why) {
  atm::json::Buffer buffer;
  atm::json::Writer writer(buffer);
  writer.StartObject();
  atm::json::member(writer, "error", why);
  writer.EndObject();
  return std::string(atm::json::text_of(buffer));
}

std::string response(unsigned status, std::string_view body, bool is_last) {
  const auto reason = http::obsolete_reason(http::int_to_status(status));
  std::string text = "HTTP/1.1 " + std::to_string(status) + ' ' + std::string(reason.data(), reason.size()) +
                     "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size());
  if (status == 401) text += "\r\nWWW-Authenticate: Bearer";
  if (status == 405) text += "\r\nAllow: POST";
  if (status == 503) text += "\r\nRetry-After: 1";
  text += is_last ? "\r\nConnection: close\r\n\r\n" : "\r\nConnection: keep-alive\r\n\r\n";
  return text.append(body);
}

}  // namespace

Connection::Connection(Socket socket, ServerContext& context, std::uint64_t id, Closed closed)
    : socket_(std::move(socket)),
      deadline_(socket_.get_executor()),
      pause_(socket_.get_executor()),
      context_(context),
      id_(id),
      closed_(std::move(closed)),
      buffer_(context.settings.header_bytes + kReadAhead) {}

void Connection::start() {
  ErrorCode ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  next_request();
}

void Connection::reject(Socket& socket) {
  ErrorCode ignored;
  socket.non_blocking(true, ignored);
  socket.write_some(
      asio::buffer(response(503, error_body("too many connections; close one, or try again"), true)),
      ignored);
}

void Connection::next_request() {
  if (is_finishing_ && buffer_.size() == 0 && !is_first_) return close();
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(context_.settings.header_bytes));
  parser_->body_limit(boost::none);  // until the header is parsed
  if (buffer_.size() != 0) return read_head();
  const bool is_first = std::exchange(is_first_, false);
  is_waiting_ = !is_first;
  close_after(is_first ? context_.settings.request : context_.settings.idle, is_first);
  socket_.async_wait(Socket::wait_read, [self = shared_from_this()](const ErrorCode& error) {
    if (error) return;
    if (std::exchange(self->is_waiting_, false)) self->close_after(self->context_.settings.request, true);
    self->read_head();
  });
}

void Connection::read_head() {
  if (!is_first_ && buffer_.size() != 0) close_after(context_.settings.request, true);
  http::async_read_header(socket_, buffer_, *parser_,
                          [self = shared_from_this()](const ErrorCode& error, std::size_t) {
                            if (self->is_readable(error)) self->on_head();
                          });
}

bool Connection::is_readable(const ErrorCode& error) {
  if (!error) return true;
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    refuse(431, "the header is longer than header_bytes", Counter::kRequestsMalformed);
  } else if (error == http::error::body_limit) {
    refuse(413, "the body is longer than body_bytes", Counter::kRequestsTooLarge);
  } else if (error.category() == http::make_error_code(http::error::end_of_stream).category() &&
             error != http::error::end_of_stream && error != http::error::partial_message) {
    refuse(400, "not HTTP/1.1: " + error.message(), Counter::kRequestsMalformed);
  } else {
    close();
  }
  return false;
}

void Connection::on_head() {
  arrived_ns_ = context_.host.wall_ns();
  context_.counters.add(Counter::kRequests);
  if (const auto refusal = context_.authorizer.check(head_of(*parser_)))
    return refuse(refusal->status, refusal->why, refusal->counter);
  parser_->body_limit(context_.settings.body_bytes);
  const auto& fields = parser_->get();
  if (boost::beast::iequals(fields[http::field::expect], "100-continue")) return send_continue();
  read_body();
}

void Connection::send_continue() {
  out_ = "HTTP/1.1 100 Continue\r\n\r\n";
  write([this] { read_body(); });
}

void Connection::read_body() {
  http::async_read(socket_, buffer_, *parser_,
                   [self = shared_from_this()](const ErrorCode& error, std::size_t) {
                     if (!self->is_readable(error)) return;
                     self->is_busy_ = false;
                     self->deliver();
                   });
}

void Connection::deliver() {
  const auto& request = parser_->get();
  Counters& counters = context_.counters;
  if (!atm::utf8_valid(request.body())) {
    counters.add(Counter::kRecordsRefused);
    return answer(400, error_body("the body is not UTF-8"), false);
  }
  const auto context = context_of(view(request["X-Atm-Tmux-Pane"]), view(request["X-Atm-Tmux"]),
                                  view(request["X-Atm-Config-Dir"]));
  const std::string_view channel = RequestAuthorizer::channel_of(view(request.target()));
  const atm_record record{sizeof(atm_record),
                          0,
                          arrived_ns_,
                          atm::to_c(channel),
                          atm::to_c(request.body()),
                          context.view().begin(),
                          context.view().size()};
  atm::ErrorBuffer error;
  const Status status = context_.host.ingest(record, error);
  if (status == Status::kBusy) return wait_for_host();
  if (status == Status::kOk || status == Status::kSkip) {
    counters.add(status == Status::kOk ? Counter::kRecords : Counter::kRecordsSkipped);
    return answer(200, "{}", false);
  }
  const bool is_for_later = status == Status::kClosed || status == Status::kPaused;
  counters.add(is_for_later ? Counter::kRecordsDropped : Counter::kRecordsRefused);
  if (status == Status::kNotFound) return answer(404, error_body("no plugin reads this channel"), false);
  if (status == Status::kClosed) return answer(503, error_body("the daemon is stopping"), true);
  const std::string_view why = error.view().empty() ? "the payload is malformed" : error.view();
  if (status == Status::kPaused) return answer(503, error_body(why), false);
  answer(status == Status::kInvalid || status == Status::kTooLarge ? 400 : 500, error_body(why), false);
}

void Connection::wait_for_host() {
  const auto now = std::chrono::steady_clock::now();
  if (!std::exchange(is_busy_, true)) {
    busy_until_ = now + context_.settings.busy;
    context_.counters.add(Counter::kBackpressureWaits);
  }
  if (now >= busy_until_) {
    context_.counters.add(Counter::kRecordsDropped);
    return answer(503, error_body("the registry's queue stayed full"), false);
  }
  // The time limit restarts after the wait for the host.
  close_after(context_.settings.busy + context_.settings.request, true);
  pause_.expires_after(kHostPause);
  pause_.async_wait([self = shared_from_this()](const ErrorCode& error) {
    if (!error && self->socket_.is_open()) self->deliver();
  });
}

void Connection::refuse(unsigned status, std::string_view why, Counter counter) {
  context_.counters.add(counter);
  answer(status, error_body(why), true);
}

void Connection::answer(unsigned status, std::string_view body, bool is_last) {
  context_.counters.flush(context_.host);
  is_last = is_last || is_finishing_ || !parser_->keep_alive();
  out_ = response(status, body, is_last);
  close_after(context_.settings.request, true);
  write([this, is_last] {
    if (!is_last) return next_request();
    const bool is_all_read = parser_->is_done() && buffer_.size() == 0;
    is_all_read ? close() : linger();
  });
}

void Connection::write(std::function<void()> then) {
  asio::async_write(socket_, asio::buffer(out_),
                    [self = shared_from_this(), then = std::move(then)](const ErrorCode& error, std::size_t) {
                      error ? self->close() : then();
                    });
}

void Connection::linger() {
  // Closing with unread input would discard the answer.
  ErrorCode ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
  close_after(kLinger, false);
  discard();
}

void Connection::discard() {
  socket_.async_read_some(asio::buffer(discarded_),
                          [self = shared_from_this()](const ErrorCode& error, std::size_t) {
                            error ? self->close() : self->discard();
                          });
}

void Connection::close_after(Milliseconds time, bool is_fault) {
  const auto at = std::chrono::steady_clock::now() + time;
  deadline_.expires_at(is_finishing_ ? std::min(at, end_) : at);
  deadline_.async_wait([self = shared_from_this(), is_fault](const ErrorCode& error) {
    // A deadline that expired just before it was extended is void.
    if (error || self->deadline_.expiry() > std::chrono::steady_clock::now()) return;
    if (is_fault) self->context_.counters.add(Counter::kTimeouts);
    self->close();
  });
}

void Connection::finish(Milliseconds grace) {
  is_finishing_ = true;
  end_ = std::chrono::steady_clock::now() + grace;
  if (is_waiting_) return close();
  close_after(grace, false);
}

void Connection::close() {
  if (!socket_.is_open()) return;
  ErrorCode ignored;
  socket_.close(ignored);
  deadline_.cancel();
  pause_.cancel();
  context_.counters.flush(context_.host);
  // Last, because it may destroy this object.
  closed_(id_);
}

}  // namespace http_ingest
