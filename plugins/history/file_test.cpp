// SPDX-License-Identifier: MIT
// history.db and the encoding of its rows.
#include <fcntl.h>
#include <rapidcheck.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atm/file_descriptor.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <history/file.hpp>
#include <history/imports.hpp>
#include <sstream>
#include <thread>

#include "support/catch.hpp"
#include "support/temp_dir.hpp"

using namespace atm::history;
using atm::sqlite::Database;
using atm::sqlite::OpenMode;
using atm::sqlite::SqlError;
using atm::sqlite::Statement;
using atm::sqlite::Transaction;

namespace {

Input input(std::uint64_t seq, std::int64_t at_ns, std::string type = "tool.started",
            std::string session = "s1") {
  Input one;
  one.seq = seq;
  one.awake_ns = at_ns / 2;
  one.arrived_ns = at_ns;
  one.time_ns = at_ns - 5;
  one.type = std::move(type);
  one.session = std::move(session);
  one.agent = "claude_code";
  one.origin = "claude_code/hook";
  one.attrs = {{"tool", std::string("Bash")},
               {"pid", std::int64_t{-7}},
               {"is_error", true},
               {"x", 0.25},
               {"gone", {}}};
  return one;
}

Input any_input() {
  Input one = input(*rc::gen::arbitrary<std::uint64_t>(), *rc::gen::arbitrary<std::int64_t>(),
                    *rc::gen::arbitrary<std::string>(), *rc::gen::arbitrary<std::string>());
  one.kind = *rc::gen::inRange(0U, 6U);
  one.awake_ns = *rc::gen::arbitrary<std::int64_t>();
  one.time_ns = *rc::gen::arbitrary<std::int64_t>();
  one.learnt = *rc::gen::arbitrary<std::string>();
  if (*rc::gen::arbitrary<bool>()) {
    one.from = ATM_FROM_PID | ATM_FROM_START_TICKS | ATM_FROM_PID_NS;
    one.from_pid = *rc::gen::arbitrary<std::int64_t>();
    one.from_start_ticks = *rc::gen::arbitrary<std::uint64_t>();
    one.from_pid_ns = *rc::gen::arbitrary<std::uint64_t>();
  }
  return one;
}

std::vector<Input> all_of(HistoryFile& file, std::uint64_t position = 0) {
  std::vector<Input> all;
  file.read(position, [&all](const Input& one, std::uint64_t) { return all.push_back(one), true; });
  return all;
}

void append(HistoryFile& file, const std::vector<Input>& inputs) {
  Transaction transaction(file.database());
  file.append(inputs);
  transaction.commit();
}

std::string content_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return std::move(text).str();
}

}  // namespace

TEST_CASE("inputs survive both encodings") {
  CHECK(rc::check("any input", [] {
    std::vector<Input> inputs;
    for (int i = *rc::gen::inRange(0, 20); i > 0; --i) inputs.push_back(any_input());
    std::string raw;
    for (const Input& one : inputs)
      one.lend([&](const atm_stored& lent) { append_raw(raw, lent, one.arrived_ns); });
    RC_ASSERT(read_raw(raw) == inputs);
    RC_ASSERT(count_raw(raw) == inputs.size());
    RawReader reader(raw);
    Input first;
    Input last;
    RC_ASSERT(encode(reader, inputs.size(), first, last) == encode(inputs));
    RC_ASSERT(reader.rest().empty());
    const auto decoded = decode(encode(inputs));
    RC_ASSERT(decoded.has_value());
    RC_ASSERT(*decoded == inputs);
    RC_ASSERT(expand(compress(encode(inputs))) == encode(inputs));
    if (inputs.empty()) return;
    RC_ASSERT(first.seq == inputs.front().seq);
    RC_ASSERT(last.seq == inputs.back().seq);
  }));
}

TEST_CASE("malformed rows are refused without a crash") {
  CHECK(rc::check("a changed byte or a cut", [] {
    std::string bytes = encode(std::vector{input(1, 10), input(2, 20)});
    bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())] = *rc::gen::arbitrary<char>();
    bytes.resize(*rc::gen::inRange<std::size_t>(0, bytes.size() + 1));
    static_cast<void>(decode(bytes));
    static_cast<void>(expand(bytes));
  }));
  CHECK_FALSE(decode("").has_value());
  CHECK_FALSE(decode(std::string(20, '\xff')).has_value());
}

