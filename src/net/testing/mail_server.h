#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/testing/raw_listener.h"
#include "os/threads.h"

namespace weir::net::testing {

/// An SMTP server on a loopback port that takes one mail, or refuses it at a command of the test's choice.
class MailServer {
 public:
  /// `refused`: the command that is answered with `reply` ("RCPT", "450 later").
  explicit MailServer(std::string refused = {}, std::string reply = {})
      : refused_(std::move(refused)),
        reply_(std::move(reply)),
        thread_("mail", [this](std::stop_token) { serve(); }) {}

  std::string address() const { return listener_.address(); }
  /// What the client has sent, once it has gone.
  struct Seen {
    std::vector<std::string> commands;
    std::string message;
  };
  Seen seen() {
    thread_.join();
    return seen_;
  }

 private:
  void serve() {
    RawClient client = listener_.accept();
    client.send("220 mail.test\r\n");
    for (;;) {
      std::string line = client.receive_through("\r\n");
      if (!line.ends_with("\r\n")) return;
      line.resize(line.size() - 2);
      seen_.commands.push_back(line);
      const std::string command = line.substr(0, 4);
      if (command == refused_) {
        client.send(reply_ + "\r\n");
      } else if (command == "EHLO") {
        client.send("250-mail.test\r\n250 AUTH PLAIN\r\n");
      } else if (command == "DATA") {
        client.send("354 go on\r\n");
        seen_.message = client.receive_through("\r\n.\r\n");
        client.send("250 taken\r\n");
      } else if (command == "AUTH") {
        client.send("235 welcome\r\n");
      } else if (command == "QUIT") {
        client.send("221 bye\r\n");
        return;
      } else {
        client.send("250 fine\r\n");
      }
    }
  }

  const std::string refused_;
  const std::string reply_;
  RawListener listener_;
  Seen seen_;
  os::Thread thread_;
};

}  // namespace weir::net::testing
