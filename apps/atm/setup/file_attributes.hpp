// SPDX-License-Identifier: MIT
#pragma once

namespace atm::cli::setup {

/// Gives the file behind `to` the extended attributes of the one behind `from`: the user's own, and its access list.
/// What the system reserves for others (labels of security modules) it sets anew itself. False: the access list could
/// not be kept, and the mode's group bits, which then were its mask, would open the file wider than it was.
[[nodiscard]] bool copy_attributes(int from, int to);

}  // namespace atm::cli::setup