TEST_CASE("a file returns its inputs in order, from the tail as from chunks") {
  const atm::test::TempDir dir;
  const std::string path = (dir.path() / "history.db").string();
  std::vector<Input> inputs;
  for (std::uint64_t i = 1; i <= 3000; ++i)
    inputs.push_back(input(i, static_cast<std::int64_t>(i) * 1'000'000));
  {
    const auto file = HistoryFile::open(path);
    append(*file, {inputs.begin(), inputs.begin() + 2000});
    Transaction transaction(file->database());
    CHECK(file->seal(INT64_MAX));
    transaction.commit();
    CHECK_FALSE(file->tail_since_ns());
    append(*file, {inputs.begin() + 2000, inputs.begin() + 2001});
    append(*file, {inputs.begin() + 2001, inputs.begin() + 2100});
    CHECK(file->tail_since_ns() == inputs[2000].arrived_ns);
    append(*file, {inputs.begin() + 2100, inputs.end()});
    CHECK(all_of(*file) == inputs);
    CHECK(file->totals().inputs == 3000);
  }
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  const auto again = HistoryFile::open(path);
  CHECK(again->position() == 3000);
  CHECK(all_of(*again, 2998) == std::vector<Input>(inputs.begin() + 2998, inputs.end()));
  CHECK(again->verify().empty());
}

TEST_CASE("a buffer becomes the rows that its inputs become") {
  const atm::test::TempDir dir;
  std::vector<Input> inputs;
  for (std::uint64_t i = 1; i <= 5000; ++i)
    inputs.push_back(input(i, static_cast<std::int64_t>(i) * 1'000'000));
  const auto write = [&](const std::string& name, bool is_raw) {
    const auto file = HistoryFile::open(dir.path(name));
    // The tail is empty, is filled to a chunk, and has a rest.
    for (const auto& [from, to] : {std::pair{0, 100}, {100, 4000}, {4000, 4001}, {4001, 5000}}) {
      const std::vector<Input> some(inputs.begin() + from, inputs.begin() + to);
      std::string raw;
      for (const Input& one : some)
        one.lend([&](const atm_stored& lent) { append_raw(raw, lent, one.arrived_ns); });
      Transaction transaction(file->database());
      if (is_raw) {
        CHECK(file->append_raw(raw) == some.size());
      } else {
        file->append(some);
      }
      transaction.commit();
    }
    CHECK(file->last_seq() == 5000);
    CHECK(file->verify().empty());
    Statement rows(
        file->database().c(),
        "SELECT position, count, checksum FROM chunk UNION ALL SELECT position, count, checksum FROM tail");
    std::vector<std::int64_t> all;
    while (rows.step())
      for (int column : {0, 1, 2}) all.push_back(rows.integer(column));
    return all;
  };
  CHECK(write("raw.db", true) == write("inputs.db", false));
}

TEST_CASE("retention deletes the oldest chunks and keeps the newest checkpoint") {
  const atm::test::TempDir dir;
  const auto file = HistoryFile::open((dir.path() / "history.db").string());
  for (std::int64_t day = 1; day <= 4; ++day) {
    append(*file, {input(static_cast<std::uint64_t>(day), day * 1000)});
    Transaction transaction(file->database());
    CHECK(file->seal(day * 1000 + 1));
    if (day < 3)
      file->add_checkpoint("state " + std::to_string(day), static_cast<std::uint64_t>(day), day * 1000);
    transaction.commit();
  }
  Transaction transaction(file->database());
  CHECK(file->retain(3500, std::int64_t{1} << 30));
  transaction.commit();
  CHECK(all_of(*file).size() == 1);
  const Restored restored = file->restored();
  REQUIRE(restored.checkpoints.size() == 1);
  CHECK(restored.checkpoints.front() == "state 2");
}

