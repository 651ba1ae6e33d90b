// SPDX-License-Identifier: MIT
#include "kernel/plugins/record_router.hpp"

#include <algorithm>
#include <atm/plugin/values.hpp>
#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>

#include "kernel/plugins/borrowed_hooks.hpp"
#include "kernel/registry/actor/observation_sink.hpp"
#include "kernel/system/breaker.hpp"
#include "kernel/system/clock.hpp"
#include "kernel/system/log.hpp"
#include "support/catch.hpp"

using namespace atm::kernel;

namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;

using ParseBody = std::function<atm_status(const atm_record&, const atm_observation_sink&, atm_error*)>;

// A parser in C tables with a body supplied by the test.
struct FakeParser {
  explicit FakeParser(std::vector<std::string> names, ParseBody b)
      : body(std::move(b)), channel_names(std::move(names)) {
    for (const std::string& name : channel_names) channels.push_back(str_of(name));
    table = {sizeof table, 0, channels.data(), channels.size(),
             [](void* self, const atm_record* record, const atm_observation_sink* sink, atm_error* error) {
               return static_cast<FakeParser*>(self)->body(*record, *sink, error);
             }};
  }
  ParserBinding binding(std::string id) { return {&table, this, std::move(id), &breaker}; }

  ParseBody body;
  std::vector<std::string> channel_names;
  std::vector<atm_str> channels;
  atm_parser table{};
  Breaker breaker;
};

struct RouterFixture : ObservationSink {
  atm_status observe_all(std::vector<Observation>&& all) override {
    if (delivery == ATM_OK) std::move(all.begin(), all.end(), std::back_inserter(delivered));
    return delivery;
  }
  atm_status send(std::string_view channel, std::string_view payload = "{}") {
    const atm_record record{sizeof record, 0, 77, str_of(channel), str_of(payload), nullptr, 0};
    atm::ErrorBuffer text;
    const atm_status status = router.record(record, text.c());
    error = text.view();
    return status;
  }
  ChannelStats stats() { return router.channels().at(0); }

  ManualClock clock;
  std::string out;
  Log log{clock, {LogLevel::kInfo, true, [this](std::string_view line) { return out.append(line), true; }}};
  std::vector<Observation> delivered;
  atm_status delivery = ATM_OK;
  std::string error;
  RecordRouter router{{4}, *this, clock, log};
};

atm_attr integer(std::string_view key, std::int64_t value) {
  return {str_of(key), {ATM_VALUE_INT, 0, {value}}};
}

/// A router that sees process 7 of namespace 4026532177 as process 5000.
struct NamespaceFixture : RouterFixture {
  atm_status send_from(std::int64_t pid_ns) {
    const std::vector<atm_attr> context{integer("pid", 7), integer("start_ticks", 70),
                                        integer("pid_ns", pid_ns)};
    const atm_record record{sizeof record, 0, 77, str_of("echo/hook"), str_of("{}"), context.data(),
                            context.size()};
    atm::ErrorBuffer text;
    return below.record(record, text.c());
  }

  RecordRouter below{{4, 4026531836,
                      [](std::uint64_t pid_ns, std::int64_t pid, std::uint64_t start_ticks) {
                        const bool is_known = pid_ns == 4026532177 && pid == 7 && start_ticks == 70;
                        return is_known ? std::optional<std::int64_t>(5000) : std::nullopt;
                      }},
                     *this,
                     clock,
                     log};
};

atm_status emit(const atm_observation_sink& sink, std::string_view type, std::string_view session = "s",
                const std::vector<atm_attr>& attrs = {}) {
  const atm_observation observation{sizeof observation, 0,  0,  str_of(type), str_of(session),
                                    str_of("echo"),     {}, {}, attrs.data(), attrs.size()};
  return sink.emit(sink.self, &observation);
}

}  // namespace

