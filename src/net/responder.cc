#include "net/responder.h"

#include "net/connection.h"

namespace weir::net {

AnswerOnce::~AnswerOnce() {
  if (mailbox_ != nullptr) send(HttpResponse::text(500, "the request was dropped without an answer\n"));
}

void AnswerOnce::operator()(HttpResponse response) {
  CHECK(mailbox_ != nullptr, "a request is answered once");
  send(std::move(response));
}

void AnswerOnce::send(HttpResponse response) {
  claim_ = Claim();
  const std::shared_ptr<Mailbox> mailbox = std::move(mailbox_);
  mailbox->run([connection = std::move(connection_), response = std::move(response)]() mutable {
    if (const auto alive = connection.lock()) alive->answer(std::move(response));
  });
}

}  // namespace weir::net
