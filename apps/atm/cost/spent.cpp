// SPDX-License-Identifier: MIT
#include "cost/spent.hpp"

#include <cstring>
#include <filesystem>
#include <set>
#include <string>
#include <unordered_map>

#include "cost/sum_text.hpp"
#include "ledger/field_reader.hpp"
#include "ledger/scan.hpp"

namespace atm::cli {

namespace {

constexpr std::uint64_t kMostNewBytes = 64U << 20;  // a fraction of a second
constexpr std::size_t kMaxLine = 1U << 20;          // a boundary is short

std::uint64_t compactions_in(const std::string& path) {
  ledger::FoundFile file;
  file.path = path;
  struct stat status {};
  std::string problem;
  const posix::FileDescriptor fd = ledger::LineReader::open(file, status, problem);
  if (!fd) return 0;
  ledger::FieldReader fields;
  const std::size_t type = fields.add("/type");
  const std::size_t subtype = fields.add("/subtype");
  std::uint64_t count = 0;
  ledger::LineReader lines;
  const auto on_line = [&](const ledger::FileLine& line) {
    constexpr std::string_view kBoundary = "compact_boundary";
    if (memmem(line.text.data(), line.text.size(), kBoundary.data(), kBoundary.size()) == nullptr) return;
    if (fields.read(ledger::without_blanks(line.text)) && fields[type].string() == "system" &&
        fields[subtype].string() == kBoundary)
      ++count;
  };
  // What cannot be read has no boundary.
  static_cast<void>(
      lines.read(fd.get(), 0, static_cast<std::uint64_t>(status.st_size), kMaxLine, on_line, {}));
  return count;
}

}  // namespace

SpentBySession spent_by_session(const CostPaths& paths, std::string_view session, bool with_compactions) {
  std::error_code failed;
  if (!std::filesystem::exists(paths.ledger, failed)) return {};
  Books books(paths, kMostNewBytes);
  if (books.is_behind()) return {};
  std::unordered_map<ledger::Name, ledger::Sum> sums;
  std::set<ledger::Name> files;
  const auto is_wanted = [&](ledger::Name owner) {
    return owner != 0 && (session.empty() || books.names().text(owner) == session);
  };
  const auto done = books.visit_slices([&](const ledger::Facets& facets, const ledger::Sum& sum) {
    if (is_wanted(facets.session)) sums[facets.session] += sum;
  });
  if (!done) return {};
  if (with_compactions) {
    const auto found = books.visit(true, [&](std::string_view, const ledger::Entry& entry) {
      if (!is_wanted(entry.owner_session())) return;
      for (const ledger::Place& place : entry.places) files.insert(place.file);
    });
    if (!found) return {};
  }
  SpentBySession spent;
  for (const auto& [owner, sum] : sums) {
    constexpr ledger::Pico kPicosPerMicro = 1'000'000;
    Spent& one = spent[std::string(books.names().text(owner))];
    one.amount = amount_text(sum);
    one.micros = static_cast<std::uint64_t>((sum.amount + kPicosPerMicro / 2) / kPicosPerMicro);
    one.responses = sum.responses;
    one.usd = ledger::exact_dollars(sum.amount);
    one.unpriced_responses = sum.unpriced_responses;
    if (with_compactions) one.compactions = 0;
    for (const ledger::Name file : files)
      *one.compactions += compactions_in(std::string(books.names().text(file)));
  }
  return spent;
}

}  // namespace atm::cli
