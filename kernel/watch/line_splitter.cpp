// SPDX-License-Identifier: MIT
#include "kernel/watch/line_splitter.hpp"

#include <algorithm>

namespace atm::kernel {

void LineSplitter::restart(std::uint64_t offset, bool inside_line) {
  buffer_.clear();
  offset_ = offset;
  head_ = searched_ = line_end_ = 0;
  is_skipping_ = inside_line;
}

LineSplitter::Next LineSplitter::next(TailLine& line) {
  for (;;) {
    const std::size_t end = buffer_.find('\n', std::max(head_, searched_));
    if (end == std::string::npos) return without_end();
    if (is_skipping_) {
      is_skipping_ = false;
      head_ = end + 1;
      continue;
    }
    if (end - head_ > max_line_bytes_) {
      head_ = end + 1;
      return Next::kSkipped;
    }
    searched_ = end;
    line_end_ = end + 1;
    line.text = std::string_view(buffer_).substr(head_, end - head_);
    line.offset = offset_ + head_;
    line.next_offset = offset_ + line_end_;
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (line.offset == 0 && line.text.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
      line.text.remove_prefix(kByteOrderMark.size());
      line.offset += kByteOrderMark.size();
    }
    if (!line.text.empty() && line.text.back() == '\r') line.text.remove_suffix(1);
    return Next::kLine;
  }
}

LineSplitter::Next LineSplitter::without_end() {
  if (is_skipping_) {
    drop(buffer_.size());
    return Next::kNeedsMore;
  }
  drop(head_);
  searched_ = buffer_.size();
  if (buffer_.size() <= max_line_bytes_) return Next::kNeedsMore;
  is_skipping_ = true;
  drop(buffer_.size());
  return Next::kSkipped;
}

void LineSplitter::drop(std::size_t bytes) {
  buffer_.erase(0, bytes);
  offset_ += bytes;
  head_ = searched_ = 0;
  // A quiet file must not keep the memory of its longest line.
  constexpr std::size_t kKeptRoom = 16 * 1024;
  if (buffer_.empty() && buffer_.capacity() > kKeptRoom) buffer_.shrink_to_fit();
}

}  // namespace atm::kernel
