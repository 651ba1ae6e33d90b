// SPDX-License-Identifier: MIT
#include "server.hpp"

#include <atm/plugin/thread.hpp>
#include <atomic>
#include <cerrno>
#include <future>
#include <optional>
#include <thread>
#include <utility>
#include <vector>
#include <zmq.hpp>

#include "connection_limiter.hpp"
#include "counters.hpp"
#include "cross_thread_queue.hpp"
#include "curve.hpp"
#include "last_value_cache.hpp"
#include "notifier.hpp"
#include "publisher.hpp"
#include "requests.hpp"
#include "resources.hpp"
#include "router.hpp"
#include "subscription_filter.hpp"
#include "zap_handler.hpp"

namespace zeromq {

using atm::Status;

namespace {

constexpr int kBacklog = 64;
constexpr int kMaxZmqSockets = 16;
constexpr std::size_t kNewsAtOnce = 256;
constexpr std::size_t kRequestsAtOnce = 64;
constexpr std::uint64_t kEventsAtOnce = 512;
constexpr std::size_t kResentAtOnce = 256;

/// The result of a failed start; the text is for the user.
struct Refusal {
  Status status;
  std::string why;
};

zmq::context_t make_context() {
  zmq::context_t context;
  context.set(zmq::ctxopt::io_threads, 1);
  context.set(zmq::ctxopt::max_sockets, kMaxZmqSockets);
  context.set(zmq::ctxopt::blocky, 0);
  // The first socket starts the threads of the context, and libzmq aborts the process if that fails (decision 60).
  // Nothing else happens in between.
  probe_threads();
  return context;
}

}  // namespace

/// One thread that never blocks in a send: it waits for all sockets at once and processes a bounded part of each per
/// iteration.
class Server::ServerLoop final {
 public:
  ServerLoop(const atm::Host& host, const Settings& settings, const Keys& keys, atm::LocalListener publish,
             atm::LocalListener request)
      : host_(host),
        settings_(settings),
        context_(make_context()),
        publisher_(context_, settings.send_hwm, counters_),
        router_(context_, settings, counters_),
        publish_door_(context_, publisher_.socket(), "publish", std::move(publish), settings.max_connections),
        request_door_(context_, router_.socket(), "request", std::move(request), settings.max_connections),
        inbox_(std::make_shared<CrossThreadQueue>([wake = notifier_] { wake->notify(); })),
        cache_([this](std::string_view topic, const Text& text) { publisher_.publish(topic, text); }),
        requests_(host, settings, inbox_, counters_,
                  [this](Reply&& reply) { router_.send(std::move(reply)); }) {
    for (zmq::socket_t* const socket : {&publisher_.socket(), &router_.socket()})
      socket->set(zmq::sockopt::handshake_ivl, static_cast<int>(settings.handshake.count()));
    if (!keys.secret.empty()) zap_.emplace(context_, keys.allowed);
    publish_door_.open();
    request_door_.open();
    publish_tcp_ = bind_tcp(publisher_.socket(), settings.publish_tcp, keys);
    request_tcp_ = bind_tcp(router_.socket(), settings.request_tcp, keys);
    publish_door_.also_at(publish_tcp_);
    request_door_.also_at(request_tcp_);
  }

  [[nodiscard]] const std::string& publish_tcp() const noexcept { return publish_tcp_; }
  [[nodiscard]] const std::string& request_tcp() const noexcept { return request_tcp_; }

  [[nodiscard]] Status start() {
    const std::int64_t period = std::chrono::nanoseconds(settings_.heartbeat).count();
    const Status status = host_.start_timer(period, period, &ServerLoop::on_timer, this, timer_);
    if (status != Status::kOk) return status;
    thread_ = atm::start_thread("atm-zmq", [this] { run(); });
    return Status::kOk;
  }

  [[nodiscard]] Status stop(std::chrono::milliseconds deadline) {
    static_cast<void>(host_.cancel_timer(timer_));
    inbox_->close();
    is_stopping_ = true;
    notifier_->notify();
    if (thread_.joinable() && ended_.wait_for(deadline) != std::future_status::ready) return Status::kBusy;
    if (thread_.joinable()) thread_.join();
    return Status::kOk;
  }

  ~ServerLoop() {
    if (timer_ != 0) static_cast<void>(host_.cancel_timer(timer_));
    is_stopping_ = true;
    notifier_->notify();
    if (thread_.joinable()) thread_.join();
  }