TEST_CASE("a forgotten session is in no file afterwards") {
  const atm::test::TempDir dir;
  const std::string path = (dir.path() / "history.db").string();
  {
    const auto file = HistoryFile::open(path);
    for (std::uint64_t i = 0; i < 5000; ++i)
      append(*file, {input(i, static_cast<std::int64_t>(i + 1), "tool.started",
                           i % 3 == 0 ? "canary-7f3a" : "kept")});
    {
      Transaction transaction(file->database());
      file->add_checkpoint("canary-7f3a", 5000, 9000);
      transaction.commit();
    }
    CHECK(file->forget([](const Input& one) { return one.session == "canary-7f3a"; }) == 1667);
    for (const Input& one : all_of(*file)) REQUIRE(one.session == "kept");
    CHECK(file->verify().empty());
    REQUIRE(file->gaps(0, INT64_MAX).size() == 1);
    CHECK(file->gaps(0, INT64_MAX).front().reason == "forgotten");
    CHECK(content_of(path + "-wal").find("canary-7f3a") == std::string::npos);
  }
  CHECK(content_of(path).find("canary-7f3a") == std::string::npos);
}

TEST_CASE("a forgotten input moves no other one across a checkpoint") {
  const atm::test::TempDir dir;
  const auto file = HistoryFile::open((dir.path() / "history.db").string());
  Transaction transaction(file->database());
  std::uint64_t seq = 0;
  const auto write = [&](std::size_t count, const std::string& session) {
    std::vector<Input> inputs;
    for (std::size_t i = 0; i < count; ++i) inputs.push_back(input(++seq, 7, "tool.started", session));
    file->append(inputs);
  };
  write(50, "gone");
  write(3, "before");
  file->add_checkpoint("the state", seq, 7);
  write(20, "gone");
  write(4, "after");
  REQUIRE(file->seal(INT64_MAX));  // one row
  transaction.commit();
  CHECK(file->forget([](const Input& one) { return one.session == "gone"; }) == 70);
  const Restored restored = file->restored();
  REQUIRE(restored.positions.size() == 1);
  const auto after = all_of(*file, restored.positions.front());
  REQUIRE(after.size() == 4);
  CHECK(after.front().session == "after");
  CHECK(all_of(*file).size() == 7);
  CHECK(file->verify().empty());
}

TEST_CASE("a file stays whole while a daemon writes and another program forgets") {
  const atm::test::TempDir dir;
  const std::string path = (dir.path() / "history.db").string();
  const auto daemon = HistoryFile::open(path);
  std::uint64_t seq = 0;
  const auto write = [&](std::size_t count) {
    Transaction transaction(daemon->database());
    static_cast<void>(daemon->refresh());
    for (std::size_t i = 0; i < count; ++i, ++seq)
      daemon->append(std::vector{input(seq, static_cast<std::int64_t>(seq + 1), "tool.started",
                                       seq % 2 == 0 ? "canary-7f3a" : "kept")});
    static_cast<void>(daemon->seal(0));
    transaction.commit();
  };
  for (int i = 0; i < 30; ++i) write(100);
  {
    Transaction transaction(daemon->database());
    daemon->add_checkpoint("canary-7f3a", seq, 1);
    daemon->append(std::vector{input(seq, static_cast<std::int64_t>(seq + 1), "tool.started", "kept")});
    daemon->add_checkpoint("only kept", ++seq, 2);
    transaction.commit();
  }
  const auto other = HistoryFile::open(path);
  // The daemon writes between two transactions of forget(), and turns rows into chunks that forget() has read.
  std::uint64_t calls = 0;
  const auto is_forgotten = [&](const Input& one) {
    ++calls;
    return one.session == "canary-7f3a";
  };
  const auto count = [&](const char* table) {
    return daemon->database().value(std::string("SELECT count(*) FROM ") + table);
  };
  std::thread writer([&] {
    for (int i = 0; i < 20; ++i) write(60);
  });
  CHECK(other->forget(is_forgotten) > 0);
  writer.join();
  static_cast<void>(other->forget(is_forgotten));
  write(10);
  CHECK(daemon->verify().empty());
  CHECK(daemon->position() == seq);
  CHECK(count("checkpoint") == 1);
  CHECK(calls > seq);
  for (const Input& one : all_of(*daemon)) REQUIRE((one.session == "kept" || one.seq >= seq - 10));
}

