// SPDX-License-Identifier: MIT
#pragma once

namespace atm::cli::setup {

/// Copies the user's extended attributes and the access list of `from` to `to`. The system sets reserved ones (labels
/// of security modules) itself. Returns false if the access list could not be copied: the group bits of the mode were
/// its mask, and without it they would allow more access.
[[nodiscard]] bool copy_attributes(int from, int to);

}  // namespace atm::cli::setup
