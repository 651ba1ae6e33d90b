// SPDX-License-Identifier: MIT
// The law of the tail: each complete line is delivered exactly once and in order, independent of the writer's steps
// between two checks. Excluded is what no check can see: content written and cut away, or a file created and replaced,
// between two checks.
#include <rapidcheck.h>

#include "support/catch.hpp"
#include "tail_fixture.hpp"

using namespace atm::kernel;

namespace {

enum class Act { kWrite, kTruncate, kRewrite, kRotate, kReplace, kPurge, kLook, kLookBusy };

// Performs random steps of a writer and predicts the deliveries.
class Writer {
 public:
  explicit Writer(TailFixture& tail) : tail_(tail) {
    start_file();
    tail_.follow("log");
    act(Act::kLook, 0);
  }

  void act(Act act, std::size_t amount) {
    const std::size_t size = size_;
    switch (act) {
      case Act::kWrite:
        return write(amount);
      case Act::kTruncate:
        tail_.files.write("log", "");
        return begin_anew(true);
      case Act::kRewrite:
        tail_.files.write("log", "");
        begin_anew(true);
        return write(size + amount);
      case Act::kRotate:
        tail_.files.rename("log", "log." + std::to_string(generation_));
        return start_file();
      case Act::kReplace:
        tail_.files.write("tmp", "");
        tail_.files.rename("tmp", "log");
        return begin_anew(false);
      case Act::kPurge:
        tail_.files.remove("log");
        return start_file();
      case Act::kLook:
        return look(std::numeric_limits<int>::max());
      case Act::kLookBusy:
        return look(1 + static_cast<int>(amount % 4));
    }
  }

  [[nodiscard]] const TailFixture::Log& observed() const { return observed_; }
  [[nodiscard]] const TailFixture::Log& expected() const { return expected_; }

 private:
  void start_file() {
    tail_.files.write("log", "");
    begin_anew(false);
  }

  // Unread old content is lost if it was cut away, else still to be delivered: but only from the file that had the name
  // at the last check.
  void begin_anew(bool is_cut) {
    if (!is_cut && is_followed_) {
      expected_.insert(expected_.end(), unseen_.begin(), unseen_.end());
      is_followed_ = false;
    }
    unseen_.clear();
    size_ = 0;
    source_.clear();
    unfinished_.clear();
    ++generation_;
  }

  // Writes bytes of lines that contain their file and position, cut anywhere.
  void write(std::size_t bytes) {
    while (source_.size() < bytes) {
      source_ += std::to_string(generation_) + ":" + std::to_string(line_) + ":" +
                 std::string(line_ % 37, static_cast<char>('a' + line_ % 26)) + "\n";
      ++line_;
    }
    const std::string piece = source_.substr(0, bytes);
    source_.erase(0, bytes);
    tail_.files.append("log", piece);
    size_ += piece.size();
    for (const char c : piece) {
      if (c != '\n') {
        unfinished_ += c;
        continue;
      }
      unseen_.push_back(std::exchange(unfinished_, {}));
    }
  }

  // Delivers a few lines at a time until nothing is left.
  void look(int takes) {
    for (int quiet = 0; quiet < 2;) {
      tail_.takes = takes;
      const TailFixture::Log changes = tail_.changes_after(kLongestBusyNs);
      quiet = changes.empty() ? quiet + 1 : 0;
      for (const std::string& line : changes) {
        if (line.front() != '<') observed_.push_back(line);
      }
    }
    expected_.insert(expected_.end(), unseen_.begin(), unseen_.end());
    unseen_.clear();
    is_followed_ = true;
  }

  TailFixture& tail_;
  int generation_ = 0;
  std::size_t line_ = 0;
  std::size_t size_ = 0;    // of the file that has the name
  std::string source_;      // its next content
  std::string unfinished_;  // its incomplete last line
  TailFixture::Log unseen_;
  TailFixture::Log expected_;
  TailFixture::Log observed_;
  bool is_followed_ = false;  // it had the name at the last check
};

void check_law(std::size_t max_inotify_watches) {
  const auto acts = *rc::gen::container<std::vector<std::pair<Act, std::size_t>>>(
      rc::gen::pair(rc::gen::weightedElement<Act>({{12, Act::kWrite},
                                                   {2, Act::kTruncate},
                                                   {2, Act::kRewrite},
                                                   {2, Act::kRotate},
                                                   {1, Act::kReplace},
                                                   {1, Act::kPurge},
                                                   {6, Act::kLook},
                                                   {4, Act::kLookBusy}}),
                    rc::gen::inRange<std::size_t>(0, 400)));
  TailFixture tail(max_inotify_watches);
  Writer writer(tail);
  for (const auto& [act, amount] : acts) writer.act(act, amount);
  writer.act(Act::kLook, 0);
  RC_ASSERT(writer.observed() == writer.expected());
}

}  // namespace

TEST_CASE("each complete line is delivered exactly once and in order, with inotify", "[watch][tail][law]") {
  CHECK(rc::check([] { check_law(8192); }));
}

TEST_CASE("each complete line is delivered exactly once and in order, with polling", "[watch][tail][law]") {
  CHECK(rc::check([] { check_law(0); }));
}
