// SPDX-License-Identifier: MIT
// A program that poses as an agent with its own connections. It reads commands from its standard input, one a line, and
// answers each with a line. It ends at the end of input.
//
//   connect N PATH    connection N, to that socket
//   say N LINE        sends the line
//   close N
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>
#include <iostream>
#include <sstream>
#include <string>

namespace {

bool connect_to(int& fd, const std::string& path) {
  fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  return ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

bool send_all(int fd, const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t sent = ::send(fd, text.data() + done, text.size() - done, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    done += static_cast<std::size_t>(sent);
  }
  return true;
}

}  // namespace

int main() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::array<int, 4> connections{-1, -1, -1, -1};
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string word;
    std::size_t number = 0;
    words >> word >> number;
    std::string rest;
    std::getline(words >> std::ws, rest);
    int& fd = connections.at(number);
    bool is_done = true;
    if (word == "connect") is_done = connect_to(fd, rest);
    if (word == "say") is_done = send_all(fd, rest + "\n");
    if (word == "close") is_done = ::close(fd) == 0;
    std::cout << (is_done ? "done" : "failed") << std::endl;
  }
  return 0;
}