 private:
  /// CURVE applies only to tcp: the local sockets are already bound, and later binds use it.
  static std::string bind_tcp(zmq::socket_t& socket, const std::string& endpoint, const Keys& keys) {
    if (endpoint.empty()) return {};
    if (!keys.secret.empty()) {
      socket.set(zmq::sockopt::curve_server, true);
      socket.set(zmq::sockopt::curve_secretkey, keys.secret);
      socket.set(zmq::sockopt::zap_domain, "atm");
    }
    socket.set(zmq::sockopt::ipv6, endpoint.find('[') != std::string::npos);
    try {
      socket.bind(endpoint);
    } catch (const zmq::error_t& error) {
      const bool is_taken = error.num() == EADDRINUSE;
      throw Refusal{is_taken ? Status::kExists : Status::kInvalid,
                    is_taken ? "another program serves " + endpoint + "; stop it, or choose another port"
                             : "cannot bind " + endpoint + ": " + error.what() + "; choose another address"};
    }
    return socket.get(zmq::sockopt::last_endpoint);
  }

  static void on_timer(void* self, std::uint64_t) {
    ServerLoop& loop = *static_cast<ServerLoop*>(self);
    loop.is_due_ = true;
    loop.notifier_->notify();
  }
  static void on_events(void* self, std::uint64_t) {
    ServerLoop& loop = *static_cast<ServerLoop*>(self);
    loop.has_events_ = true;
    loop.notifier_->notify();
  }

  void run() {
    try {
      while (!is_stopping_) {
        wait();
        turn();
      }
    } catch (const std::exception& error) {
      host_.log(atm::LogLevel::kError, "the server loop ended with an error",
                {atm::attr("error", error.what())});
    }
    if (subscription_ != 0) static_cast<void>(host_.unsubscribe(subscription_));
    counters_.flush(host_);
    has_ended_.set_value();
  }

  void wait() {
    std::vector<zmq::pollitem_t> items{{nullptr, notifier_->fd(), ZMQ_POLLIN, 0},
                                       {publisher_.socket().handle(), 0, ZMQ_POLLIN, 0},
                                       {router_.socket().handle(), 0, ZMQ_POLLIN, 0},
                                       publish_door_.poll_item(),
                                       request_door_.poll_item()};
    if (zap_) items.push_back(zap_->poll_item());
    const bool has_work = has_events_ || (cache_.has_resends() && may_resend_ > 0);
    try {
      zmq::poll(items, std::chrono::milliseconds(has_work ? 0 : -1));
    } catch (const zmq::error_t& error) {
      if (error.num() != EINTR) throw;
    }
    if (items.front().revents != 0) notifier_->clear();
  }

  /// Processes a part of all pending work.
  void turn() {
    if (zap_) zap_->answer(counters_);
    publish_door_.look(counters_);
    request_door_.look(counters_);
    take_subscriptions();
    take_events();
    resend();
    for (std::size_t i = 0; i < kRequestsAtOnce && router_.receive(requests_); ++i) continue;
    for (Answer& answer : inbox_->take()) requests_.deliver(std::move(answer));
    if (is_due_.exchange(false)) tick();
    counters_.flush(host_);
  }

  void take_subscriptions() {
    zmq::message_t message;
    for (std::size_t i = 0; i < kNewsAtOnce && publisher_.receive(message); ++i) {
      const SubscriptionFilter::Change change = filter_.take(message.to_string_view());
      if (change.is_new) cache_.request_resend(change.prefix);
    }
    if (filter_.is_any() && subscription_ == 0) follow();
  }

  void follow() {
    atm_subscription_options options{};
    options.size = sizeof options;
    options.activity = settings_.activity ? 1 : 0;
    options.ready = &ServerLoop::on_events;
    options.context = this;
    atm::ErrorBuffer error;
    const Status status = host_.subscribe(options, subscription_, error);
    if (status == Status::kOk) {
      is_refused_ = false;
      return;
    }
    subscription_ = 0;
    if (!std::exchange(is_refused_, true)) {
      host_.log(atm::LogLevel::kWarn, "the daemon cannot create the subscription; raise limits.subscribers",
                {atm::attr("reason", error.view())});
    }
  }

  void take_events() {
    if (subscription_ == 0 || !has_events_.exchange(false)) return;
    const Status status = host_.drain(subscription_, kEventsAtOnce, [this](const atm_event& event) {
      if (event.kind == ATM_EVENT_GAP) {
        counters_.add(Counter::kBusGaps);
        counters_.add(Counter::kBusMissed, event.missed);
      }
      cache_.take(event);
      return Status::kOk;
    });
    // The host notifies of the next event only after a drain that found nothing.
    if (status == Status::kOk) has_events_ = true;
  }

  void resend() {
    const std::size_t sent = cache_.resend(std::min(kResentAtOnce, may_resend_));
    may_resend_ -= sent;
    if (sent != 0) counters_.add(Counter::kResent, sent);
  }