TEST_CASE_METHOD(RouterFixture,
                 "STATE-I17: a hook that an agent runs for another one is a hook of that agent", "[router]") {
  std::vector<std::string> seen;
  const auto note = [&](const atm_record& record, const atm_observation_sink&, atm_error*) {
    seen.emplace_back(text_of(record.channel));
    return ATM_SKIP;
  };
  FakeParser lender({"one/hook", "one/status_line"}, note);
  REQUIRE(router.bind(lender.binding("one")).empty());
  const auto borrowed = std::make_shared<BorrowedHooks>();
  borrowed->add(R"({"agent": {"id": "two"}, "borrowed": [
      {"channel": "one/hook", "when": {"/time": "*", "/mode": "-", "/kind": "x"}}]})");
  router.set_borrowed(borrowed);
  const std::string theirs = R"({"time": "t", "kind": "x"})";
  for (const char* const own : {"{}", R"({"time": null, "kind": "x"})", R"({"time": 1, "kind": "y"})",
                                R"({"time": 1, "kind": "x", "mode": "m"})",
                                R"({"a": {"time": 1, "kind": "x"}})", R"(["time", "kind"])"})
    CHECK(send("one/hook", own) == ATM_SKIP);
  CHECK(send("one/status_line", theirs) == ATM_SKIP);
  CHECK(seen.size() == 7);
  SECTION("no parser knows it: it is skipped") {
    CHECK(send("one/hook", theirs) == ATM_SKIP);
    CHECK(seen.size() == 7);
    CHECK(stats().skipped == 7);
    CHECK(router.unrouted() == 0);
  }
  SECTION("a parser of its own channel gets it") {
    FakeParser borrower({"two/hook"}, note);
    REQUIRE(router.bind(borrower.binding("two")).empty());
    CHECK(send("one/hook", theirs) == ATM_SKIP);
    CHECK(seen.back() == "two/hook");
  }
}

TEST_CASE("a record goes to the parser of its channel and its observations to the registry", "[router]") {
  RouterFixture f;
  FakeParser parser({"echo/hook"},
                    [](const atm_record& record, const atm_observation_sink& sink, atm_error*) {
                      CHECK(text_of(record.payload) == "hello");
                      emit(sink, "session.started");
                      return emit(sink, "prompt.submitted");
                    });
  REQUIRE(f.router.bind(parser.binding("echo")).empty());
  CHECK(f.send("echo/hook", "hello") == ATM_OK);
  REQUIRE(f.delivered.size() == 2);
  CHECK(f.delivered[1].type_name() == "prompt.submitted");
  CHECK(f.delivered[1].origin() == "echo/hook");
  CHECK(f.delivered[1].time_ns() == 77);
  CHECK(f.stats().records == 1);
  CHECK(f.stats().observations == 2);
}

TEST_CASE("a record without a parser is not found, and counted", "[router]") {
  RouterFixture f;
  CHECK(f.send("other/hook") == ATM_E_NOT_FOUND);
  CHECK(f.error == "no parser for channel 'other/hook'; load the plugin that claims it");
  CHECK(f.router.unrouted() == 1);
}

TEST_CASE("the second parser of a channel is refused for all its channels", "[router]") {
  RouterFixture f;
  const ParseBody skip = [](const atm_record&, const atm_observation_sink&, atm_error*) { return ATM_SKIP; };
  FakeParser first({"a/x", "a/y"}, skip);
  FakeParser second({"b/x", "a/y"}, skip);
  CHECK(f.router.bind(first.binding("first")).empty());
  CHECK(f.router.bind(second.binding("second")) == "a/y");
  CHECK(f.router.owner("a/y") == "first");
  CHECK(f.router.owner("b/x").empty());
}

TEST_CASE("a malformed record delivers nothing and returns the reason", "[router]") {
  RouterFixture f;
  FakeParser parser({"echo/hook"}, [](const atm_record&, const atm_observation_sink& sink, atm_error* error) {
    emit(sink, "session.started");
    atm::ErrorText(error).set("no session\xff");
    return ATM_E_INVALID;
  });
  REQUIRE(f.router.bind(parser.binding("echo")).empty());
  for (int i = 0; i < 20; ++i) CHECK(f.send("echo/hook") == ATM_E_INVALID);
  CHECK(f.error == "no session\xEF\xBF\xBD");
  CHECK(f.delivered.empty());
  CHECK(f.stats().invalid == 20);
  CHECK(parser.breaker.state() == Breaker::State::kClosed);  // bad input is no failure of the parser
}

