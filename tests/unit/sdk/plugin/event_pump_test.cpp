// SPDX-License-Identifier: MIT
#include <atm/plugin/event_pump.hpp>
#include <atm/testing.hpp>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/wait.hpp"

namespace {

class Received final {
 public:
  void add(std::string text) {
    const std::lock_guard lock(mutex_);
    texts_.push_back(std::move(text));
  }
  [[nodiscard]] std::vector<std::string> texts() const {
    const std::lock_guard lock(mutex_);
    return texts_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> texts_;
};

}  // namespace

TEST_CASE("an event pump passes the snapshot and then each event, and ends its subscription", "[sdk]") {
  atm::testing::FakeHost host;
  host.set_session("s", R"({"id":"s"})");
  Received received;
  atm::EventPump pump{atm::Host(host.c())};
  atm::ErrorBuffer error;
  atm::ErrorText text(error.c());
  const auto take = [&](const atm_event& event) { received.add(std::string(atm::to_view(event.json))); };
  REQUIRE(pump.start("pump", {}, take, text) == atm::Status::kOk);
  CHECK(host.subscription_count() == 1);
  REQUIRE(atm::test::becomes_true([&] { return received.texts().size() == 3; }));
  for (int i = 0; i < 100; ++i)
    host.publish(ATM_EVENT_SESSION_UPDATED, "s", std::to_string(i), static_cast<std::uint64_t>(i) + 1);
  REQUIRE(atm::test::becomes_true([&] { return received.texts().size() == 103; }));
  const auto texts = received.texts();
  CHECK(texts[1] == R"({"id":"s"})");
  CHECK(texts[3] == "0");
  CHECK(texts[102] == "99");
  pump.stop();
  CHECK(host.subscription_count() == 0);
  host.publish(ATM_EVENT_SESSION_UPDATED, "s", "late", 200);
  CHECK(received.texts().size() == 103);
}

TEST_CASE("an event pump logs an exception of its receiver and reads no more", "[sdk]") {
  atm::testing::FakeHost host;
  atm::EventPump pump{atm::Host(host.c())};
  atm::ErrorBuffer error;
  atm::ErrorText text(error.c());
  const auto take = [](const atm_event&) { throw std::runtime_error("disk full"); };
  REQUIRE(pump.start("pump", {}, take, text) == atm::Status::kOk);
  CHECK(atm::test::becomes_true([&] { return host.log().size() == 1; }));
  pump.stop();
  REQUIRE(host.log().size() == 1);
  CHECK(host.log()[0].text == "disk full");
}
