// SPDX-License-Identifier: MIT
// What an analyzer sees, what it may change, and the isolation of its failures.
#include "kernel/registry/analyzers.hpp"

#include <algorithm>
#include <atm/plugin/values.hpp>
#include <cmath>
#include <stdexcept>

#include "fold_fixture.hpp"
#include "kernel/system/breaker.hpp"
#include "kernel/system/call_timer.hpp"
#include "registry_fixture.hpp"
#include "support/catch.hpp"

using namespace atm;
using namespace atm::kernel;
using namespace atm::kernel::test;

namespace {

/// An analyzer that runs a lambda.
struct Scripted {
  using Act = std::function<atm_status(const atm_session&, const atm_fact_sink&)>;

  Scripted(const char* prefix, Act act) : act_(std::move(act)) {
    table.size = sizeof table;
    table.prefix = str_of(prefix);
    table.analyze = [](void* self, const atm_observation*, const atm_session* session,
                       const atm_fact_sink* sink, atm_error*) -> atm_status {
      return static_cast<Scripted*>(self)->act_(*session, *sink);
    };
  }
  AnalyzerBinding binding(Breaker* breaker = nullptr) { return {&table, this, "scripted", breaker}; }

  atm_analyzer table{};

 private:
  Act act_;
};

atm_status set(const atm_fact_sink& sink, const char* key, const AttrValue& attr_value) {
  const atm_attr fact{str_of(key), ObservationSpec::value_of(attr_value)};
  return sink.set(sink.self, &fact);
}

const atm_attr* find(const atm_session& session, std::string_view key) {
  for (std::uint64_t i = 0; i < session.attr_count; ++i) {
    if (text_of(session.attrs[i].key) == key) return &session.attrs[i];
  }
  return nullptr;
}

}  // namespace

TEST_CASE("OBS-E3: a fact belongs to the revision of its observation") {
  RegistryFixture registry;
  Scripted cost("cost.",
                [](const atm_session&, const atm_fact_sink& sink) { return set(sink, "cost.rate", 1.5); });
  registry.analyzers.add(cost.binding());
  registry.observe(started("s1"));
  const auto events = registry.state_events();
  REQUIRE(events.size() == 1);
  CHECK(events[0].rev == 1);
  CHECK(events[0].json.find("\"rate\":1.5") != std::string::npos);
}

TEST_CASE("OBS-E5: an analyzer reads its private facts, and subscribers do not receive them") {
  RegistryFixture registry;
  Scripted counter("counter.", [](const atm_session& session, const atm_fact_sink& sink) {
    const atm_attr* seen = find(session, "counter._seen");
    return set(sink, "counter._seen", seen == nullptr ? 1 : static_cast<int>(seen->value.as.i) + 1);
  });
  registry.analyzers.add(counter.binding());
  registry.observe(started("s1"));
  registry.observe(observed("notice").of("s1"));
  const auto events = registry.state_events();
  REQUIRE_FALSE(events.empty());
  CHECK(*registry.registry.find("s1")->state.domain.facts.get<std::int64_t>("counter._seen") == 2);
  for (const auto& event : events) CHECK(event.json.find("_seen") == std::string::npos);
}

TEST_CASE("an analyzer sets only valid facts of its own") {
  FoldFixture fixture;
  Analyzers analyzers([] { return std::int64_t{0}; });
  std::vector<atm_status> answers;
  Scripted cost("cost.", [&answers](const atm_session&, const atm_fact_sink& sink) {
    answers = {set(sink, "cost.a", 1),
               set(sink, "context.level", 1),
               set(sink, "cost.", 1),
               set(sink, "cost.nan", NAN),
               set(sink, "cost.bad", std::string("\xFF")),
               set(sink, "cost.b", std::string("text"))};
    return ATM_OK;
  });
  analyzers.add(cost.binding());
  analyzers.run(fixture.state, observed("notice").copy());
  CHECK(answers ==
        std::vector<atm_status>{ATM_OK, ATM_E_INVALID, ATM_E_INVALID, ATM_E_INVALID, ATM_E_INVALID, ATM_OK});
  CHECK(fixture.state.domain.facts.size() == 2);
  CHECK(*fixture.state.domain.facts.get<std::string>("cost.b") == "text");
  CHECK(analyzers.facts_refused() == 4);
}