  void tick() {
    // Half a queue per interval: resends alone, however many, never fill a subscriber's queue.
    may_resend_ = static_cast<std::size_t>(settings_.send_hwm) / 2;
    if (!filter_.is_any() && subscription_ != 0) {
      static_cast<void>(host_.unsubscribe(std::exchange(subscription_, 0)));
      has_events_ = false;  // without subscribers, pending events would keep the loop busy
      cache_.forget();
    }
    cache_.heartbeat(host_.wall_ns(), settings_.heartbeat.count());
    if (settings_.refresh.count() > 0) {
      // Each interval publishes its share, rounded up.
      const auto share = static_cast<std::size_t>(settings_.heartbeat.count());
      const auto whole = static_cast<std::size_t>(settings_.refresh.count());
      const std::size_t count = std::min((cache_.size() * share + whole - 1) / whole, cache_.size());
      cache_.refresh(count);
      if (count != 0) counters_.add(Counter::kResent, count);
    }
    requests_.sweep();
    publish_door_.tick(counters_);
    request_door_.tick(counters_);
    host_.gauge("subscribers", static_cast<std::int64_t>(publish_door_.connections()));
    host_.gauge("requesters", static_cast<std::int64_t>(request_door_.connections()));
    host_.gauge("waiting_bytes", static_cast<std::int64_t>(publisher_.waiting_bytes()));
  }

  const atm::Host& host_;
  const Settings& settings_;
  const std::shared_ptr<Notifier> notifier_ = std::make_shared<Notifier>();
  Counters counters_;
  zmq::context_t context_;  // before the sockets: destroyed after them
  std::optional<ZapHandler> zap_;
  Publisher publisher_;
  Router router_;
  ConnectionLimiter publish_door_;
  ConnectionLimiter request_door_;
  const std::shared_ptr<CrossThreadQueue> inbox_;
  SubscriptionFilter filter_;
  LastValueCache cache_;
  Requests requests_;
  std::string publish_tcp_;
  std::string request_tcp_;
  std::uint64_t timer_ = 0;
  std::uint64_t subscription_ = 0;
  std::size_t may_resend_ = kResentAtOnce;
  bool is_refused_ = false;
  std::atomic<bool> is_due_{false};
  std::atomic<bool> has_events_{false};
  std::atomic<bool> is_stopping_{false};
  std::promise<void> has_ended_;
  const std::future<void> ended_ = has_ended_.get_future();
  std::thread thread_;
};

Server::Server(const atm::Host& host, Settings settings) : host_(host), settings_(std::move(settings)) {}

Server::~Server() {
  static_cast<void>(stop(std::chrono::milliseconds(0)));
}

Status Server::start(std::string& error) {
  const auto give_up = [&error](const atm::Error& why) {
    error = why.message;
    return why.code == atm::ErrorCode::kBusy ? Status::kExists : Status::kInvalid;
  };
  const auto keys = admit_tcp(settings_);
  if (!keys) return give_up(keys.error());
  if (const auto reserved = reserve_descriptors(host_, settings_); !reserved)
    return give_up(reserved.error());
  auto publish = atm::LocalListener::open(settings_.publish_socket, "publish_socket", kBacklog);
  if (!publish) return give_up(publish.error());
  auto request = atm::LocalListener::open(settings_.request_socket, "request_socket", kBacklog);
  if (!request) return give_up(request.error());
  try {
    auto loop =
        std::make_unique<ServerLoop>(host_, settings_, *keys, std::move(*publish), std::move(*request));
    const Status status = loop->start();
    if (status != Status::kOk) {
      error = "the host refused a timer, expected one for the heartbeat";
      return status;
    }
    loop_ = std::move(loop);
  } catch (const Refusal& refusal) {
    error = refusal.why;
    return refusal.status;
  } catch (const zmq::error_t& failure) {
    error = std::string("ZeroMQ refuses: ") + failure.what();
    return Status::kInvalid;
  }
  host_.gauge("send_hwm", settings_.send_hwm);
  host_.gauge("max_connections", static_cast<std::int64_t>(settings_.max_connections));
  host_.gauge("max_requests", static_cast<std::int64_t>(settings_.max_requests));
  host_.gauge("request_bytes", static_cast<std::int64_t>(settings_.request_bytes));
  host_.gauge("out_bytes", static_cast<std::int64_t>(settings_.out_bytes));
  host_.log(atm::LogLevel::kInfo, "serving",
            {atm::attr("publish", std::string_view(settings_.publish_socket)),
             atm::attr("request", std::string_view(settings_.request_socket)),
             atm::attr("publish_tcp", std::string_view(loop_->publish_tcp())),
             atm::attr("request_tcp", std::string_view(loop_->request_tcp())),
             atm::attr("curve", !keys->secret.empty())});
  return Status::kOk;
}

Status Server::stop(std::chrono::milliseconds deadline) {
  if (!loop_) return Status::kOk;
  const Status status = loop_->stop(deadline);
  if (status == Status::kOk) loop_.reset();
  return status;
}

}  // namespace zeromq
