#pragma once

#include <memory>

#include "net/admission.h"
#include "net/http.h"
#include "net/mailbox.h"

namespace weir::net {

class Connection;

/// What a Responder holds: the way back to one request's connection. Answers 500 when destroyed unanswered.
/// The connection is only ever locked on its loop's thread, so that a worker can never become the one that
/// destroys it.
class AnswerOnce {
 public:
  AnswerOnce(std::shared_ptr<Mailbox> mailbox, std::weak_ptr<Connection> connection, Claim claim)
      : mailbox_(std::move(mailbox)), connection_(std::move(connection)), claim_(std::move(claim)) {}
  AnswerOnce(AnswerOnce&&) = default;
  AnswerOnce& operator=(AnswerOnce&&) = delete;
  ~AnswerOnce();

  void operator()(HttpResponse response);

 private:
  void send(HttpResponse response);

  std::shared_ptr<Mailbox> mailbox_;  ///< Null once answered or moved from.
  std::weak_ptr<Connection> connection_;
  Claim claim_;
};

}  // namespace weir::net
