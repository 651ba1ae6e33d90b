// SPDX-License-Identifier: MIT
// Runs the scanner as main.c does, and generates JSON input.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

struct Scanned {
  bool is_json = false;
  std::string text;   // the payload in the message: the result, or a JSON string if it is no JSON
  std::string notes;  // as a JSON object
  std::uint32_t cut_count = 0;
  std::uint32_t elided_count = 0;
};

// Feeds `input` in pieces of the sizes in `pieces`, used cyclically; in one piece if there are none.
Scanned scan(const std::string& input, const std::vector<std::size_t>& pieces = {});

// A JSON document drawn from `choices`: fewer and smaller bytes give a smaller document. Unique keys, strings with
// escapes, surrogate pairs and every length of UTF-8, white space between tokens.
std::string json_from(const std::vector<std::uint8_t>& choices, std::size_t longest_string);

// The result of RapidJSON in strict mode with encoding checks.
bool is_valid_json(const std::string& text);
bool is_same_document(const std::string& a, const std::string& b);
// The longest string or key of a document, in bytes as written; the deepest nesting.
std::size_t longest_string(const std::string& json);
std::size_t deepest_nesting(const std::string& json);
