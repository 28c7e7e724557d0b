#include "gateway/answers.h"
#include "gateway/routes/handlers.h"
#include "gateway/status_json.h"
#include "wire/json_writer.h"

// docs/formats/status.md
namespace weir::gateway {

void handle_status(Services& services, Call call) {
  auto shared = std::make_shared<Call>(std::move(call));
  // On a worker, because a store that is a database has to be asked.
  Status posted = services.workers.post(
      [&services, shared] { shared->respond(net::HttpResponse::json(200, status_json(services))); });
  if (!posted.ok()) shared->respond(problem(posted.error()));
}

void handle_buildinfo(Services& services, Call call) {
  std::string out;
  wire::JsonWriter json(out);
  json.begin_object();
  json.text("status", "success");
  json.key("data");
  json.begin_object();
  json.text("application", "Weir");
  json.text("version", services.process.version);
  json.text("revision", services.process.commit);
  json.end_object();
  json.end_object();
  call.respond(net::HttpResponse::json(200, std::move(out)));
}

}  // namespace weir::gateway