TEST_CASE("a fact can be removed") {
  FoldFixture fixture;
  Analyzers analyzers([] { return std::int64_t{0}; });
  bool first = true;
  Scripted cost("cost.", [&first](const atm_session&, const atm_fact_sink& sink) {
    if (first) return set(sink, "cost.a", 1);
    const atm_attr none{str_of("cost.a"), {}};
    return sink.set(sink.self, &none);
  });
  analyzers.add(cost.binding());
  analyzers.run(fixture.state, observed("notice").copy());
  CHECK(fixture.state.domain.facts.size() == 1);
  first = false;
  analyzers.run(fixture.state, observed("notice").copy());
  CHECK(fixture.state.domain.facts.empty());
}

TEST_CASE("an analyzer has at most 64 facts per call and in total") {
  FoldFixture fixture;
  Analyzers analyzers([] { return std::int64_t{0}; });
  int round = 0;
  atm_status last = ATM_OK;
  Scripted many("m.", [&](const atm_session&, const atm_fact_sink& sink) {
    for (int i = 0; i < 65; ++i)
      last = set(sink, ("m." + std::to_string(round) + "." + std::to_string(i)).c_str(), i);
    ++round;
    return ATM_OK;
  });
  analyzers.add(many.binding());
  analyzers.run(fixture.state, observed("notice").copy());
  CHECK(last == ATM_E_FULL);
  analyzers.run(fixture.state, observed("notice").copy());
  CHECK(fixture.state.domain.facts.size() == 64);
}

TEST_CASE("the text of an analyzer that fails is reported at the 1st, 2nd, 4th ... failure") {
  FoldFixture fixture;
  Analyzers analyzers([] { return std::int64_t{0}; });
  atm_analyzer table{};
  table.size = sizeof table;
  table.prefix = str_of("cost.");
  table.analyze = [](void*, const atm_observation*, const atm_session*, const atm_fact_sink*,
                     atm_error* error) -> atm_status {
    ErrorText(error).set("no price\xFF");
    return ATM_E_INTERNAL;
  };
  std::vector<std::string> reported;
  AnalyzerBinding binding{&table, nullptr, "cost"};
  binding.on_failure = [&](std::uint64_t number, std::string_view text) {
    reported.push_back(std::to_string(number) + ' ' + std::string(text));
  };
  analyzers.add(binding);
  for (int i = 0; i < 5; ++i) analyzers.run(fixture.state, observed("notice").copy());
  CHECK(reported == std::vector<std::string>{"1 no price\uFFFD", "2 no price\uFFFD", "4 no price\uFFFD"});
  CHECK(analyzers.failures() == 5);
}

TEST_CASE("an analyzer that throws or fails changes nothing, and the others still run") {
  for (const bool throws : {true, false}) {
    RegistryFixture registry;
    Scripted bad("bad.", [throws](const atm_session&, const atm_fact_sink& sink) -> atm_status {
      static_cast<void>(set(sink, "bad.half", 1));
      if (throws) throw std::runtime_error("boom");
      return ATM_E_INTERNAL;
    });
    Scripted good("good.",
                  [](const atm_session&, const atm_fact_sink& sink) { return set(sink, "good.done", true); });
    registry.analyzers.add(bad.binding());
    registry.analyzers.add(good.binding());
    CHECK(registry.observe(observed("prompt.submitted")) == ATM_OK);
    const std::string json = registry.sessions().at("s1");
    CHECK(json.find("half") == std::string::npos);
    CHECK(json.find("\"done\":true") != std::string::npos);
    CHECK(json.find("\"thinking\"") != std::string::npos);
    CHECK(registry.registry.counts().analyzer_failures == 1);
  }
}