TEST_CASE("a parser that throws or returns an invalid status fails one record only", "[router]") {
  RouterFixture f;
  bool is_mended = false;
  FakeParser parser({"echo/hook"},
                    [&](const atm_record&, const atm_observation_sink& sink, atm_error* error) -> atm_status {
                      if (is_mended) return emit(sink, "session.started");
                      if (f.stats().failed == 0) throw std::runtime_error("boom");
                      atm::ErrorText(error).set("what it was");
                      return 4711;
                    });
  REQUIRE(f.router.bind(parser.binding("echo")).empty());
  for (int i = 0; i < 20; ++i) CHECK(f.send("echo/hook") == ATM_E_INTERNAL);
  CHECK(f.stats().failed == 20);
  CHECK(f.stats().paused == 0);
  CHECK(f.stats().last_error == "what it was");
  is_mended = true;
  CHECK(f.send("echo/hook") == ATM_OK);
  // The 1st, 2nd, 4th, 8th and 16th are in the log.
  REQUIRE(f.log.flush(std::chrono::seconds(20)));
  CHECK(f.out.find("count=16") != std::string::npos);
  CHECK(f.out.find("count=3") == std::string::npos);
}

TEST_CASE("a slow parser is paused although it succeeds, and is tried again", "[router]") {
  RouterFixture f;
  std::int64_t takes = kSecondNs;
  FakeParser parser({"echo/hook"}, [&](const atm_record&, const atm_observation_sink&, atm_error*) {
    f.clock.advance(takes);
    return ATM_SKIP;
  });
  REQUIRE(f.router.bind(parser.binding("echo")).empty());
  for (int i = 0; i < 5; ++i) CHECK(f.send("echo/hook") == ATM_SKIP);
  CHECK(f.stats().slow == 5);
  CHECK(f.send("echo/hook") == ATM_E_PAUSED);
  CHECK(f.error == "plugin echo is paused after slow calls; see `atm plugins`");
  CHECK(f.stats().paused == 1);
  REQUIRE(f.log.flush(std::chrono::seconds(20)));
  CHECK(f.out.find("the parser is paused after slow calls") != std::string::npos);
  takes = 0;
  f.clock.advance(kSecondNs);
  CHECK(f.send("echo/hook") == ATM_SKIP);
}

TEST_CASE("observations of a record from before the end of a pause are marked as late", "[router]") {
  RouterFixture f;
  std::int64_t takes = kSecondNs;
  FakeParser parser({"echo/hook"}, [&](const atm_record&, const atm_observation_sink& sink, atm_error*) {
    f.clock.advance(takes);
    return emit(sink, "notice");
  });
  REQUIRE(f.router.bind(parser.binding("echo")).empty());
  for (int i = 0; i < 5; ++i) CHECK(f.send("echo/hook") == ATM_OK);
  CHECK_FALSE(f.delivered.back().flag(Key::kLate));
  CHECK(f.send("echo/hook") == ATM_E_PAUSED);
  takes = 0;
  f.clock.advance(kSecondNs);
  CHECK(f.send("echo/hook") == ATM_OK);
  CHECK(f.delivered.back().flag(Key::kLate));
  const atm_record now{sizeof now, 0, f.clock.wall_ns(), str_of("echo/hook"), str_of("{}"), nullptr, 0};
  atm::ErrorBuffer text;
  CHECK(f.router.record(now, text.c()) == ATM_OK);
  CHECK_FALSE(f.delivered.back().flag(Key::kLate));
}

TEST_CASE("a parser that waits for the machine without using it is not slow", "[router]") {
  RouterFixture f;
  FakeParser parser({"echo/hook"}, [&](const atm_record&, const atm_observation_sink&, atm_error*) {
    f.clock.advance(kSecondNs / 2);
    return ATM_SKIP;
  });
  REQUIRE(f.router.bind(parser.binding("echo")).empty());
  for (int i = 0; i < 20; ++i) CHECK(f.send("echo/hook") == ATM_SKIP);
  CHECK(f.stats().slow == 0);
}