TEST_CASE("a flipped bit of the file is found, and no wrong input is returned") {
  const atm::test::TempDir dir;
  const std::string path = (dir.path() / "history.db").string();
  std::vector<Input> inputs;
  {
    const auto file = HistoryFile::open(path);
    for (std::uint64_t i = 1; i <= 300; ++i) inputs.push_back(input(i, static_cast<std::int64_t>(i)));
    append(*file, inputs);
    Transaction transaction(file->database());
    file->seal(INT64_MAX);
    file->add_checkpoint("the state", 300, 300);
    Imports(file->database()).put(1, 0, {inputs.begin(), inputs.begin() + 100});
    transaction.commit();
    file->database().run("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  const std::string good = content_of(path);
  const char* const wanted = std::getenv("ATM_TEST_FLIPS");
  const std::size_t flips = wanted == nullptr ? 150 : std::strtoul(wanted, nullptr, 10);
  std::size_t found = 0;
  for (std::size_t flip = 0; flip < flips; ++flip) {
    const std::size_t at = 100 + (good.size() - 100) * flip / flips;
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ (wanted == nullptr ? 0x10 : 1 << flip % 8));
    INFO("bit " << flip % 8 << " of byte " << at);
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bad;
    try {
      const auto file = HistoryFile::open_read_only(path);
      for (const Input& one : all_of(*file)) {
        REQUIRE(one.seq >= 1);
        REQUIRE(one == inputs.at(one.seq - 1));
      }
      for (const std::string& state : file->restored().checkpoints) REQUIRE(state == "the state");
      Imports(file->database()).read([&inputs](const Input& one) { REQUIRE(one == inputs.at(one.seq - 1)); });
      found += file->verify().empty() ? 0 : 1;
    } catch (const SqlError&) {
      ++found;
    }
  }
  CHECK(found > 3);  // most pages of a small file are empty
  if (wanted != nullptr) std::printf("%zu flipped bits, of which %zu were found\n", flips, found);
}

TEST_CASE("a file of an earlier version is read and continued") {
  const atm::test::TempDir dir;
  const std::string path = (dir.path() / "history.db").string();
  Database(path, OpenMode::kCreate).run(content_of(ATM_TEST_KEPT));
  CHECK_FALSE(HistoryFile::check_header(path).has_value());
  const auto types = [](HistoryFile& file) {
    std::vector<std::string> all;
    for (const Input& one : all_of(file)) all.push_back(one.type);
    return all;
  };
  const std::vector<std::string> kept{"session.started", "prompt.submitted", "tool.started", "tool.finished",
                                      "turn.finished"};
  CHECK(types(*HistoryFile::open_read_only(path)) == kept);
  const auto file = HistoryFile::open(path);
  CHECK(types(*file) == kept);
  CHECK(file->verify().empty());
  CHECK(all_of(*file).at(2).text("tool") == "Bash");
  CHECK(file->restored().checkpoints.size() == 1);
  CHECK(file->restored().positions == std::vector<std::uint64_t>{5});
  CHECK_FALSE(file->restored().is_unclean);
  append(*file, {input(9, INT64_MAX / 2)});
  CHECK(all_of(*file, 5).size() == 1);
  Imports imports(file->database());
  CHECK(imports.exists());
  CHECK(imports.count() == 0);
}

TEST_CASE("a file of a newer version is not touched") {
  const atm::test::TempDir dir;
  const std::string path = (dir.path() / "history.db").string();
  Database(path, OpenMode::kCreate).run(content_of(ATM_TEST_KEPT_NEWER));
  const std::string before = content_of(path);
  const auto wrong = HistoryFile::check_header(path);
  REQUIRE(wrong.has_value());
  CHECK(wrong->code == atm::ErrorCode::kUnsupported);
  CHECK(wrong->message == path + " has version 2, expected at most 1; update atm, or move the file away");
  CHECK(content_of(path) == before);
}

TEST_CASE("another file at the path of the history is recognised") {
  const atm::test::TempDir dir;
  const std::string path = (dir.path() / "history.db").string();
  CHECK_FALSE(HistoryFile::check_header(path).has_value());
  std::ofstream(path) << "notes of the user, in a file that is longer than the header of a database: "
                      << std::string(99, '-');
  const auto wrong = HistoryFile::check_header(path);
  REQUIRE(wrong.has_value());
  CHECK(wrong->message == path + " is no history file of atm; move it away");
}