TEST_CASE("an analyzer that stays slow is paused, one that fails is not") {
  RegistryFixture registry;
  int slow_calls = 0;
  int failed_calls = 0;
  Scripted slow("slow.", [&](const atm_session&, const atm_fact_sink&) -> atm_status {
    registry.mono_ns += CallTimer::kSlowWallNs;
    return ++slow_calls, ATM_OK;
  });
  Scripted failing("failing.", [&](const atm_session&, const atm_fact_sink&) -> atm_status {
    return ++failed_calls, ATM_E_INTERNAL;
  });
  BreakerOptions options;
  options.slow_calls = 3;
  options.first_pause_ns = 100 * CallTimer::kSlowWallNs;
  Breaker breaker(options);
  Breaker other(options);
  registry.analyzers.add(slow.binding(&breaker));
  registry.analyzers.add(failing.binding(&other));
  registry.observe(started("s1"));
  for (int i = 0; i < 20; ++i) registry.observe(observed("usage.reported"));
  CHECK(slow_calls == 3);
  CHECK(failed_calls == 21);
  registry.mono_ns += 2 * options.first_pause_ns;
  registry.observe(observed("usage.reported"));
  CHECK(slow_calls == 4);
}

TEST_CASE("an analyzer sees the known attributes in order, with the facts so far") {
  RegistryFixture registry;
  std::vector<std::string> keys;
  bool sorted = true;
  std::int64_t turns = -1;
  double used = 0;
  std::uint64_t rev = 0;
  Scripted context("context.", [&](const atm_session& session, const atm_fact_sink& sink) {
    keys.clear();
    for (std::uint64_t i = 0; i < session.attr_count; ++i) keys.emplace_back(text_of(session.attrs[i].key));
    sorted = sorted && std::adjacent_find(keys.begin(), keys.end(), std::greater_equal<>()) == keys.end();
    turns = find(session, "turns")->value.as.i;
    if (const atm_attr* attr = find(session, "context.used_percentage")) used = attr->value.as.d;
    rev = session.rev;
    static_cast<void>(set(sink, "context.window", 5));  // the session's own attribute wins
    return set(sink, "context.level", std::string("normal"));
  });
  registry.analyzers.add(context.binding());
  registry.observe(observed("status.reported", {{"context.window", 200'000},
                                                {"context.input_tokens", 7},
                                                {"context.cache_read_tokens", 37'532},
                                                {"context.cache_creation_tokens", 1'396},
                                                {"model.id", std::string("claude-sonnet-4-6")},
                                                {"zz.last", 1}}));
  CHECK(std::find(keys.begin(), keys.end(), "cost.total_usd_micros") == keys.end());
  CHECK(used == Approx(19.4675));
  registry.observe(observed("prompt.submitted", {{"prompt.id", std::string("p1")}}));
  CHECK(turns == 1);
  CHECK(rev == 2);
  CHECK(sorted);
  CHECK(std::count(keys.begin(), keys.end(), "context.window") == 1);
  for (const char* key : {"agent.zz.last", "agent_type", "context.level", "context.tokens", "model.id",
                          "model.name", "status", "status.since_ns"}) {
    CAPTURE(key);
    CHECK(std::find(keys.begin(), keys.end(), key) != keys.end());
  }
}

TEST_CASE("an analyzer sees each session in order, whatever facts the session before it has") {
  RegistryFixture registry;
  std::vector<std::string> keys;
  Scripted any("", [&](const atm_session& session, const atm_fact_sink& sink) {
    keys.clear();
    for (std::uint64_t i = 0; i < session.attr_count; ++i) keys.emplace_back(text_of(session.attrs[i].key));
    return set(sink, text_of(session.id) == "s1" ? "aa.first" : "zz.last", 1);
  });
  registry.analyzers.add(any.binding());
  for (int i = 0; i < 3; ++i) {
    for (const char* id : {"s1", "s2"}) {
      registry.observe(i == 0 ? started(id) : observed("notice").of(id));
      CHECK(std::is_sorted(keys.begin(), keys.end()));
    }
  }
  REQUIRE_FALSE(keys.empty());
  CHECK(keys.back() == "zz.last");
}
