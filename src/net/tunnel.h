#pragma once

#include <string>

#include "net/loop.h"
#include "net/upstream_stream.h"

namespace weir::net {

/// Joins a client's connection to an upstream's: what one sends, the other gets, byte for byte and in order,
/// without a look into it. One buffer each way: a side that does not read holds the other back, and after
/// `write_timeout` without progress both are cut. An end of one side is passed on; the other side then has
/// `write_timeout` to end too. Silence both ways, longer than a WebSocket server lets its peers be silent,
/// cuts both. When the server drains, both are closed: bytes that are not looked into have no place for a
/// close frame. Where the upstream only answers, the client's bytes are dropped and its end ends both.
/// `first` goes to the client before all else. On the loop's thread.
void open_tunnel(Loop& loop, Socket client, OpenSlot slot, UpstreamStream upstream, std::string first);

}  // namespace weir::net
