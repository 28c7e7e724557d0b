#pragma once

#include <string>

#include "net/answer_stream.h"
#include "net/loop.h"

namespace weir::net {

/// Lets what was an HTTP connection send `head` and then the body, for as long as that goes on. What the
/// client sends meanwhile is dropped; its end is the end. One that takes nothing for `write_timeout` is cut.
/// On the loop's thread.
void open_answer_stream(Loop& loop, Socket socket, OpenSlot slot, StreamedBody body, std::string head);

}  // namespace weir::net
