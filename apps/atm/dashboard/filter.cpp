// SPDX-License-Identifier: MIT
#include "filter.hpp"

#include <regex.h>

#include <charconv>
#include <memory>
#include <optional>

#include "session_facts.hpp"
#include "session_table.hpp"
#include "text.hpp"

namespace atm::cli {

namespace {

std::string searched_text(const protocol::Session& session) {
  std::string text;
  for (const std::string& part :
       {session_name(session), session.domain.id.str(), session.domain.agent,
        session.domain.working_directory.value_or(""), status_text(session.domain), what_text(session.domain),
        session.runtime.host.value_or(""), session.runtime.tmux_pane.value_or("")})
    text.append(part).append("\n");
  return text;
}

bool has(std::string_view text, const std::string& folded) {
  return folded_case(text).find(folded) != std::string::npos;
}

Error malformed(std::string_view word, std::string_view expected) {
  return {ErrorCode::kInvalidField,
          "'" + std::string(word) + "' is no term of a filter, expected " + std::string(expected)};
}

std::optional<double> number_of(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Seconds.
std::optional<double> duration_of(std::string_view text) {
  if (text.empty()) return std::nullopt;
  double unit = 1;
  switch (text.back()) {
    case 'd':
      unit = 86'400;
      break;
    case 'h':
      unit = 3'600;
      break;
    case 'm':
      unit = 60;
      break;
    case 's':
      break;
    default:
      return number_of(text);
  }
  text.remove_suffix(1);
  const auto number = number_of(text);
  return number ? std::optional(*number * unit) : std::nullopt;
}

struct RegexDeleter {
  void operator()(regex_t* regex) const noexcept {
    ::regfree(regex);
    delete regex;
  }
};

}  // namespace

Result<Filter> Filter::parse(std::string_view text) {
  Filter filter;
  filter.text_ = text;
  while (true) {
    const std::size_t begin = text.find_first_not_of(' ');
    if (begin == text.npos) return filter;
    text.remove_prefix(begin);
    // A regular expression may contain spaces.
    const std::size_t slash = text.starts_with("!/") ? 1 : 0;
    std::size_t end = text.find(' ');
    if (text[slash] == '/') {
      const std::size_t close = text.find('/', slash + 1);
      end = close == text.npos ? close : close + 1;
    }
    std::string_view word = text.substr(0, end);
    text.remove_prefix(word.size());
    const bool is_negated = word.size() > 1 && word.front() == '!';
    if (is_negated) word.remove_prefix(1);
    auto term = term_of(word);
    if (!term) return term.error();
    filter.depends_on_time_ = filter.depends_on_time_ || word.starts_with("age");
    if (is_negated) {
      filter.terms_.emplace_back([inner = std::move(*term)](const protocol::Session& session, Timestamp now) {
        return !inner(session, now);
      });
    } else {
      filter.terms_.push_back(std::move(*term));
    }
  }
}

Result<Filter::Term> Filter::term_of(std::string_view word) {
  using Session = protocol::Session;
  if (word == "needs") return Term([](const Session& s, Timestamp) { return needs_user(s.domain); });
  if (word.front() == '/') {
    if (word.size() < 3 || word.back() != '/') return malformed(word, "/REGEX/");
    auto* const raw = new regex_t;
    const std::string pattern(word.substr(1, word.size() - 2));
    if (const int error = ::regcomp(raw, pattern.c_str(), REG_EXTENDED | REG_ICASE | REG_NOSUB); error != 0) {
      delete raw;
      return malformed(word, "a regular expression");
    }
    const std::shared_ptr<regex_t> regex(raw, RegexDeleter());
    return Term([regex](const Session& s, Timestamp) {
      return ::regexec(regex.get(), searched_text(s).c_str(), 0, nullptr, 0) == 0;
    });
  }
  if (const std::size_t colon = word.find(':'); colon != word.npos) {
    const std::string_view field = word.substr(0, colon);
    std::string folded = folded_case(word.substr(colon + 1));
    if (field == "state")
      return Term([folded](const Session& s, Timestamp) {
        return has(s.domain.status.name(), folded) || has(status_text(s.domain), folded);
      });
    if (field == "agent")
      return Term([folded](const Session& s, Timestamp) { return has(s.domain.agent, folded); });
    if (field == "project")
      return Term([folded](const Session& s, Timestamp) {
        return has(s.domain.working_directory.value_or(""), folded);
      });
    if (field == "host")
      return Term([folded](const Session& s, Timestamp) { return has(s.runtime.host.value_or(""), folded); });
  }
  if (const std::size_t sign = word.find_first_of("<>"); sign != word.npos) {
    const std::string_view field = word.substr(0, sign);
    const std::string_view value = word.substr(sign + 1);
    const bool is_more = word[sign] == '>';
    const auto compare = [is_more](double a, double b) { return is_more ? a > b : a < b; };
    const auto number = field == "age" ? duration_of(value) : number_of(value);
    if (!number) return malformed(word, "cost>5, ctx>80 or age<1h");
    if (field == "cost")
      return Term([compare, number](const Session& s, Timestamp) {
        return !s.domain.cost_source.empty() && compare(s.domain.cost.as_usd(), *number);
      });
    if (field == "ctx")
      return Term([compare, number](const Session& s, Timestamp) {
        const auto used = s.domain.context.usage_percentage();
        return used && compare(*used, *number);
      });
    if (field == "age")
      return Term([compare, number](const Session& s, Timestamp now) {
        const auto age = elapsed(s.domain.started_at, now);
        return compare(std::chrono::duration<double>(age).count(), *number);
      });
    return malformed(word, "cost, ctx or age before the sign");
  }
  return Term(
      [folded = folded_case(word)](const Session& s, Timestamp) { return has(searched_text(s), folded); });
}

bool Filter::matches(const protocol::Session& session, Timestamp now) const {
  for (const Term& term : terms_) {
    if (!term(session, now)) return false;
  }
  return true;
}

}  // namespace atm::cli
