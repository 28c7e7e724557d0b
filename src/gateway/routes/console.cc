#include <algorithm>

#include "gateway/answers.h"
#include "gateway/console_assets.h"
#include "gateway/routes/handlers.h"

// The console: one document for all pages, and the files that it asks for, out of the binary.
namespace weir::gateway {
namespace {

constexpr std::string_view kContentSecurityPolicy =
    "default-src 'self'; connect-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'";

const ConsoleAsset* find_asset(std::string_view path) {
  const auto assets = console_assets();
  const auto it = std::find_if(assets.begin(), assets.end(),
                               [&](const ConsoleAsset& asset) { return asset.path == path; });
  return it == assets.end() ? nullptr : &*it;
}

/// Files under /assets have hashed names and never change; the document is asked for again each time.
std::string_view cache_control(std::string_view path) {
  return path.starts_with("/assets/") ? "public, max-age=31536000, immutable" : "no-cache";
}

net::HttpResponse serve_asset(const ConsoleAsset& asset, const net::Headers& request) {
  net::HttpResponse response;
  response.headers.set("ETag", std::string(asset.etag));
  response.headers.set("Cache-Control", std::string(cache_control(asset.path)));
  response.headers.set("Content-Security-Policy", std::string(kContentSecurityPolicy));
  response.headers.set("X-Content-Type-Options", "nosniff");
  response.headers.set("Referrer-Policy", "no-referrer");
  response.headers.set("Vary", "Accept-Encoding");
  if (request.get("If-None-Match") == asset.etag) {
    response.status = 304;
    return response;
  }
  response.headers.set("Content-Type", std::string(asset.content_type));
  const bool gzip = request.get("Accept-Encoding").find("gzip") != std::string_view::npos;
  if (gzip) response.headers.set("Content-Encoding", "gzip");
  response.body = std::string(gzip ? asset.gzipped : asset.bytes);
  return response;
}

void serve_path(Call call, std::string_view path) {
  const ConsoleAsset* asset = find_asset(path);
  if (asset == nullptr) {
    const bool no_console = console_assets().empty();
    return call.respond(problem(not_found(no_console ? "this build has no console (WEIR_CONSOLE=OFF)"
                                                     : "no such path: " + std::string(path))));
  }
  call.respond(serve_asset(*asset, call.request.headers));
}

}  // namespace

void handle_console(Services&, Call call) {
  serve_path(std::move(call), "/index.html");
}

void handle_console_asset(Services&, Call call) {
  const std::string path = call.request.path;
  serve_path(std::move(call), path);
}

}  // namespace weir::gateway
