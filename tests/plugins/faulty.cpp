// SPDX-License-Identifier: MIT
// A parser, analyzer and transport that fails at the configured place and in the configured way.
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <atm/json.hpp>
#include <atm/plugin.hpp>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>

namespace {

// The volatile page keeps the compiler from turning the recursion into a loop.
int overflow_stack(int depth) {
  volatile char page[4096] = {};
  page[depth % 4096] = 1;
  return depth < 0 ? 0 : overflow_stack(depth + 1) + page[0];
}

void use_thread_time(long ms) {
  const auto now = [] {
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1'000'000;
  };
  for (const long until = now() + ms; now() < until;) {
  }
}

class Faulty final : public atm::Parser, public atm::Analyzer, public atm::Transport {
 public:
  static constexpr atm::Descriptor kDescriptor{"faulty", "1.0.0", "Fails where its configuration says",
                                               R"({"type":"object","additionalProperties":false,"properties":{
          "at":{"enum":["create","start","parse","analyze","stop"]},
          "how":{"enum":["abort","segv","overflow","kill","exit","loop","pause","throw","internal","busy","sleep"]}}})"};

  Faulty(const atm::Host&, std::string_view config) {
    atm::json::Reader reader;
    const atm::json::Value* root = reader.parse(config);
    at_ = atm::json::get_string(*root, "at").value_or("");
    how_ = atm::json::get_string(*root, "how").value_or("");
    static_cast<void>(fail("create"));
  }
  std::span<const std::string_view> channels() const noexcept override { return kChannels; }
  std::string_view prefix() const noexcept override { return "faulty."; }

  /// Fails at payloads that begin with "bad"; any other payload is the name of a session.
  atm::Status parse(const atm::Record& record, const atm::ObservationSink& sink,
                    atm::ErrorText& error) const override {
    if (record.payload.starts_with("bad")) {
      const atm::Status status = fail("parse");
      if (status != atm::Status::kOk) error.set("this record is bad");
      if (status != atm::Status::kOk) return status;
    }
    return sink.emit({"session.started", record.payload, "bad"});
  }
  atm::Status analyze(const atm::ObservationView&, const atm::SessionSnapshot&, const atm::FactSink&,
                      atm::ErrorText&) override {
    return fail("analyze");
  }
  atm::Status start(atm::ErrorText&) override { return fail("start"); }
  atm::Status stop(std::uint32_t) override { return fail("stop"); }

 private:
  atm::Status fail(std::string_view at) const {
    if (at != at_) return atm::Status::kOk;
    if (how_ == "abort") std::abort();
    if (how_ == "segv") *static_cast<volatile int*>(nullptr) = 1;
    if (how_ == "overflow") static_cast<void>(overflow_stack(0));
    if (how_ == "kill") ::kill(::getpid(), SIGKILL);
    if (how_ == "exit") std::exit(0);
    if (how_ == "throw") throw std::runtime_error("thrown on purpose");
    if (how_ == "internal") return atm::Status::kInternal;
    if (how_ == "busy") use_thread_time(60);
    if (how_ == "sleep") {
      const timespec pause{0, 60'000'000};
      ::nanosleep(&pause, nullptr);
    }
    if (how_ == "loop") {
      for (volatile bool is_endless = true; is_endless;) {
      }
    }
    if (how_ == "pause") std::fprintf(stderr, "faulty pauses in %s\n", at_.c_str());
    while (how_ == "pause") ::pause();
    return atm::Status::kOk;
  }

  static constexpr std::array<std::string_view, 1> kChannels{"faulty/hook"};
  std::string at_;
  std::string how_;
};

}  // namespace

ATM_PLUGIN(Faulty);