TEST_CASE("a flood of observations from one record is cut at the limit and counted", "[router]") {
  RouterFixture f;
  FakeParser parser({"echo/hook"}, [](const atm_record&, const atm_observation_sink& sink, atm_error*) {
    atm_status last = ATM_OK;
    for (int i = 0; i < 1000; ++i) last = emit(sink, "notice");
    CHECK(last == ATM_E_FULL);
    return ATM_OK;
  });
  REQUIRE(f.router.bind(parser.binding("echo")).empty());
  CHECK(f.send("echo/hook") == ATM_OK);
  CHECK(f.delivered.size() == 4);
  CHECK(f.stats().cut == 996);
}

TEST_CASE("an observation without a session is refused without affecting others", "[router]") {
  RouterFixture f;
  FakeParser parser({"echo/hook"}, [](const atm_record&, const atm_observation_sink& sink, atm_error*) {
    CHECK(emit(sink, "notice", "") == ATM_E_INVALID);
    CHECK(sink.emit(sink.self, nullptr) == ATM_E_INVALID);
    return emit(sink, "notice");
  });
  REQUIRE(f.router.bind(parser.binding("echo")).empty());
  CHECK(f.send("echo/hook") == ATM_OK);
  CHECK(f.delivered.size() == 1);
  CHECK(f.stats().malformed == 2);
}

TEST_CASE("a full mailbox is reported to the sender and counted by channel", "[router]") {
  RouterFixture f;
  f.delivery = ATM_E_BUSY;
  FakeParser parser({"echo/hook"}, [](const atm_record&, const atm_observation_sink& sink, atm_error*) {
    return emit(sink, "notice");
  });
  REQUIRE(f.router.bind(parser.binding("echo")).empty());
  CHECK(f.send("echo/hook") == ATM_E_BUSY);
  CHECK(f.stats().busy == 1);
  CHECK(f.stats().observations == 0);
}

TEST_CASE("a parser that passes records to the host does not recurse", "[router]") {
  RouterFixture f;
  atm_status inner = ATM_OK;
  FakeParser parser({"echo/hook"}, [&](const atm_record&, const atm_observation_sink&, atm_error*) {
    inner = f.send("echo/hook");
    return ATM_SKIP;
  });
  REQUIRE(f.router.bind(parser.binding("echo")).empty());
  CHECK(f.send("echo/hook") == ATM_SKIP);
  CHECK(inner == ATM_E_INVALID);
}

TEST_CASE("types outside the vocabulary are counted by agent version", "[router]") {
  RouterFixture f;
  FakeParser parser(
      {"echo/hook"}, [](const atm_record& record, const atm_observation_sink& sink, atm_error*) {
        if (text_of(record.payload) == "status") {
          return emit(sink, "status.reported", "s", {atm::attr("version", std::string_view("2.1"))});
        }
        return emit(sink, text_of(record.payload));
      });
  REQUIRE(f.router.bind(parser.binding("echo")).empty());
  f.send("echo/hook", "echo.new");
  f.send("echo/hook", "status");
  f.send("echo/hook", "echo.new");
  f.send("echo/hook", "echo.new");
  f.send("echo/hook", "notice");
  const auto types = f.router.unknown_types();
  REQUIRE(types.size() == 2);
  CHECK(types[0].agent_version.empty());
  CHECK(types[0].count == 1);
  CHECK(types[1].type == "echo.new");
  CHECK(types[1].agent == "echo");
  CHECK(types[1].agent_version == "2.1");
  CHECK(types[1].count == 2);
}

TEST_CASE("the number of counted names is limited", "[router]") {
  RouterFixture f;
  FakeParser parser({"echo/hook"}, [](const atm_record& record, const atm_observation_sink& sink,
                                      atm_error*) { return emit(sink, text_of(record.payload)); });
  REQUIRE(f.router.bind(parser.binding("echo")).empty());
  for (int i = 0; i < 1000; ++i) f.send("echo/hook", "echo.made_up_" + std::to_string(i));
  CHECK(f.router.unknown_types().size() == 65);
  CHECK(f.router.unknown_types().back().count == 936);
}

