// SPDX-License-Identifier: MIT
#include "kernel/registry/actor/mailbox.hpp"

#include <algorithm>
#include <memory>
#include <thread>

#include "support/catch.hpp"

using namespace atm::kernel;

namespace {
using Box = Mailbox<int>;
}

TEST_CASE("messages come out in order, separately for each lane") {
  Box box(8);
  CHECK(box.push(Lane::kData, 1) == Push::kTaken);
  CHECK(box.push(Lane::kControl, 2) == Push::kTaken);
  CHECK(box.push_all(Lane::kData, {3, 4}) == Push::kTaken);
  Box::Batch batch;
  REQUIRE(box.take(batch));
  CHECK(batch.control == std::vector{2});
  CHECK(batch.data == std::vector{1, 3, 4});
  CHECK_FALSE(box.take(batch));
  CHECK(batch.empty());
}

TEST_CASE("a full lane refuses a message and changes neither the message nor the other lane") {
  Mailbox<std::unique_ptr<int>> box(1);
  CHECK(box.push(Lane::kData, std::make_unique<int>(1)) == Push::kTaken);
  auto second = std::make_unique<int>(2);
  CHECK(box.push(Lane::kData, std::move(second)) == Push::kFull);
  CHECK(second != nullptr);
  CHECK(box.push(Lane::kControl, std::move(second)) == Push::kTaken);
}

TEST_CASE("several messages are taken all or none") {
  Box box(3);
  CHECK(box.push(Lane::kData, 1) == Push::kTaken);
  CHECK(box.push_all(Lane::kData, {2, 3, 4}) == Push::kFull);
  CHECK(box.depth() == 1);
  CHECK(box.push_all(Lane::kData, {2, 3}) == Push::kTaken);
}

TEST_CASE("a closed mailbox refuses new messages and delivers the queued ones") {
  Box box(8);
  CHECK(box.push(Lane::kData, 1) == Push::kTaken);
  box.close();
  CHECK(box.push(Lane::kData, 2) == Push::kClosed);
  CHECK(box.push_all(Lane::kControl, {2}) == Push::kClosed);
  Box::Batch batch;
  REQUIRE(box.wait_take(batch));
  CHECK(batch.data == std::vector{1});
  CHECK_FALSE(box.wait_take(batch));
}

TEST_CASE("a poke wakes an empty mailbox once") {
  Box box(8);
  box.poke();
  box.poke();
  Box::Batch batch;
  CHECK(box.wait_take(batch));
  CHECK(batch.empty());
  CHECK_FALSE(box.take(batch));
}

TEST_CASE("messages of each producer arrive complete and in order") {
  constexpr int kEach = 20'000;
  constexpr int kProducers = 3;
  Box box(64);
  std::vector<std::thread> producers;
  for (int producer = 0; producer < kProducers; ++producer) {
    producers.emplace_back([&box, producer] {
      for (int i = 0; i < kEach; ++i) {
        while (box.push(Lane::kData, producer * kEach + i) == Push::kFull) std::this_thread::yield();
      }
    });
  }
  std::thread closer([&] {
    for (std::thread& producer : producers) producer.join();
    box.close();
  });
  std::vector<int> next(kProducers, 0);
  bool in_order = true;
  Box::Batch batch;
  while (box.wait_take(batch)) {
    for (const int message : batch.data) {
      int& expected = next.at(static_cast<std::size_t>(message / kEach));
      in_order = in_order && message % kEach == expected++;
    }
  }
  closer.join();
  CHECK(in_order);
  CHECK(std::all_of(next.begin(), next.end(), [](int count) { return count == kEach; }));
}
