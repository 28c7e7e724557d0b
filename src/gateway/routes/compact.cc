#include "gateway/answers.h"
#include "gateway/routes/handlers.h"

// Brings all data to its resting form and answers when that is done.
namespace weir::gateway {

void handle_compact(Services& services, Call call) {
  constexpr os::milliseconds kLongest{30 * 60 * 1'000};
  if (services.store == nullptr) return call.respond(not_served(services.process, "processor"));
  auto shared = std::make_shared<Call>(std::move(call));
  Status posted = services.workers.post([&services, shared, kLongest] {
    Status done = services.store->compact(Deadline::after(services.clock, kLongest));
    shared->respond(done.ok() ? net::HttpResponse::json(200, R"({"status":"success"})")
                              : problem(done.error()));
  });
  if (!posted.ok()) shared->respond(problem(posted.error()));
}

}  // namespace weir::gateway