TEST_CASE("STATE-I10: a pid of another namespace becomes the pid in the daemon's namespace",
          "[router][STATE-I10]") {
  NamespaceFixture f;
  FakeParser parser({"echo/hook"},
                    [](const atm_record& record, const atm_observation_sink& sink, atm_error*) {
                      emit(sink, "process.bound", "s",
                           {record.context[0],
                            record.context[1],
                            {str_of("host"), {ATM_VALUE_STR, 0, {0}}},
                            {str_of("tty"), {ATM_VALUE_STR, 0, {0}}}});
                      return emit(sink, "prompt.submitted");
                    });
  REQUIRE(f.below.bind(parser.binding("echo")).empty());
  const auto [pid_ns, pid, said_ns] =
      GENERATE(table<std::int64_t, std::int64_t, std::optional<std::int64_t>>({
          {4026531836, 7, std::nullopt},     // the daemon's own
          {4026532177, 5000, std::nullopt},  // below it
          {4026532999, 7, 4026532999},       // elsewhere
          {0, 7, 0},                         // nobody knows
      }));
  REQUIRE(f.send_from(pid_ns) == ATM_OK);
  REQUIRE(f.delivered.size() == 2);
  CHECK(f.delivered[0].integer(Key::kPid) == pid);
  CHECK(f.delivered[0].integer(Key::kStartTicks) == 70);
  CHECK(f.delivered[0].integer(Key::kPidNs) == said_ns);
  CHECK((f.delivered[0].find("host") == nullptr) == (pid == 5000));
  CHECK(f.delivered[0].find("tty") != nullptr);
  CHECK(f.delivered[1].size() == 0);
}

TEST_CASE_METHOD(RouterFixture,
                 "a parser has a channel of all agents of which no parser claims a channel by name",
                 "[router]") {
  FakeParser own({"own/hook"},
                 [](const atm_record&, const atm_observation_sink&, atm_error*) { return ATM_SKIP; });
  FakeParser any({"*/hook"}, [](const atm_record& record, const atm_observation_sink& sink, atm_error* text) {
    if (text_of(record.channel) == "nobody/hook") {
      atm::ErrorText(text).set("no such agent");
      return ATM_E_NOT_FOUND;
    }
    atm_observation observation{};
    observation.size = sizeof observation;
    observation.type = str_of("notice");
    observation.session = str_of("s");
    return sink.emit(sink.self, &observation);
  });
  REQUIRE(router.bind(own.binding("own")).empty());
  REQUIRE(router.bind(any.binding("any")).empty());
  CHECK(send("one/hook") == ATM_OK);
  CHECK(delivered.back().origin() == "one/hook");
  CHECK(send("one/hook") == ATM_OK);
  CHECK(send("own/hook") == ATM_SKIP);
  CHECK(send("own/other") == ATM_E_NOT_FOUND);
  CHECK(send("one/other") == ATM_E_NOT_FOUND);
  CHECK(send("nobody/hook") == ATM_E_NOT_FOUND);
  CHECK(error == "no such agent");
  for (const char* const channel : {"hook", "/hook", "One/hook", "../hook", "a b/hook", "one/hook/more", "*"})
    CHECK(send(channel) == ATM_E_NOT_FOUND);
  CHECK(router.unrouted() == 10);
  const auto stats = router.channels();
  const auto one =
      std::find_if(stats.begin(), stats.end(), [](const auto& c) { return c.channel == "one/hook"; });
  REQUIRE(one != stats.end());
  CHECK(one->records == 2);
  CHECK(one->observations == 2);
  CHECK(std::none_of(stats.begin(), stats.end(), [](const auto& c) { return c.channel == "nobody/hook"; }));
}

TEST_CASE_METHOD(RouterFixture,
                 "the number of channels of agents is bounded, and every record is still parsed",
                 "[router]") {
  FakeParser any({"*/hook"},
                 [](const atm_record&, const atm_observation_sink&, atm_error*) { return ATM_SKIP; });
  REQUIRE(router.bind(any.binding("any")).empty());
  for (int i = 0; i < 1000; ++i) CHECK(send("agent" + std::to_string(i) + "/hook") == ATM_SKIP);
  CHECK(router.channels().size() == 512);
}
